"""Writes older.h5 and oldest.h5, each with its .safetensors, beside the others, with Keras 2 (tf_keras), whose whole-model files differ: configs
without modules, the optimizer's state without its learning rate, and in the older of the two with all slots of one kind together.

    python test/saving/python/generate_older.py      (with tensorflow and tf_keras)
"""

import os

import numpy as np
import tf_keras as keras
from safetensors.numpy import save_file

L = keras.layers
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")


def train(model, x, y, steps):
    return model.fit(x, y, epochs=steps, batch_size=len(x), shuffle=False, verbose=0).history["loss"]


def make(optimizer):
    start = keras.Input((8, 8, 2))
    x = L.Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer="l2")(start)
    x = L.BatchNormalization()(x)
    x = L.MaxPooling2D()(x)
    x = L.Reshape((4, 16))(x)
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(x)
    x = L.GRU(4)(x)
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="tanh"), L.Dropout(0.0)])
    x = L.Concatenate()([inner(x), x])
    model = keras.Model(start, L.Dense(3, activation="softmax")(x))
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def write(name, optimizer):
    keras.utils.set_random_seed(5)
    keras.backend.clear_session()
    random = np.random.default_rng(5)
    x = random.normal(size=(8, 8, 8, 2)).astype("float32")
    y = np.eye(3, dtype="float32")[random.integers(0, 3, 8)]
    model = make(optimizer)
    train(model, x, y, 3)
    path = os.path.join(FOLDER, name)
    model.save(f"{path}.h5")
    arrays = {"x0": x, "y0": y, "p0": np.asarray(model.predict(x, verbose=0))}
    arrays["losses"] = np.asarray(train(model, x, y, 5), dtype="float32")
    arrays |= {f"after/{i}": np.ascontiguousarray(array) for i, array in enumerate(model.get_weights())}
    save_file(arrays, f"{path}.safetensors")
    print(name, keras.__version__, arrays["losses"], os.path.getsize(f"{path}.h5"))


if __name__ == "__main__":
    write("older", keras.optimizers.Adam(0.01))
    write("oldest", keras.optimizers.legacy.Adam(0.01))
