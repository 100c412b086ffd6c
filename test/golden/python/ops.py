"""Writes cases of ops into test/golden/cases/op: what Keras 3 on JAX answers in float64, and the gradients for fixed upstream ones.

    python test/golden/python/ops.py
"""

import json
import math
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import keras
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases", "op")
keras.config.set_floatx("float64")
COUNT = [0]


def rounded(values):
    return np.round(values * 128) / 128


def normal(*shape):
    COUNT[0] += 1
    return rounded(np.random.default_rng(COUNT[0]).normal(size=shape))


def uniform(*shape, low=0.0, high=1.0):
    COUNT[0] += 1
    return rounded(np.random.default_rng(COUNT[0]).uniform(low, high, size=shape))


def ints(values):
    return np.asarray(values, dtype="int32")


def floats(values):
    return np.asarray(values, dtype="float64")


def definite(n):
    half = normal(n, n)
    return rounded(half @ half.T + 2 * np.eye(n))


NAN = float("nan")
HOLES = floats([[1.5, NAN, -2, 0.5], [NAN, NAN, NAN, NAN], [4, 1, NAN, 2]])
SOME = floats([[1.5, NAN, -2, 0.5], [NAN, 3, 1, 7], [4, 1, NAN, 2]])
WHOLE = ints([12, -7, 255, 0, 2**30, -(2**31), 2**31 - 1])
OTHER = ints([10, 3, -1, 5, 12345, 77, 2**29])

# function, variant, inputs, arguments; then what is special: whether gradients are compared, which outputs, what the inputs are passed as.
CASES = [
    ("append", "flat", [normal(2, 3), normal(4)], {}),
    ("append", "axis", [normal(2, 3), normal(2, 2)], {"axis": 1}),
    ("array_split", "uneven", [normal(7, 2)], {"indices_or_sections": 3}),
    ("hsplit", "plain", [normal(2, 4)], {"indices_or_sections": 2}),
    ("vsplit", "indices", [normal(5, 2)], {"indices_or_sections": [1, 3]}),
    ("dsplit", "plain", [normal(2, 2, 4)], {"indices_or_sections": 2}),
    ("dstack", "vectors", [normal(3), normal(3)], {}, {"passed_as": "list"}),
    ("dstack", "matrices", [normal(2, 3), normal(2, 3)], {}, {"passed_as": "list"}),
    ("fliplr", "plain", [normal(2, 3)], {}),
    ("flipud", "plain", [normal(2, 3)], {}),
    ("diagflat", "offset", [normal(2, 2)], {"k": 1}),
    ("ptp", "axis", [normal(3, 4)], {"axis": 1}),
    ("isin", "invert", [ints([1, 2, 3, 4]), ints([2, 4, 9])], {"invert": True}),
    ("unravel_index", "plain", [ints([5, 0, 22])], {"shape": [2, 3, 4]}),
    ("vander", "plain", [normal(4)], {}),
    ("vander", "increasing", [normal(3)], {"N": 5, "increasing": True}),
    ("trapezoid", "dx", [normal(3, 4)], {"dx": 0.5, "axis": 0}),
    ("rearrange", "merge", [normal(2, 3, 4, 2)], {"pattern": "b h w c -> h (b w) c"}),
    ("geomspace", "plain", [], {"start": 1.0, "stop": 1000.0, "num": 5}),
    ("geomspace", "open", [], {"start": -2.0, "stop": -512.0, "num": 4, "endpoint": False}),
    ("sinc", "plain", [floats([0, 0.5, -1.125, 1.25, 3.5])], {}, {"computed_in": "float32"}),
    ("i0", "plain", [floats([0, 0.5, -1, 3, 20])], {}),
    ("heaviside", "plain", [floats([-1, 0, 2, NAN]), floats([0.5, 0.5, 0.5, 0.5])], {}, {"gradient": False}),
    ("fmod", "signs", [floats([7, -7, 7, -7.5]), floats([3, 3, -3, 2])], {}, {"gradient": False}),
    ("fmax", "nan", [floats([1, NAN, 3, NAN]), floats([2, 5, NAN, NAN])], {}, {"gradient": False}),
    ("fmin", "nan", [floats([1, NAN, 3, NAN]), floats([2, 5, NAN, NAN])], {}, {"gradient": False}),
    ("ldexp", "plain", [normal(4), ints([0, 3, -2, 5])], {}, {"gradient": False}),
    ("logaddexp2", "plain", [normal(5), normal(5)], {}),
    ("gcd", "plain", [ints([12, -18, 0, 7, 1836311903]), ints([8, 12, 5, 0, 1134903170])], {}),
    ("lcm", "plain", [ints([4, 6, -3, 0]), ints([6, 9, 5, 4])], {}),
    ("signbit", "plain", [floats([-1, -0.0, 0, 2])], {}),
    ("isneginf", "plain", [floats([-math.inf, math.inf, 1, NAN])], {}),
    ("isposinf", "plain", [floats([-math.inf, math.inf, 1, NAN])], {}),
    ("angle", "plain", [floats([1, -2, 0])], {}, {"gradient": False}),
    ("bitwise_and", "plain", [WHOLE, OTHER], {}),
    ("bitwise_or", "plain", [WHOLE, OTHER], {}),
    ("bitwise_xor", "plain", [WHOLE, OTHER], {}),
    ("bitwise_not", "plain", [WHOLE], {}),
    ("left_shift", "plain", [WHOLE, ints([1, 2, 3, 4, 1, 0, 5])], {}),
    ("right_shift", "plain", [WHOLE, ints([1, 2, 3, 4, 30, 31, 5])], {}),
    ("nancumsum", "axis", [HOLES], {"axis": 1}, {"gradient": False}),
    ("nancumprod", "axis", [HOLES], {"axis": 0}, {"gradient": False}),
    ("nanmedian", "axis", [HOLES], {"axis": 1}, {"gradient": False}),
    ("nanquantile", "linear", [HOLES], {"q": [0.25, 0.5], "axis": 1, "keepdims": True}, {"gradient": False}),
    ("nanquantile", "lower", [HOLES], {"q": 0.4, "axis": 1, "method": "lower"}, {"gradient": False}),
    ("nanpercentile", "flat", [HOLES], {"q": 30}, {"gradient": False}),
    ("nanargmax", "axis", [SOME], {"axis": 1}),
    ("nanargmin", "flat", [SOME], {}),
    ("percentile", "plain", [normal(3, 5)], {"q": 40, "axis": 1}, {"gradient": False}),
    ("max", "initial", [normal(2, 3)], {"axis": 1, "initial": 0.25}),
    ("cross", "axes", [normal(3, 4), normal(4, 3)], {"axisa": 0, "axisb": 1, "axisc": 0}),
    ("scatter_update", "add", [normal(5, 2), ints([[1], [3], [1]]), normal(3, 2)], {"reduction": "add"}),
    ("scatter_update", "mul", [normal(5), ints([[1], [3], [1]]), normal(3)], {"reduction": "mul"}, {"gradient": False}),
    ("scatter_update", "max", [normal(5), ints([[1], [3], [1]]), normal(3)], {"reduction": "max"}, {"gradient": False}),
    ("scatter_update", "min", [normal(5), ints([[1], [3], [1]]), normal(3)], {"reduction": "min"}, {"gradient": False}),
    ("segment_min", "plain", [normal(5, 2), ints([0, 2, 0, 2, 1])], {"num_segments": 3}, {"gradient": False}),
    ("segment_prod", "plain", [normal(5, 2), ints([0, 2, 0, 2, 1])], {"num_segments": 4}, {"gradient": False}),
    ("cdist", "batch", [normal(2, 3, 4), normal(2, 5, 4)], {}),
    ("psnr", "plain", [normal(3, 4), normal(3, 4)], {"max_val": 2.0}),
    ("unfold", "plain", [normal(2, 2, 5, 6)], {"kernel_size": 2, "stride": 2}),
    ("unfold", "padded", [normal(1, 2, 5, 6)], {"kernel_size": [2, 3], "dilation": [2, 1], "padding": [1, 0], "stride": [1, 2]}),
    ("fold", "padded", [normal(2, 8, 25)], {"output_size": [4, 4], "kernel_size": 2, "padding": 1}),
    ("fft", "plain", [normal(2, 5), normal(2, 5)], {}, {"passed_as": "list"}),
    ("fft2", "plain", [normal(2, 4, 3), normal(2, 4, 3)], {}, {"passed_as": "list"}),
    ("ifft2", "plain", [normal(2, 4, 3), normal(2, 4, 3)], {}, {"passed_as": "list"}),
    ("rfft", "even", [normal(2, 6)], {}),
    ("rfft", "longer", [normal(2, 5)], {"fft_length": 8}),
    ("irfft", "plain", [normal(2, 4), normal(2, 4)], {}, {"passed_as": "list"}),
    ("irfft", "odd", [normal(2, 4), normal(2, 4)], {"fft_length": 7}, {"passed_as": "list"}),
    *[("correlate", f"{mode}-{n}-{m}", [normal(n), normal(m)], {"mode": mode}) for mode in ("valid", "same", "full") for n, m in ((5, 3), (5, 2), (3, 5), (2, 5), (4, 4))],
    ("extract_sequences", "plain", [normal(2, 9)], {"sequence_length": 4, "sequence_stride": 2}),
    ("stft", "plain", [normal(2, 20)], {"sequence_length": 6, "sequence_stride": 3, "fft_length": 8}),
    ("stft", "not-centred", [normal(20)], {"sequence_length": 8, "sequence_stride": 4, "fft_length": 8, "window": "hamming", "center": False}),
    ("istft", "plain", [normal(2, 7, 5), normal(2, 7, 5)], {"sequence_length": 8, "sequence_stride": 3, "fft_length": 8}, {"passed_as": "list"}),
    ("istft", "length", [normal(6, 5), normal(6, 5)], {"sequence_length": 6, "sequence_stride": 3, "fft_length": 8, "length": 12}, {"passed_as": "list"}),
    ("linalg.cholesky_inverse", "plain", [np.tril(definite(3))], {}),
    ("linalg.qr", "tall", [normal(5, 3)], {}),
    ("linalg.qr", "wide", [normal(2, 3, 4)], {}, {"gradient": False}),
    ("linalg.qr", "complete", [normal(4, 2)], {"mode": "complete"}, {"gradient": False}),
    ("linalg.svd", "values", [normal(4, 3)], {"compute_uv": False}),
    ("linalg.eigh", "values", [definite(4)], {}, {"outputs": [0]}),
    ("linalg.lu_factor", "plain", [normal(4, 4)], {}, {"gradient": False}),
    ("linalg.lstsq", "tall", [normal(5, 3), normal(5, 2)], {}),
    ("linalg.lstsq", "deficient", [floats([[1, 2], [2, 4], [3, 6]]), floats([1, 0, 2])], {}, {"gradient": False}),
    ("linalg.pinv", "plain", [normal(4, 3)], {}),
    ("linalg.matrix_rank", "plain", [floats([[1, 2, 3], [2, 4, 6], [1, 0, 1]])], {}),
    ("logdet", "plain", [definite(3)], {}),
    ("slogdet", "plain", [normal(2, 3, 3)], {}),
    ("bartlett", "plain", [], {"x": 6}),
    ("blackman", "plain", [], {"x": 6}),
    ("hamming", "plain", [], {"x": 5}),
    ("hanning", "plain", [], {"x": 5}),
    ("kaiser", "plain", [], {"x": 7, "beta": 8.5}),
    ("nonzero", "plain", [floats([[0, 1, 0], [2, 0, 3]])], {}),
    ("unique", "counts", [ints([3, 1, 3, 2, 1, 3])], {"return_inverse": True, "return_counts": True}),
    ("image.extract_patches_3d", "plain", [normal(2, 4, 5, 4, 2)], {"size": 2}),
    ("image.extract_patches_3d", "same", [normal(1, 4, 5, 4, 2)], {"size": [2, 3, 1], "strides": 2, "padding": "same"}),
    ("image.gaussian_blur", "plain", [normal(2, 6, 7, 2)], {"kernel_size": [3, 5], "sigma": [0.75, 1.5], "data_format": "channels_last"}),
    ("image.sobel_edges", "plain", [normal(2, 5, 4, 2)], {}),
    ("image.ssim", "plain", [uniform(2, 14, 13, 2), uniform(2, 14, 13, 2)], {}, {"computed_in": "float32"}),
    ("image.scale_and_translate", "linear", [normal(5, 6, 2)],
     {"output_shape": [8, 4, 2], "scale": [1.5, 0.5], "translation": [0.25, -0.5], "spatial_dims": [0, 1], "method": "linear"}),
    ("image.scale_and_translate", "cubic", [normal(5, 6)],
     {"output_shape": [8, 6], "scale": [1.5], "translation": [0.0], "spatial_dims": [0], "method": "cubic", "antialias": False}),
]


def number(value):
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(f"{value:.12g}")


def array(value):
    value = np.asarray(value)
    dtype = "float32" if value.dtype.kind == "f" else "int32" if value.dtype.kind in "iu" else "bool"
    data = [int(x) if dtype == "bool" else number(x) for x in value.ravel()]
    return {"shape": list(value.shape), "dtype": dtype, "data": data}


def flat(result):
    if isinstance(result, (list, tuple)):
        return [one for part in result for one in flat(part)]
    return [result]


def upstream(y, place):
    values = np.random.default_rng(1000 + place).normal(size=y.shape)
    return rounded(values)


def case(function, variant, inputs, arguments, special=None):
    special = {"gradient": True, "passed_as": "arguments", "outputs": None, "computed_in": "float64"} | (special or {})
    op = keras.ops
    for part in function.split("."):
        op = getattr(op, part)

    def call(*given):
        result = op(tuple(given), **arguments) if special["passed_as"] == "list" else op(*given, **arguments)
        results = flat(result)
        return results if special["outputs"] is None else [results[i] for i in special["outputs"]]

    given = [jnp.asarray(x) for x in inputs]
    outputs = call(*given)
    written = {
        "format": 1,
        "kind": "op",
        "name": f"{function}.{variant}",
        "keras": keras.__version__,
        "computed_in": special["computed_in"],
        "function": f"keras.ops.{function}",
        "arguments": arguments,
        "passed_as": special["passed_as"],
        "inputs": [array(x) for x in inputs],
        "outputs": [array(y) for y in outputs],
    }
    if special["outputs"] is not None:
        written["which_outputs"] = special["outputs"]
    floating = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    if special["gradient"] and floating and all(np.asarray(y).dtype.kind == "f" for y in outputs):
        slopes = [upstream(y, i) for i, y in enumerate(outputs)]

        def total(*some):
            whole = list(given)
            for i, x in zip(floating, some):
                whole[i] = x
            return sum(jnp.sum(y * slope) for y, slope in zip(call(*whole), slopes))

        gradients = jax.grad(total, argnums=tuple(range(len(floating))))(*[given[i] for i in floating])
        written["output_gradients"] = [array(slope) for slope in slopes]
        written["input_gradients"] = [array(gradients[floating.index(i)]) if i in floating else None for i in range(len(inputs))]
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in written.items()]
    name = written["name"].replace("/", "-")
    with open(os.path.join(FOLDER, f"{name}.json"), "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    for one in CASES:
        try:
            case(*one)
        except Exception as error:
            raise RuntimeError(f"{one[0]}.{one[1]}") from error
    print(f"{len(CASES)} cases")
