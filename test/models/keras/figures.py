"""Writes figures.json: what Keras says while it trains the models of figures.test.ts, on the same data from the same weights.

    KERAS_BACKEND=jax python test/models/keras/figures.py
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers, losses, metrics, ops, optimizers


def values(count, fn):
    return np.array([fn(i) for i in range(count)], dtype="float32")


X = values(48, lambda i: np.sin(i * 0.7)).reshape(12, 4)
X2 = values(36, lambda i: np.cos(i * 0.3)).reshape(12, 3)
Y = values(24, lambda i: np.sin(i * 1.3) * 0.5).reshape(12, 2)
CLASSES = np.array([i % 3 for i in range(12)], dtype="int32")
WEIGHTS = values(12, lambda i: 0.5 + (i % 4) * 0.3)
BY_CLASS = {0: 1, 1: 2, 2: 0.5}


def begin(model):
    """Weights that both sides can make, positive where they are variances."""
    at = 0
    given = []
    for weight in model.get_weights():
        made = [abs(np.sin((i + at) * 0.9)) * 0.3 + 0.1 if weight.ndim == 1 else np.sin((i + at) * 0.9) * 0.3 for i in range(weight.size)]
        given.append(np.array(made, dtype="float32").reshape(weight.shape))
        at += weight.size
    model.set_weights(given)
    return model


def chain(*some):
    return begin(keras.Sequential([keras.Input((4,)), *some]))


def fit(model, x, y, **options):
    return model.fit(x, y, shuffle=False, verbose=0, **options).history


def sample_weights():
    model = chain(layers.Dense(5, activation="tanh", kernel_regularizer="l2"), layers.Dense(2))
    model.compile(optimizer=optimizers.SGD(0.1), loss="mse", metrics=["mae"], weighted_metrics=["mse"])
    history = fit(model, X, Y, batch_size=5, epochs=3, sample_weight=WEIGHTS, validation_split=0.25)
    return [history, model.evaluate(X, Y, batch_size=5, verbose=0, sample_weight=WEIGHTS, return_dict=True)]


def class_weights():
    model = chain(layers.Dense(3, activation="softmax"))
    model.compile(
        optimizer=optimizers.Adam(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"]
    )
    return fit(model, X, CLASSES, batch_size=4, epochs=2, class_weight=BY_CLASS)


def batches():
    model = chain(layers.Dense(3, activation="softmax"))
    model.compile(optimizer=optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return [
        model.train_on_batch(X, CLASSES, class_weight=BY_CLASS, return_dict=True),
        model.train_on_batch(X, CLASSES, sample_weight=WEIGHTS, return_dict=True),
        model.test_on_batch(X, CLASSES, return_dict=True),
        model.predict_on_batch(X[:2]).ravel(),
    ]


def several_outputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    shared = layers.Dense(4, activation="tanh", name="shared")
    h = layers.Concatenate()([shared(a), shared(layers.Dense(4, name="wide")(b))])
    outputs = [layers.Dense(2, name="size")(h), layers.Dense(3, activation="softmax", name="kind")(h)]
    model = begin(keras.Model([a, b], outputs))
    model.compile(
        optimizer=optimizers.SGD(0.05),
        loss={"size": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"size": 0.3, "kind": 2},
        metrics={"size": ["mae"], "kind": ["accuracy"]},
    )
    history = fit(model, [X, X2], [Y, CLASSES], batch_size=5, epochs=2, sample_weight=[WEIGHTS, WEIGHTS])
    return [history, model.evaluate([X, X2], [Y, CLASSES], batch_size=5, verbose=0, return_dict=True), model.count_params()]


def frozen():
    hidden = layers.Dense(5, activation="relu")
    hidden.trainable = False
    model = chain(hidden, layers.BatchNormalization(), layers.Dense(2))
    counts = [len(model.trainable_weights), len(model.non_trainable_weights)]
    model.compile(optimizer=optimizers.RMSprop(0.01), loss="mae")
    first = fit(model, X, Y, batch_size=4, epochs=2)
    model.layers[1].trainable = False
    model.compile(optimizer=optimizers.RMSprop(0.01), loss="mae")
    return [counts, first, fit(model, X, Y, batch_size=4, epochs=2), len(model.trainable_weights)]


class Scale(layers.Layer):
    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=(shape[-1],), initializer="ones")

    def call(self, x):
        self.add_loss(ops.mean(ops.square(x)) * 0.01)
        return x * self.factor


def own_layer():
    model = chain(layers.Dense(5, activation="tanh", activity_regularizer="l1"), Scale(), layers.Dense(2))
    model.compile(optimizer=optimizers.SGD(0.1), loss="mse")
    return fit(model, X, Y, batch_size=5, epochs=2)


def own_step():
    """On JAX a step of one's own is written otherwise: the same figures come from the steps that Keras has."""
    model = chain(layers.Dense(6, activation="tanh"), layers.Dense(2))
    model.compile(optimizer=optimizers.Adam(0.01), loss="mse")
    return {"mine": fit(model, X, Y, batch_size=4, epochs=3)["loss"]}


def several_steps():
    model = chain(layers.Dense(5, activation="gelu"), layers.Dense(2))
    rate = optimizers.schedules.CosineDecay(0.05, 8)
    optimizer = optimizers.AdamW(rate, weight_decay=0.01, clipnorm=0.5, use_ema=True, ema_momentum=0.9)
    model.compile(optimizer=optimizer, loss="huber", steps_per_execution=2)
    history = fit(model, X, Y, batch_size=4, epochs=3)
    return [history, model.predict(X[:2], verbose=0).ravel()]


class Power(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.power(ops.abs(y_true - y_pred), 1.5), -1)


class Worst(metrics.Metric):
    def __init__(self):
        super().__init__(name="worst")
        self.total = self.add_variable((), initializer="zeros", name="total")
        self.count = self.add_variable((), initializer="zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        worst = ops.max(ops.abs(y_true - y_pred), -1)
        weights = ops.ones_like(worst) if sample_weight is None else sample_weight
        self.total.assign_add(ops.sum(worst * weights))
        self.count.assign_add(ops.sum(weights))

    def result(self):
        return self.total / self.count


def own_loss_and_metrics():
    def distance(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), -1)

    model = chain(layers.Dense(2))
    model.compile(optimizer=optimizers.SGD(0.1), loss=Power(), metrics=[Worst(), distance], weighted_metrics=[Worst()])
    first = fit(model, X, Y, batch_size=5, epochs=2, sample_weight=WEIGHTS)
    model = chain(layers.Dense(2))
    model.compile(optimizer="sgd", loss=lambda y_true, y_pred: ops.mean(ops.square(y_true - y_pred), -1))
    return [first, fit(model, X, Y, batch_size=5, epochs=2)]


class Penalised(keras.Model):
    def __init__(self):
        super().__init__()
        self.wide = layers.Dense(4)

    def call(self, x):
        return self.wide(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.abs(y - y_pred[:, :2])) + 0.1 * ops.mean(ops.square(y_pred))


def own_loss_of_a_model():
    model = Penalised()
    model(X[:1])
    begin(model)
    model.compile(optimizer=optimizers.SGD(0.1))
    return fit(model, X, Y, batch_size=4, epochs=2)


class Numbered(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return X[i * 4 : i * 4 + 4], Y[i * 4 : i * 4 + 4]


def data_by_number():
    model = chain(layers.Dense(2))
    model.compile(optimizer="sgd", loss="mse")
    history = model.fit(Numbered(), epochs=2, verbose=0, shuffle=False).history
    return [history, model.evaluate(Numbered(), verbose=0, return_dict=True)]


def gathered_gradients():
    model = chain(layers.Dense(2))
    model.compile(optimizer=optimizers.Adam(0.05, gradient_accumulation_steps=2), loss="mse")
    return [fit(model, X, Y, batch_size=4, epochs=4), int(model.optimizer.iterations)]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part) for part in value]
    return value if isinstance(value, int) else float(f"{float(value):.8g}")


CASES = [sample_weights, class_weights, batches, several_outputs, frozen, own_layer, own_step, several_steps, own_loss_and_metrics,
         own_loss_of_a_model, data_by_number, gathered_gradients]

if __name__ == "__main__":
    figures = {case.__name__: plain(case()) for case in CASES}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "figures.json")
    with open(path, "w", encoding="utf-8") as file:
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in figures.items())
        file.write(f"{{\n{rows}\n}}\n")
