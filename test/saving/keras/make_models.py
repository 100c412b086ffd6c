"""Writes models.json and compile.json: models of every form, and every optimizer, loss and metric, as Keras writes them.

    python make_models.py

Runs in the folder of the files.
"""
import json

import keras
from keras import layers

assert keras.__version__ == "3.15.1", keras.__version__
MODELS = {}
dense = layers.Dense


def model(function):
    MODELS[function.__name__.replace("_", "-")] = function
    return function


@model
def sequential():
    return keras.Sequential([keras.Input((4,), name="x"), dense(3, activation="relu", name="a"), dense(2, name="b")], name="m")


@model
def sequential_unbuilt():
    return keras.Sequential([dense(3, name="a"), dense(2, name="b")], name="m")


@model
def sequential_built_later():
    made = keras.Sequential([dense(3, name="a"), dense(2, name="b")], name="m")
    made.build((None, 4))
    return made


@model
def sequential_empty():
    return keras.Sequential(name="m")


@model
def sequential_fixed_batch():
    return keras.Sequential([keras.Input((4,), batch_size=8, name="x"), layers.Flatten(name="f")], name="m")


@model
def sequential_nested():
    inner = keras.Sequential([keras.Input((4,), name="y"), dense(3, name="c")], name="inner")
    return keras.Sequential([keras.Input((4,), name="x"), inner, dense(2, name="b")], name="m")


@model
def sequential_nested_first():
    inner = keras.Sequential([keras.Input((4,), name="y"), dense(3, name="c")], name="inner")
    return keras.Sequential([inner, dense(2, name="b")], name="m")


@model
def frozen():
    made = keras.Sequential([keras.Input((4,), name="x"), dense(3, name="a"), dense(2, name="b")], name="m")
    made.get_layer("a").trainable = False
    return made


@model
def frozen_whole():
    made = sequential()
    made.trainable = False
    return made


@model
def two_inputs_two_outputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    joined = layers.Concatenate(name="joined")([a, b])
    return keras.Model([a, b], [dense(2, name="one")(joined), dense(1, name="two")(joined)], name="m")


@model
def one_input_in_a_list():
    a = keras.Input((4,), name="a")
    return keras.Model([a], [dense(2, name="one")(a)], name="m")


@model
def inputs_by_name():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    joined = layers.Concatenate(name="joined")([a, b])
    return keras.Model({"second": b, "first": a}, {"one": dense(2, name="d")(joined), "two": dense(1, name="e")(joined)}, name="m")


@model
def shared_layer():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    twice = dense(3, name="twice")
    return keras.Model([a, b], layers.Subtract(name="s")([twice(a), twice(b)]), name="m")


@model
def nested():
    y = keras.Input((3,), name="y")
    inner = keras.Model(y, dense(2, name="c")(y), name="inner")
    x = keras.Input((4,), name="x")
    return keras.Model(x, dense(2, name="b")(inner(dense(3, name="a")(x))), name="m")


@model
def nested_shared():
    y = keras.Input((4,), name="y")
    inner = keras.Model(y, dense(2, name="c")(y), name="inner")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return keras.Model([a, b], layers.Add(name="s")([inner(a), inner(b)]), name="m")


@model
def nested_several():
    p, q = keras.Input((4,), name="p"), keras.Input((3,), name="q")
    inner = keras.Model([p, q], [dense(2, name="c")(p), dense(5, name="d")(q)], name="inner")
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    u, v = inner([a, b])
    return keras.Model([a, b], layers.Concatenate(name="s")([v, u]), name="m")


@model
def nested_by_name():
    p, q = keras.Input((4,), name="p"), keras.Input((3,), name="q")
    inner = keras.Model({"p": p, "q": q}, {"u": dense(2, name="c")(p), "v": dense(5, name="d")(q)}, name="inner")
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    found = inner({"q": b, "p": a})
    return keras.Model([a, b], layers.Concatenate(name="s")([found["v"], found["u"]]), name="m")


@model
def training_flag():
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Dropout(0.5, name="d")(x, training=True), name="m")


@model
def attention():
    x = keras.Input((5, 4), name="x")
    y, scores = layers.MultiHeadAttention(2, 3, name="att")(x, x, return_attention_scores=True, use_causal_mask=True)
    return keras.Model(x, [y, scores], name="m")


@model
def attention_by_keyword():
    x, z = keras.Input((5, 4), name="x"), keras.Input((6, 4), name="z")
    return keras.Model([x, z], layers.MultiHeadAttention(2, 3, name="att")(query=x, value=z), name="m")


@model
def attention_list():
    x, z = keras.Input((5, 4), name="x"), keras.Input((6, 4), name="z")
    return keras.Model([x, z], layers.Attention(name="att")([x, z], use_causal_mask=True), name="m")


@model
def masked_sequence():
    x = keras.Input((6,), dtype="int32", name="x")
    h = layers.Embedding(10, 4, mask_zero=True, name="e")(x)
    h = layers.LSTM(3, return_sequences=True, name="l")(h)
    h = layers.Bidirectional(layers.GRU(2, name="g"), name="bi")(h)
    return keras.Model(x, dense(1, name="d")(h), name="m")


@model
def states():
    x, s = keras.Input((6, 2), name="x"), keras.Input((3,), name="s")
    h, state = layers.GRU(3, return_state=True, name="g")(x, initial_state=s)
    return keras.Model([x, s], [h, state], name="m")


@model
def encoder_decoder():
    x, y = keras.Input((6, 2), name="x"), keras.Input((6, 2), name="y")
    _, h, c = layers.LSTM(3, return_state=True, name="enc")(x)
    return keras.Model([x, y], layers.LSTM(3, name="dec")(y, initial_state=[h, c]), name="m")


@model
def time_distributed():
    x = keras.Input((6, 4, 4, 1), name="x")
    h = layers.TimeDistributed(layers.Conv2D(2, 3, name="conv"), name="td")(x)
    return keras.Model(x, h, name="m")


@model
def cells():
    x = keras.Input((6, 2), name="x")
    h = layers.RNN([layers.LSTMCell(3, name="one"), layers.GRUCell(2, name="two")], name="rnn")(x)
    return keras.Model(x, h, name="m")


@model
def bidirectional_two():
    x = keras.Input((6, 2), name="x")
    h = layers.Bidirectional(
        layers.LSTM(3, name="f"), backward_layer=layers.LSTM(3, go_backwards=True, name="b"), merge_mode="sum", name="bi"
    )(x)
    return keras.Model(x, h, name="m")


@model
def spectral():
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.SpectralNormalization(dense(3, name="d"), power_iterations=2, name="sn")(x), name="m")


@model
def channels_first():
    x = keras.Input((3, 8, 8), name="x")
    h = layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", data_format="channels_first", name="c")(x)
    h = layers.BatchNormalization(axis=1, name="bn")(h)
    h = layers.MaxPooling2D(data_format="channels_first", name="p")(h)
    return keras.Model(x, layers.Flatten(data_format="channels_first", name="f")(h), name="m")


@model
def from_the_middle():
    x = keras.Input((4,), name="x")
    h = dense(3, name="a")(x)
    y = dense(2, name="b")(h)
    return keras.Model(h, y, name="m")


@model
def input_is_output():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    return keras.Model([a, b], [a, dense(2, name="d")(b)], name="m")


@model
def float64():
    return keras.Sequential([keras.Input((4,), dtype="float64", name="x"), dense(3, dtype="float64", name="a")], name="m")


@model
def penalties():
    g, c = keras.regularizers, keras.constraints
    return keras.Sequential(
        [
            keras.Input((4,), name="x"),
            dense(4, kernel_regularizer="l2", bias_regularizer=g.L1(0.1), activity_regularizer=g.L1L2(0.1, 0.2), name="a"),
            dense(4, kernel_regularizer=g.OrthogonalRegularizer(0.02, "columns"), kernel_constraint="non_neg", name="b"),
            dense(4, kernel_constraint=c.MaxNorm(3, axis=1), bias_constraint=c.UnitNorm(), name="c"),
            dense(4, kernel_constraint=c.MinMaxNorm(0.1, 2.0, rate=0.5, axis=[0]), name="d"),
        ],
        name="m",
    )


@model
def initializers():
    i = keras.initializers
    every = [
        i.Zeros(), i.Ones(), i.Constant(0.5), i.RandomNormal(0.1, 0.2, seed=3), i.RandomUniform(-0.1, 0.2, seed=4),
        i.TruncatedNormal(0.1, 0.2, seed=5), i.VarianceScaling(2.0, "fan_avg", "untruncated_normal", seed=6),
        i.GlorotNormal(seed=7), i.GlorotUniform(), i.HeNormal(), i.HeUniform(), i.LecunNormal(), i.LecunUniform(),
        i.Orthogonal(0.5, seed=8), i.Identity(2.0),
    ]
    return keras.Sequential(
        [keras.Input((4,), name="x")]
        + [dense(4, kernel_initializer=one, name=f"d{k}") for k, one in enumerate(every)],
        name="m",
    )


@model
def activations():
    names = """celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax
    mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh
    tanh_shrink swish""".split()
    x = keras.Input((4,), name="x")
    return keras.Model(x, [layers.Activation(name, name=f"a_{name}")(x) for name in names], name="m")


@model
def operations():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    h = a + b
    h = keras.ops.relu(h * 2.0 - a)
    return keras.Model([a, b], h, name="m")


COMPILED = {}


def compiled(name, function, **options):
    COMPILED[name] = (function, options)


o, s, l, m = keras.optimizers, keras.optimizers.schedules, keras.losses, keras.metrics
for one in [o.SGD, o.Adam, o.AdamW, o.RMSprop, o.Adadelta, o.Adagrad, o.Adamax, o.Nadam, o.Ftrl, o.Lion, o.Lamb, o.Adafactor, o.Muon,
            o.ScheduleFreeAdamW]:
    compiled(f"optimizer-{one.__name__}", sequential, optimizer=one(), loss="mse")
compiled("optimizer-name", sequential, optimizer="adam", loss="mean_squared_error", metrics=["accuracy", "mae"])
compiled("optimizer-SGD-options", sequential, loss="mse",
         optimizer=o.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01, clipnorm=1.0, name="own"))
compiled("optimizer-Adam-options", sequential, loss="mse",
         optimizer=o.Adam(0.1, beta_1=0.8, epsilon=1e-3, amsgrad=True, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=5,
                          loss_scale_factor=2.0, gradient_accumulation_steps=3, global_clipnorm=2.0))
compiled("optimizer-LossScale", sequential, optimizer=o.LossScaleOptimizer(o.SGD(0.1), initial_scale=1024.0), loss="mse")
for one in [s.ExponentialDecay(0.1, 100, 0.9, staircase=True), s.InverseTimeDecay(0.1, 100, 0.9), s.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1]),
            s.PolynomialDecay(0.1, 100, 0.01, power=2.0, cycle=True), s.CosineDecay(0.1, 100, alpha=0.1, warmup_target=0.2, warmup_steps=5),
            s.CosineDecayRestarts(0.1, 100, t_mul=1.5, m_mul=0.5)]:
    compiled(f"schedule-{type(one).__name__}", sequential, optimizer=o.SGD(one), loss="mse")
for one in [l.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), l.BinaryFocalCrossentropy(gamma=3.0), l.CategoricalCrossentropy(label_smoothing=0.1),
            l.CategoricalFocalCrossentropy(alpha=0.3), l.CategoricalHinge(), l.Circle(gamma=60.0), l.CosineSimilarity(axis=-1), l.Dice(), l.Hinge(),
            l.Huber(delta=0.5), l.KLDivergence(), l.LogCosh(), l.MeanAbsoluteError(), l.MeanAbsolutePercentageError(), l.MeanSquaredError(reduction="sum"),
            l.MeanSquaredLogarithmicError(), l.Poisson(), l.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), l.SquaredHinge(),
            l.Tversky(alpha=0.3), l.CTC(), l.CategoricalGeneralizedCrossEntropy()]:
    compiled(f"loss-{type(one).__name__}", sequential, optimizer="sgd", loss=one)
for one in [m.AUC(num_thresholds=20, curve="PR"), m.AUC(multi_label=True, num_labels=2, name="multi"), m.BinaryAccuracy(threshold=0.4), m.BinaryCrossentropy(label_smoothing=0.1),
            m.BinaryIoU([0, 1], 0.4), m.CategoricalAccuracy(), m.CategoricalCrossentropy(), m.CategoricalHinge(), m.CosineSimilarity(),
            m.ConcordanceCorrelation(), m.F1Score(average="macro"), m.FBetaScore(beta=2.0), m.FalseNegatives(), m.FalsePositives(0.3), m.Hinge(),
            m.IoU(3, [0, 1]), m.KLDivergence(), m.LogCoshError(), m.Mean(), m.MeanAbsoluteError(), m.MeanAbsolutePercentageError(), m.MeanIoU(3),
            m.MeanSquaredError(name="own"), m.MeanSquaredLogarithmicError(), m.OneHotIoU(3, [0]), m.OneHotMeanIoU(3), m.PearsonCorrelation(), m.Poisson(),
            m.Precision([0.3, 0.5], top_k=None, class_id=1), m.PrecisionAtRecall(0.5), m.R2Score(), m.Recall(top_k=2), m.RecallAtPrecision(0.6),
            m.RootMeanSquaredError(), m.SensitivityAtSpecificity(0.5), m.SparseCategoricalAccuracy(), m.SparseCategoricalCrossentropy(),
            m.SparseTopKCategoricalAccuracy(k=2), m.SpecificityAtSensitivity(0.5, num_thresholds=50), m.SquaredHinge(), m.Sum(), m.TopKCategoricalAccuracy(k=2),
            m.TrueNegatives(), m.TruePositives(), m.Accuracy()]:
    compiled(f"metric-{one.name}-{type(one).__name__}", sequential, optimizer="sgd", loss="mse", metrics=[one])
compiled("outputs-list", two_inputs_two_outputs, optimizer="sgd", loss=["mse", l.Huber()], loss_weights=[1.0, 0.5], metrics=[["mae"], []])
compiled("outputs-names", two_inputs_two_outputs, optimizer="sgd", loss={"one": "mse", "two": "mae"}, loss_weights={"one": 1.0, "two": 0.5},
         metrics={"one": ["mae", m.RootMeanSquaredError()]}, weighted_metrics={"two": ["mse"]})
compiled("weighted", sequential, optimizer="rmsprop", loss="categorical_crossentropy", metrics=["acc", "categorical_accuracy"], weighted_metrics=["accuracy"])
compiled("flags", sequential, optimizer="rmsprop", loss="mse", run_eagerly=True, steps_per_execution=4, auto_scale_loss=False, jit_compile=False)
compiled("no-loss", sequential, optimizer="rmsprop")


def write(file, entries):
    with open(file, "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in entries.items()) + "\n}\n")


def main():
    models = {}
    for name, function in MODELS.items():
        keras.utils.clear_session()
        models[name] = json.loads(function().to_json())
    write("models.json", models)
    configs = {}
    for name, (function, options) in COMPILED.items():
        keras.utils.clear_session()
        made = function()
        made.compile(**options)
        configs[name] = {"model": "sequential" if function is sequential else "two-inputs-two-outputs", "compile": made.get_compile_config()}
        json.dumps(configs[name])
    write("compile.json", configs)


main()
