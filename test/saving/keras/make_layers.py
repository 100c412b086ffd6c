"""Writes layers.json: every layer class of Keras as model.to_json() has it, in a model of its own.

    python make_layers.py ../../golden/cases/layer > layers.json

The options are those of the golden cases; of the cases of a class only those with different options are kept.
"""
import glob
import json
import os
import sys

import keras

assert keras.__version__ == "3.15.1", keras.__version__


def objects(value):
    """Configs of objects inside of configs, as objects."""
    if isinstance(value, dict) and "class_name" in value:
        owners = [keras.layers, keras.initializers, keras.regularizers, keras.constraints]
        owner = next(one for one in owners if hasattr(one, value["class_name"]))
        return getattr(owner, value["class_name"])(**objects(value["config"]))
    if isinstance(value, list):
        return [objects(one) for one in value]
    if isinstance(value, dict):
        return {key: objects(one) for key, one in value.items()}
    return value


def model_of(case):
    keras.utils.clear_session()
    layer = objects({"class_name": case["class"], "config": {**case["config"], "name": "layer"}})
    inputs = [
        keras.Input(array["shape"][1:], dtype=array["dtype"], name=f"input_{i}") for i, array in enumerate(case["inputs"])
    ]
    flags = {key: value for key, value in case["call"].items() if isinstance(value, bool)}
    if case["class"] in ("GRU", "LSTM", "SimpleRNN") and len(inputs) > 1:
        flags["initial_state"] = inputs[1:] if len(inputs) > 2 else inputs[1]
        outputs = layer(inputs[0], **flags)
        return keras.Model(inputs, outputs, name="model")
    outputs = layer(inputs, **flags) if case["passed_as"] == "list" else layer(*inputs, **flags)
    return keras.Model(inputs, outputs, name="model")


def main():
    written, skipped = {}, []
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
        with open(path) as file:
            case = json.load(file)
        try:
            layers = json.loads(model_of(case).to_json())["config"]["layers"]
        except Exception as error:  # layers that no model can hold, and cells
            skipped.append((case["name"], f"{type(error).__name__}: {error}".splitlines()[0][:150]))
            continue
        (layer,) = [layer for layer in layers if layer["name"] == "layer"]
        written.setdefault(json.dumps(layer), case["name"])
    print("{")
    print(",\n".join(f'"{name}": {text}' for text, name in written.items()))
    print("}")
    for name, reason in skipped:
        print(f"left out {name}: {reason}", file=sys.stderr)


main()
