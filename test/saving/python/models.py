"""The models that are compared: those of the five tutorials, narrower, and one with every layer; compiled, with data to train on."""

import keras
import numpy as np
from keras import layers as L
from every_layer import every_layer

SAMPLES = 8


@keras.saving.register_keras_serializable(package="Custom")
def standardize(x):
    return (x - 0.25) / 0.5


def linear_softmax():
    model = keras.Sequential([keras.Input((14, 14)), L.Flatten(), L.Rescaling(1 / 255), L.Dense(10), L.Activation("softmax")])
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def first_cnn():
    model = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Rescaling(1 / 255),
            L.Conv2D(4, 3, activation="relu", name="conv"),
            L.MaxPooling2D(2),
            L.Dropout(0.0),
            L.Flatten(),
            L.Dropout(0.0),
            L.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def vgg_like():
    first = {"activation": "relu", "data_format": "channels_first"}
    model = keras.Sequential([keras.Input((1, 12, 12)), L.Lambda(standardize)])
    for filters in (3, 4):
        for _ in range(2):
            model.add(L.ZeroPadding2D(data_format="channels_first"))
            model.add(L.Conv2D(filters, 3, **first))
        model.add(L.MaxPooling2D(data_format="channels_first"))
    for layer in (L.Flatten(), L.Dense(12, activation="relu"), L.Dense(10, activation="softmax")):
        model.add(layer)
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def larger_cnn():
    first = {"data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input((1, 16, 16)),
            L.Rescaling(1 / 255),
            L.Conv2D(4, 5, activation="relu", **first),
            L.MaxPooling2D(2, **first),
            L.Conv2D(3, 3, activation="relu", **first),
            L.MaxPooling2D(2, **first),
            L.Dropout(0.0),
            L.Flatten(),
            L.Dense(16, activation="relu"),
            L.Dense(12, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def cifar10_augmented():
    model = keras.Sequential([keras.Input((12, 12, 3))])
    for filters in (4, 5):
        for layer in (
            L.Conv2D(filters, 3, padding="same", activation="relu"),
            L.Conv2D(filters, 3, activation="relu"),
            L.MaxPooling2D(2),
            L.Dropout(0.0),
        ):
            model.add(layer)
    for layer in (L.Flatten(), L.Dense(16, activation="relu"), L.Dropout(0.0), L.Dense(10, activation="softmax")):
        model.add(layer)
    rate = keras.optimizers.schedules.InverseTimeDecay(1e-3, decay_steps=1, decay_rate=1e-6)
    model.compile(optimizer=keras.optimizers.RMSprop(rate), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def all_layers(legacy=False):
    model = every_layer(legacy)
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=4, decay_rate=0.9)
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, clipnorm=1.0),
        loss={"kind": keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.5},
        metrics={"kind": ["accuracy"], "size": [keras.metrics.MeanAbsoluteError(name="distance")]},
    )
    return model


MODELS = {
    "linear-softmax": linear_softmax,
    "first-cnn": first_cnn,
    "vgg-like": vgg_like,
    "larger-cnn": larger_cnn,
    "cifar10-augmented": cifar10_augmented,
    "every-layer": all_layers,
}


def twin_for_h5(model):
    """The model, or for the one that cannot be kept in .h5 another with the same weights that can."""
    if model.name != "every_layer":
        return model
    twin = all_layers(legacy=True)
    twin.optimizer.build(twin.trainable_variables)
    for ours, theirs in zip(twin.weights + twin.optimizer.variables, model.weights + model.optimizer.variables, strict=True):
        ours.assign(theirs)
    return twin


def data_for(model, seed):
    """Inputs and targets: bytes for images, a masked step in every second sequence, tokens below seven."""
    random = np.random.default_rng(seed)
    inputs = []
    for tensor in model.inputs:
        shape = (SAMPLES, *tensor.shape[1:])
        if tensor.dtype == "int32":
            inputs.append(random.integers(0, 7, shape).astype("int32"))
        elif tensor.name == "photo" or len(shape) == 4 or len(model.inputs) == 1:
            inputs.append(random.integers(0, 256, shape).astype("float32"))
        else:
            inputs.append(random.normal(size=shape).astype("float32"))
        if tensor.name == "sequence":
            inputs[-1][::2, -2:] = 0
    if len(model.inputs) == 1 and not any(isinstance(layer, L.Rescaling) for layer in model.layers):
        inputs[0] /= 255
    classes = model.outputs[0].shape[-1]
    targets = [np.eye(classes, dtype="float32")[random.integers(0, classes, SAMPLES)]]
    if len(model.outputs) == 2:
        targets.append(random.normal(size=(SAMPLES, 2)).astype("float32"))
    return inputs, targets
