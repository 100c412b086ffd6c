"""Writes the small files of this folder with Keras 3 (3.15.1, TensorFlow): models, what they predict, and where training goes on to.

Run in this folder; the files are committed, so that tests need no Python."""

import json

import keras
import numpy as np

layers = keras.layers
keras.utils.set_random_seed(7)
expected = {}


def cnn():
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.SeparableConv2D(2, 2, name="separable"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.0, name="drop"),
            layers.Dense(4, activation="tanh", name="hidden"),
            layers.Dense(2, activation="softmax", name="head"),
        ],
        name="cnn",
    )


def sequence():
    return keras.Sequential(
        [
            keras.Input((4, 3)),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both"),
            layers.TimeDistributed(layers.Dense(3), name="each"),
            layers.RNN([layers.GRUCell(2), layers.LSTMCell(3)], return_sequences=True, name="stacked"),
            layers.GRU(2, name="gru"),
            layers.Dense(1, name="head"),
        ],
        name="sequence",
    )


def attention():
    x = keras.Input((4, 6), name="x")
    one = layers.MultiHeadAttention(2, 3, name="mha")(x, x)
    two = layers.GroupQueryAttention(3, 4, 2, name="gqa")(one, x)
    flat = layers.Flatten(name="flat")(two)
    normed = layers.SpectralNormalization(layers.Dense(3), name="spectral")(flat)
    return keras.Model(x, layers.Dense(2, name="head")(normed), name="attention")


def nested():
    shared = layers.Dense(3, activation="relu", name="shared")
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="a"), layers.Dense(3, name="b")], name="inner")
    x, y = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    both = layers.Concatenate(name="join")([inner(shared(x)), shared(y)])
    return keras.Model([x, y], layers.Dense(2, name="head")(both), name="nested")


def ramp(shape):
    size = int(np.prod(shape))
    return (np.sin(np.arange(size, dtype="float64") * 0.7)).astype("float32").reshape(shape)


for make, shapes, outputs, optimizer in [
    (cnn, [(6, 6, 2)], 2, keras.optimizers.Adam(0.01, amsgrad=True)),
    (sequence, [(4, 3)], 1, keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True)),
    (attention, [(4, 6)], 2, keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True)),
    (nested, [(3,), (3,)], 2, keras.optimizers.Nadam(0.01)),
]:
    model = make()
    name = model.name
    for variable in model.variables:
        if variable.dtype == "float32" and len(variable.shape) == 1:
            variable.assign(variable + ramp(tuple(variable.shape)) * 0.1)
    xs = [ramp((5, *shape)) * (i + 1) for i, shape in enumerate(shapes)]
    y = ramp((5, outputs))
    model.compile(optimizer, "mse")
    x = xs if len(xs) > 1 else xs[0]
    model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    model.save_weights(f"{name}.weights.h5")
    model.save(f"{name}.h5")
    predictions = model.predict(x, verbose=0).tolist()
    losses = [float(model.train_on_batch(x, y)) for _ in range(3)]
    expected[name] = {"predictions": predictions, "losses": losses}

with open("expected.json", "w") as f:
    json.dump(expected, f, indent=1)
    f.write("\n")
