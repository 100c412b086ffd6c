"""The first eight numbers of some rows of both kernels in a file of bench/large-files.ts, as JSON; with KERAS_LOAD=1 Keras loads whole models."""
import json
import os
import sys
import zipfile

import h5py

file = sys.argv[1]
ROWS = [0, 1, 1023, 2047]
PLACES = [(name, row if name == "out" else row * 136) for name in ("out", "back") for row in ROWS]


def from_h5(open_file, path):
    return [[float(value) for value in open_file[path[name]][at, :8]] for name, at in PLACES]


KERAS3 = {"out": "layers/dense/vars/0", "back": "layers/dense_1/vars/0"}
if os.environ.get("KERAS_LOAD") == "1" and file.endswith((".keras", "large.h5")):
    import keras
    import numpy

    model = keras.saving.load_model(file)
    kernels = {name: model.get_layer(name).kernel for name in ("out", "back")}
    rows = [[float(value) for value in numpy.asarray(kernels[name][at, :8])] for name, at in PLACES]
elif file.endswith(".keras"):
    with zipfile.ZipFile(file) as archive, archive.open("model.weights.h5") as inside, h5py.File(inside, "r") as weights:
        rows = from_h5(weights, KERAS3)
elif file.endswith(".weights.h5"):
    with h5py.File(file, "r") as weights:
        rows = from_h5(weights, KERAS3)
elif file.endswith(".h5"):
    with h5py.File(file, "r") as weights:
        rows = from_h5(weights, {name: f"model_weights/{name}/{name}/kernel" for name in ("out", "back")})
else:
    from safetensors import safe_open

    with safe_open(file, "np") as weights:
        rows = [[float(value) for value in weights.get_slice(f"{name}/kernel")[at : at + 1, :8][0]] for name, at in PLACES]
print(json.dumps(rows))
