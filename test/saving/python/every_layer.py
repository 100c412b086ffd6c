"""One model with every layer class that node-cudnn has and Keras too; small, and without anything random while it trains.

Two are missing: Keras 3.15 takes an Equalization for a cycle in the graph (its output is the symbolic tensor that it got), and a Lambda is in
the model of a tutorial.
"""

import keras
from keras import layers as L


def photo_layers(x, legacy):
    """What is done to photographs. What the random layers make in training is multiplied by nought, so that two runs can be compared."""
    x = L.AutoContrast(value_range=(0, 255))(x)
    # layers that Keras 3.15 cannot write to .h5: it copies a module that is in their configs
    modern = [
        L.Solarization(addition_factor=0.2, threshold_factor=0.5),
        L.RandomBrightness(0.2),
        L.RandomColorDegeneration(0.3),
        L.RandomPosterization(4),
        L.RandomSaturation(0.4),
        L.RandomSharpness(0.4),
    ]
    old = [
        L.RandomContrast(0.2),
        L.RandomColorJitter(value_range=(0, 255), brightness_factor=0.1, hue_factor=0.1),
        L.RandomErasing(0.5),
        L.RandomFlip("horizontal"),
        L.RandomGaussianBlur(0.5),
        L.RandomGrayscale(0.5),
        L.RandomHue(0.3),
        L.RandomInvert(0.5),
        L.RandomRotation(0.1),
        L.RandomShear((0.0, 0.1), (0.0, 0.2)),
        L.RandomTranslation(0.1, 0.1),
        L.RandomZoom(0.1),
        L.RandomCrop(8, 8),
    ]
    random = x
    for layer in old if legacy else modern + old:
        random = layer(random)
    x = L.Add()([x, L.Rescaling(0.0)(random)])
    x = L.Resizing(8, 8)(x)
    x = L.CenterCrop(6, 6)(x)
    return L.Rescaling(1 / 255, offset=-0.5)(x)


def image_branch(x, legacy=False):
    x = photo_layers(x, legacy)
    x = L.Conv2D(4, 3, padding="same", kernel_regularizer="l2", kernel_initializer="he_normal")(x)
    x = L.BatchNormalization(momentum=0.9)(x)
    x = L.LeakyReLU(0.2)(x)
    x = L.DepthwiseConv2D(2, depth_multiplier=1)(x)
    x = L.ELU()(x)
    x = L.SeparableConv2D(3, 2, use_bias=False)(x)
    x = L.PReLU(shared_axes=[1, 2])(x)
    x = L.Conv2DTranspose(4, 2, strides=2, activation="tanh")(x)
    x = L.GroupNormalization(2)(x)
    x = L.SpatialDropout2D(0.0)(x)
    x = L.ZeroPadding2D((1, 0))(x)
    x = L.Cropping2D(((0, 1), (1, 0)))(x)
    x = L.UpSampling2D(2, interpolation="nearest")(x)
    x = L.MaxPooling2D(2, padding="same")(x)
    x = L.AveragePooling2D(2, strides=1)(x)
    return L.Concatenate()(
        [
            L.GlobalAveragePooling2D()(x),
            L.GlobalMaxPooling2D()(x),
            L.Flatten()(L.AdaptiveAveragePooling2D(2)(x)),
            L.Flatten()(L.AdaptiveMaxPooling2D((1, 2))(x)),
        ]
    )


def sequence_branch(x):
    kept = L.Masking(0.0)(x)
    a = L.LSTM(3, return_sequences=True)(kept)
    a = L.Bidirectional(L.GRU(2, return_sequences=True))(a)
    a = L.TimeDistributed(L.Dense(3, activation="elu"))(a)
    a = L.SimpleRNN(3)(a)

    b = L.ZeroPadding1D(1)(x)
    b = L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="gelu")(b)
    b = L.DepthwiseConv1D(2)(b)
    b = L.SeparableConv1D(4, 2, padding="same", activation="swish")(b)
    b = L.LayerNormalization()(b)
    b = L.Conv1DTranspose(4, 2, strides=2)(b)
    b = L.Cropping1D((1, 1))(b)
    b = L.UpSampling1D(2)(b)
    b = L.MaxPooling1D(2)(b)
    b = L.AveragePooling1D(2, padding="same")(b)
    b = L.SpatialDropout1D(0.0)(b)
    b = L.RMSNormalization()(b)
    pooled = [
        L.GlobalAveragePooling1D()(b),
        L.GlobalMaxPooling1D()(b),
        L.Flatten()(L.AdaptiveAveragePooling1D(2)(b)),
        L.Flatten()(L.AdaptiveMaxPooling1D(1)(b)),
    ]

    c = L.MultiHeadAttention(2, 3)(b, b)
    c = L.GroupQueryAttention(3, 2, 1)(c, b)
    c = L.Attention(use_scale=True)([c, b])
    c = L.AdditiveAttention()([c, b])
    c = L.UnitNormalization()(c)
    c = L.RNN(L.StackedRNNCells([L.GRUCell(3), L.LSTMCell(2), L.SimpleRNNCell(3)]))(c)

    d = L.Reshape((3, 4, 2))(x)
    d = L.Flatten()(L.ConvLSTM1D(2, 2)(d))
    return L.Concatenate()([a, *pooled, c, d])


def volume_branch(x):
    a = L.Conv3D(3, 2, padding="same", activation="softplus")(x)
    a = L.ZeroPadding3D(1)(a)
    a = L.Cropping3D((1, 0, 1))(a)
    a = L.Conv3DTranspose(2, 2)(a)
    a = L.SpatialDropout3D(0.0)(a)
    a = L.UpSampling3D((1, 2, 1))(a)
    a = L.MaxPooling3D((1, 2, 1))(a)
    a = L.AveragePooling3D(2)(a)
    b = L.Flatten()(L.ConvLSTM2D(2, 2, return_sequences=False)(x))
    c = L.Reshape((2, 2, 4, 4, 2))(x)
    c = L.Flatten()(L.ConvLSTM3D(1, 2)(c))
    return L.Concatenate()(
        [
            L.GlobalAveragePooling3D()(a),
            L.GlobalMaxPooling3D()(a),
            L.Flatten()(L.AdaptiveAveragePooling3D((1, 2, 1))(a)),
            L.Flatten()(L.AdaptiveMaxPooling3D(1)(a)),
            b,
            c,
        ]
    )


def numbers_branch(x):
    bins = L.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(x)
    bins = L.CategoryEncoding(num_tokens=4, output_mode="multi_hot")(bins)
    x = L.Normalization(mean=[0.1, 0.2, -0.1], variance=[0.5, 1.5, 1.0])(x)
    x = L.Dense(4, kernel_constraint="max_norm", bias_regularizer=keras.regularizers.L1L2(1e-3, 1e-3))(x)
    x = L.Activation("selu")(x)
    for layer in [L.Dropout(0.0), L.AlphaDropout(0.0), L.GaussianDropout(0.0), L.GaussianNoise(0.0), L.Identity()]:
        x = layer(x)
    x = L.ActivityRegularization(l2=1e-3)(x)
    # frozen: a kernel that is trained stays without its norm in jax, and loses it in TensorFlow and here
    y = L.SpectralNormalization(L.Dense(4, trainable=False))(x)
    z = L.ReLU(max_value=2, negative_slope=0.1)(x)
    merged = [merge([x, y, z]) for merge in (L.Add(), L.Multiply(), L.Average(), L.Maximum(), L.Minimum())]
    merged += [L.Subtract()([x, y]), L.Dot(1)([y, z]), L.Softmax()(x), bins]
    rows = L.RepeatVector(3)(x)
    rows = L.EinsumDense("abc,cd->abd", output_shape=(3, 2), bias_axes="d")(rows)
    return L.Concatenate()([*merged, L.Flatten()(L.Permute((2, 1))(rows))])


def tokens_branch(x):
    x = L.Embedding(7, 3, mask_zero=True)(x)
    x = L.LSTM(3, go_backwards=True, kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", seed=3))(x)
    return x


def every_layer(legacy=False):
    """`legacy`: what can be kept in .h5."""
    photo = keras.Input((8, 8, 3), name="photo")
    sequence = keras.Input((6, 4), name="sequence")
    volume = keras.Input((4, 4, 4, 2), name="volume")
    numbers = keras.Input((3,), name="numbers")
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    # a model within the model, used twice
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="tanh"), L.Dense(2, use_bias=False)], name="inner")
    joined = L.Concatenate()(
        [
            image_branch(photo, legacy),
            sequence_branch(sequence),
            volume_branch(volume),
            numbers_branch(numbers),
            tokens_branch(tokens),
        ]
    )
    narrow = L.Dense(8, activation="sigmoid")(joined)
    left, right = inner(L.Dense(4)(narrow)), inner(L.Dense(4, activation="mish")(narrow))
    kind = L.Dense(3, activation="softmax", name="kind")(L.Concatenate()([narrow, left, right]))
    size = L.Dense(2, name="size")(narrow)
    return keras.Model([photo, sequence, volume, numbers, tokens], [kind, size], name="every_layer")
