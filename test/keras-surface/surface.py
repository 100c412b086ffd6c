"""Writes surface.json: the public names of Keras with their parameters, defaults and configs, for surface.test.ts to compare with ours.

    KERAS_BACKEND=jax python test/keras-surface/surface.py

A class has its constructor's parameters, the arguments that it is made with here (ARGUMENTS, where it needs some), and what get_config says
then. A function has its parameters. A name that stands for the same thing as another is an alias.
"""

import inspect
import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

MODULES = """activations applications callbacks config constraints datasets initializers layers losses metrics ops ops.image ops.linalg
optimizers optimizers.schedules preprocessing.image preprocessing.sequence random regularizers saving tree utils""".split()

MEMBERS = {
    "Model": keras.Model,
    "Sequential": keras.Sequential,
    "Layer": keras.Layer,
    "Optimizer": keras.Optimizer,
    "Metric": keras.Metric,
    "Loss": keras.Loss,
    "Callback": keras.callbacks.Callback,
    "Initializer": keras.Initializer,
    "Regularizer": keras.Regularizer,
    "Constraint": keras.constraints.Constraint,
    "Variable": keras.Variable,
    "LearningRateSchedule": keras.optimizers.schedules.LearningRateSchedule,
}

# What a class needs to be made. Texts that begin with "=" are Python, for what JSON cannot say; the test knows them by the same text.
ARGUMENTS = {
    "layers": {
        "Activation": {"activation": "relu"},
        "AdaptiveAveragePooling1D": {"output_size": 3},
        "AdaptiveAveragePooling2D": {"output_size": 3},
        "AdaptiveAveragePooling3D": {"output_size": 3},
        "AdaptiveMaxPooling1D": {"output_size": 3},
        "AdaptiveMaxPooling2D": {"output_size": 3},
        "AdaptiveMaxPooling3D": {"output_size": 3},
        "AveragePooling1D": {"pool_size": 2},
        "AveragePooling2D": {"pool_size": 2},
        "AveragePooling3D": {"pool_size": 2},
        "Bidirectional": {"layer": "=keras.layers.LSTM(3, name='inner')"},
        "CategoryEncoding": {"num_tokens": 5},
        "CenterCrop": {"height": 4, "width": 5},
        "ConvLSTM1D": {"filters": 4, "kernel_size": 3},
        "ConvLSTM2D": {"filters": 4, "kernel_size": 3},
        "ConvLSTM3D": {"filters": 4, "kernel_size": 3},
        "DepthwiseConv1D": {"kernel_size": 3},
        "DepthwiseConv2D": {"kernel_size": 3},
        "Dense": {"units": 4},
        "Discretization": {"bin_boundaries": [0.0, 1.0]},
        "Dot": {"axes": 1},
        "Dropout": {"rate": 0.5},
        "AlphaDropout": {"rate": 0.5},
        "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 4},
        "Embedding": {"input_dim": 7, "output_dim": 4},
        "GRU": {"units": 4},
        "GRUCell": {"units": 4},
        "GaussianDropout": {"rate": 0.5},
        "GaussianNoise": {"stddev": 0.5},
        "GroupQueryAttention": {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2},
        "InputLayer": {"shape": [3]},
        "LSTM": {"units": 4},
        "LSTMCell": {"units": 4},
        "MultiHeadAttention": {"num_heads": 2, "key_dim": 4},
        "Permute": {"dims": [2, 1]},
        "RNN": {"cell": "=keras.layers.LSTMCell(3, name='inner')"},
        "RandomBrightness": {"factor": 0.25},
        "RandomColorDegeneration": {"factor": 0.25},
        "RandomContrast": {"factor": 0.25},
        "RandomCrop": {"height": 4, "width": 5},
        "RandomHue": {"factor": 0.25},
        "RandomPosterization": {"factor": 4},
        "RandomRotation": {"factor": 0.25},
        "RandomSaturation": {"factor": 0.25},
        "RandomSharpness": {"factor": 0.25},
        "RandomTranslation": {"height_factor": 0.25, "width_factor": 0.5},
        "RandomZoom": {"height_factor": 0.25},
        "RepeatVector": {"n": 3},
        "Rescaling": {"scale": 0.5},
        "Reshape": {"target_shape": [2, 3]},
        "Resizing": {"height": 4, "width": 5},
        "ReversibleEmbedding": {"input_dim": 7, "output_dim": 4},
        "SimpleRNN": {"units": 4},
        "SimpleRNNCell": {"units": 4},
        "SpatialDropout1D": {"rate": 0.5},
        "SpatialDropout2D": {"rate": 0.5},
        "SpatialDropout3D": {"rate": 0.5},
        "SpectralNormalization": {"layer": "=keras.layers.Dense(3, name='inner')"},
        "StackedRNNCells": {"cells": "=[keras.layers.LSTMCell(3, name='inner')]"},
        "TimeDistributed": {"layer": "=keras.layers.Dense(3, name='inner')"},
        "UpSampling1D": {},
        "Wrapper": {"layer": "=keras.layers.Dense(3, name='inner')"},
        "Pipeline": {"layers": "=[keras.layers.Rescaling(0.5, name='inner')]"},
        "MaxNumBoundingBoxes": {"max_number": 3},
    },
    "metrics": {
        "IoU": {"num_classes": 3, "target_class_ids": [0, 1]},
        "MeanIoU": {"num_classes": 3},
        "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 1]},
        "OneHotMeanIoU": {"num_classes": 3},
        "PrecisionAtRecall": {"recall": 0.5},
        "RecallAtPrecision": {"precision": 0.5},
        "SensitivityAtSpecificity": {"specificity": 0.5},
        "SpecificityAtSensitivity": {"sensitivity": 0.5},
    },
    "optimizers": {
        "LossScaleOptimizer": {"inner_optimizer": "=keras.optimizers.SGD(name='inner')"},
    },
    "optimizers.schedules": {
        "CosineDecay": {"initial_learning_rate": 0.5, "decay_steps": 10},
        "CosineDecayRestarts": {"initial_learning_rate": 0.5, "first_decay_steps": 10},
        "ExponentialDecay": {"initial_learning_rate": 0.5, "decay_steps": 10, "decay_rate": 0.9},
        "InverseTimeDecay": {"initial_learning_rate": 0.5, "decay_steps": 10, "decay_rate": 0.9},
        "PiecewiseConstantDecay": {"boundaries": [1, 2], "values": [0.1, 0.2, 0.3]},
        "PolynomialDecay": {"initial_learning_rate": 0.5, "decay_steps": 10},
    },
    "callbacks": {
        "BackupAndRestore": {"backup_dir": "backup"},
        "CSVLogger": {"filename": "log.csv"},
        "LearningRateScheduler": {"schedule": "=lambda epoch: 0.1"},
        "ModelCheckpoint": {"filepath": "model.keras"},
    },
}
for rank in "123":
    for name in (f"Conv{rank}D", f"Conv{rank}DTranspose", f"SeparableConv{rank}D"):
        ARGUMENTS["layers"][name] = {"filters": 4, "kernel_size": 3}


def plain(value):
    """A default or a part of a config as JSON."""
    if isinstance(value, (str, bool, int, float, type(None))):
        return value
    if isinstance(value, (np.integer, np.floating)):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if inspect.isfunction(value) or inspect.isclass(value):
        return f"<{value.__name__}>"
    if isinstance(value, keras.DTypePolicy):
        return value.name
    return f"<{type(value).__name__}>"


def parameters(function, skip=()):
    """Name and default, [name] where it has none; what comes as *args or **kwargs under these names."""
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip:
            continue
        if parameter.kind == parameter.VAR_POSITIONAL:
            found.append([f"*{name}"])
        elif parameter.kind == parameter.VAR_KEYWORD:
            found.append([f"**{name}"])
        elif parameter.default is parameter.empty:
            found.append([name])
        else:
            found.append([name, plain(parameter.default)])
    return found


def value_of(argument):
    return eval(argument[1:]) if isinstance(argument, str) and argument.startswith("=") else argument


def bare(config):
    """A config without the wrapping of what is in it, so that it stays short."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return config["config"]["name"]
        return {key: bare(value) for key, value in config.items() if key not in ("module", "registered_name", "build_config")}
    if isinstance(config, list):
        return [bare(part) for part in config]
    return config


def describe_class(module, name, cls):
    entry = {"class": parameters(cls.__init__, ("self",))}
    arguments = ARGUMENTS.get(module, {}).get(name, {})
    if module in ("callbacks", "saving", "utils", "config", "tree"):
        return entry
    needed = [p[0] for p in entry["class"] if len(p) == 1 and not p[0].startswith("*")]
    if any(parameter not in arguments for parameter in needed):
        return entry
    keras.backend.clear_session()
    try:
        made = cls(**{key: value_of(value) for key, value in arguments.items()})
        config = bare(plain(keras.saving.serialize_keras_object(made)["config"]))
    except (NotImplementedError, TypeError, ValueError, ImportError) as error:
        print(f"{module}.{name}: no config: {str(error).splitlines()[0][:90]}", file=sys.stderr)
        return entry
    if arguments:
        entry["with"] = arguments
    entry["config"] = config
    return entry


def describe(module, name, value):
    if inspect.isclass(value):
        return describe_class(module, name, value)
    return {"function": parameters(value)}


def module_surface(path):
    module = keras
    for part in path.split("."):
        module = getattr(module, part)
    surface, seen = {}, {}
    names = [name for name in dir(module) if not name.startswith("_")]
    # The name of its own comes before others for the same thing.
    names.sort(key=lambda name: (getattr(getattr(module, name), "__name__", name) != name, name))
    for name in names:
        value = getattr(module, name)
        if inspect.ismodule(value):
            if path == "datasets":
                surface[name] = {"function": parameters(value.load_data)}
            continue
        if not callable(value):
            continue
        if id(value) in seen:
            surface[name] = {"alias": seen[id(value)]}
            continue
        seen[id(value)] = name
        surface[name] = describe(path, name, value)
    return dict(sorted(surface.items()))


def member_surface(cls):
    """Methods with their parameters, and properties, of a class and what it comes from within Keras."""
    found = {}
    for name in dir(cls):
        if name.startswith("_") and name not in ("__call__", "__init__"):
            continue
        owner = next((base for base in cls.__mro__ if name in vars(base)), None)
        if owner is None or not owner.__module__.startswith("keras"):
            continue
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property):
            found[name] = None
        elif callable(getattr(cls, name)):
            found[name] = parameters(getattr(cls, name), ("self",))
    return found


def main():
    surface = {
        "keras": keras.__version__,
        "modules": {path: module_surface(path) for path in MODULES},
        "members": {name: member_surface(cls) for name, cls in MEMBERS.items()},
        "top": sorted(name for name in dir(keras) if not name.startswith("_")),
    }
    lines = ["{", f'  "keras": {json.dumps(surface["keras"])},', f'  "top": {json.dumps(surface["top"])},']
    for part in ("modules", "members"):
        lines.append(f'  "{part}": {{')
        groups = []
        for group, names in surface[part].items():
            rows = ",\n".join(f"      {json.dumps(name)}: {json.dumps(entry)}" for name, entry in names.items())
            groups.append(f"    {json.dumps(group)}: {{\n{rows}\n    }}")
        lines.append(",\n".join(groups))
        lines.append("  }," if part == "modules" else "  }")
    lines.append("}")
    with open(os.path.join(HERE, "surface.json"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
