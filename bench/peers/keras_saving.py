"""Keras' side of bench/ours/saving.mjs. Safetensors is not Keras' own: its weights go through the package of that name."""
import json
import os
import re
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def say(message):
    print("bench " + json.dumps(message), flush=True)


task = json.loads(sys.argv[1])
action, kind, file = task["action"], task["format"], task["file"]
try:
    import keras
    import numpy

    if kind == ".safetensors":
        import safetensors.numpy
except ImportError as error:
    say({"unavailable": str(error)})
    sys.exit(0)


def weights(model):
    return {weight.path: weight for weight in model.weights}


def save(model):
    if kind == ".weights.h5":
        model.save_weights(file)
    elif kind == ".safetensors":
        safetensors.numpy.save_file({name: numpy.asarray(weight) for name, weight in weights(model).items()}, file)
    else:
        model.save(file)


def load(model):
    if kind == ".weights.h5":
        model.load_weights(file)
    elif kind == ".safetensors":
        own = weights(model)
        for name, array in safetensors.numpy.load_file(file).items():
            own[name].assign(array)
    else:
        model = keras.saving.load_model(file)
    return model


def ready(model):
    for weight in (model.weights[0], model.weights[-1]):
        numpy.asarray(weight)


needs = action == "save" or kind in (".weights.h5", ".safetensors")
model = keras.applications.VGG16(weights=None) if needs else None
if model:
    ready(model)
start = time.perf_counter()
if action == "save":
    save(model)
else:
    ready(load(model))
seconds = time.perf_counter() - start
with open("/proc/self/status") as status:
    peak = int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) / 1024
backend = keras.backend.backend()
say({"seconds": seconds, "peakMegabytes": peak, "bytes": os.path.getsize(file), "keras": keras.__version__, "backend": backend})
