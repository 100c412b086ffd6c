"""Writes the files beside it that the tests read: models trained a little by Keras, what they answer, and how their training goes on.

    KERAS_BACKEND=jax python test/saving/keras/generate.py [NAME...]

Each model becomes NAME.keras, NAME.h5 and NAME.weights.h5, all of the same moment, and NAME.safetensors with inputs (x0, x1, ...), targets
(y0, ...), predictions (p0, ...), the losses of the next five steps (losses) and every weight after them (after/0, ...), in Keras' order.
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from safetensors.numpy import save_file
from models import MODELS, data_for, twin_for_h5

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
ENDINGS = (".keras", ".h5", ".weights.h5", ".safetensors")


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def one(values):
    return values if len(values) > 1 else values[0]


def train(model, x, y, steps):
    """One step an epoch: the losses are those of the steps."""
    options = {"epochs": steps, "batch_size": len(x[0]), "shuffle": False, "verbose": 0}
    return model.fit(one(x), one(y), **options).history["loss"]


def write(name, make, seed):
    keras.utils.set_random_seed(seed)
    keras.backend.clear_session()
    model = make()
    model.optimizer.build(model.trainable_variables)
    x, y = data_for(model, seed)
    train(model, x, y, 3)
    path = os.path.join(FOLDER, name)
    model.save(f"{path}.keras")
    twin_for_h5(model).save(f"{path}.h5")
    # that of the large model is in its .keras
    if name != "every-layer":
        model.save_weights(f"{path}.weights.h5")
    arrays = {f"x{i}": array for i, array in enumerate(x)} | {f"y{i}": array for i, array in enumerate(y)}
    predictions = as_list(model.predict(one(x), verbose=0))
    arrays |= {f"p{i}": np.asarray(array) for i, array in enumerate(predictions)}
    arrays["losses"] = np.asarray(train(model, x, y, 5), dtype="float32")
    arrays |= {f"after/{i}": np.asarray(array) for i, array in enumerate(model.get_weights())}
    save_file({key: np.ascontiguousarray(array) for key, array in arrays.items()}, f"{path}.safetensors")
    sizes = [f"{ending} {os.path.getsize(path + ending) / 1000:.0f} kB" for ending in ENDINGS if os.path.exists(path + ending)]
    print(f"{name}: {model.count_params()} parameters, losses {arrays['losses']}, {', '.join(sizes)}", flush=True)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for number, (name, make) in enumerate(MODELS.items()):
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            write(name, make, 7 + number)
