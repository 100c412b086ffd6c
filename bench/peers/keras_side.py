"""Keras' side of a workload: ready after one epoch of warming up, then one timed epoch for every line on standard input."""
import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def say(message):
    print("bench " + json.dumps(message), flush=True)


try:
    import keras
    import numpy
except ImportError as error:
    say({"unavailable": str(error)})
    sys.exit(0)

BUILD = {
    "conv2d": lambda s: keras.layers.Conv2D(s["filters"], s["kernelSize"], padding=s["padding"], activation=s["activation"]),
    "maxPooling2d": lambda s: keras.layers.MaxPooling2D(s["poolSize"]),
    "dropout": lambda s: keras.layers.Dropout(s["rate"]),
    "flatten": lambda s: keras.layers.Flatten(),
    "dense": lambda s: keras.layers.Dense(s["units"], activation=s["activation"]),
    "activation": lambda s: keras.layers.Activation(s["activation"]),
}


def versions():
    found = {"python": sys.version.split()[0], "keras": keras.__version__, "backend": keras.backend.backend()}
    module = sys.modules.get(found["backend"])
    if module is not None:
        found[found["backend"]] = module.__version__
    return found


def main():
    spec = json.loads(sys.argv[1])
    keras.utils.set_random_seed(7)
    random = numpy.random.default_rng(7)
    x = random.random((spec["images"], *spec["inputShape"]), dtype="float32")
    y = keras.utils.to_categorical(random.integers(0, spec["classes"], spec["images"]), spec["classes"])
    model = keras.Sequential([keras.Input(spec["inputShape"])] + [BUILD[layer["kind"]](layer) for layer in spec["layers"]])
    model.compile(optimizer=spec["optimizer"], loss="categorical_crossentropy", metrics=["accuracy"])

    def epoch():
        start = time.perf_counter()
        history = model.fit(x, y, batch_size=spec["batch"], epochs=1, verbose=0)
        return {"seconds": time.perf_counter() - start, "loss": float(history.history["loss"][0])}

    epoch()
    say({"ready": versions()})
    while sys.stdin.readline().strip() == "epoch":
        say(epoch())
    say({"peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


main()
