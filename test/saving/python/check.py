"""Opens what node-cudnn wrote into a folder, and compares: one process for all files, since Keras takes seconds to start.

    python check.py FOLDER

For every NAME.safetensors (see generate.py for what is in it) NAME.keras and NAME.h5 are opened, predict, and train for five steps.
NAME.weights.h5 is read into a model of NAME.keras whose variables were set to zero, which then has to have all of them back. Prints JSON:
by file, either the largest differences of predictions, losses and weights, relative to the largest number, or an error.
"""

import json
import os
import sys
import traceback

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format
from safetensors.numpy import load_file
from generate import as_list, one, train
from models import standardize

# "dot": opening .h5, Keras 3.15 takes an Attention's score_mode for the function of that name, and cannot read its own files
OWN = {"standardize": standardize, "dot": "dot"}


def difference(got, want):
    got, want = (np.asarray(array, dtype="float64") for array in (got, want))
    if got.shape != want.shape:
        raise ValueError(f"expected shape {want.shape}, got {got.shape}")
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-3)) if want.size else 0.0


def listed(arrays, prefix):
    found = []
    while f"{prefix}{len(found)}" in arrays:
        found.append(arrays[f"{prefix}{len(found)}"])
    return found


def restore_optimizer(model, path):
    """What Keras 3.15 means to do when it opens .h5; it builds the optimizer for no variables, and then finds that the state does not fit."""
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.trainable_variables)
    with h5py.File(path) as file:
        values = [np.asarray(value) for value in legacy_h5_format.load_optimizer_weights_from_hdf5_group(file)]
    for variable, value in zip(optimizer.variables, values, strict=True):
        variable.assign(value)
    model.optimizer = optimizer


def goes_on(path, arrays):
    model = keras.models.load_model(path, custom_objects=OWN, safe_mode=True)
    if path.endswith(".h5"):
        restore_optimizer(model, path)
    x, y = listed(arrays, "x"), listed(arrays, "y")
    predictions = as_list(model.predict(one(x), verbose=0))
    report = {"predictions": max(difference(a, b) for a, b in zip(predictions, listed(arrays, "p"), strict=True))}
    report["losses"] = difference(train(model, x, y, 5), arrays["losses"])
    after = zip(model.get_weights(), listed(arrays, "after/"), strict=True)
    return report | {"weights": max(difference(a, b) for a, b in after)}


def same_weights(path, whole):
    model = keras.models.load_model(whole, custom_objects=OWN)
    variables = model.weights + model.optimizer.variables
    before = [np.asarray(variable) for variable in variables]
    for variable in variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    model.load_weights(path)
    return {"weights": max(difference(a, b) for a, b in zip(variables, before, strict=True))}


def check(folder):
    report = {}
    for name in sorted(file[: -len(".safetensors")] for file in os.listdir(folder) if file.endswith(".safetensors")):
        path = os.path.join(folder, name)
        arrays = load_file(f"{path}.safetensors")
        for ending in (".keras", ".h5", ".weights.h5"):
            if not os.path.exists(path + ending):
                continue
            try:
                found = same_weights(path + ending, f"{path}.keras") if ending == ".weights.h5" else goes_on(path + ending, arrays)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                found = {"error": f"{type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"}
            report[name + ending] = found
    return report


if __name__ == "__main__":
    print(json.dumps(check(sys.argv[1])))
