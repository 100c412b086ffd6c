"""PyTorch's side of a workload: ready after warming up, then one timed epoch for every line on standard input.

Arguments: mode ("eager" or "compile"), device ("cpu" or "cuda"), and the description of the workload. Data stay on the device, batches are
gathered by a shuffled index, and neither the loss nor the accuracy is read before the epoch's end: what a careful user writes.
"""
import json
import os
import resource
import sys
import time


def say(message):
    print("bench " + json.dumps(message), flush=True)


try:
    import torch
    from torch import nn
except ImportError as error:
    say({"unavailable": str(error)})
    sys.exit(0)


def build(spec, device):
    """The layers of the description; the last softmax is left to the loss, as PyTorch has it."""
    shape = list(spec["inputShape"])
    layers = []
    for layer in spec["layers"]:
        kind = layer["kind"]
        if kind == "conv2d":
            pad = (layer["kernelSize"] - 1) // 2 if layer["padding"] == "same" else 0
            layers.append(nn.Conv2d(shape[2], layer["filters"], layer["kernelSize"], padding=pad))
            shrink = 0 if pad else layer["kernelSize"] - 1
            shape = [shape[0] - shrink, shape[1] - shrink, layer["filters"]]
        elif kind == "maxPooling2d":
            layers.append(nn.MaxPool2d(layer["poolSize"]))
            shape = [shape[0] // layer["poolSize"], shape[1] // layer["poolSize"], shape[2]]
        elif kind == "dropout":
            layers.append(nn.Dropout(layer["rate"]))
        elif kind == "flatten":
            layers.append(nn.Flatten())
            shape = [shape[0] * shape[1] * shape[2]]
        elif kind == "dense":
            layers.append(nn.Linear(shape[0], layer["units"]))
            shape = [layer["units"]]
        if layer.get("activation") == "relu":
            layers.append(nn.ReLU())
    model = nn.Sequential(*layers)
    for module in model:
        if isinstance(module, (nn.Conv2d, nn.Linear)):  # Keras' initial weights
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    model = model.to(device)
    return model.to(memory_format=torch.channels_last) if len(spec["inputShape"]) == 3 else model


def optimizer(name, parameters, mode):
    extra = {"capturable": True} if mode == "compile" and name != "sgd" and torch.cuda.is_available() else {}
    if name == "sgd":
        return torch.optim.SGD(parameters, 0.01)
    if name == "adam":
        return torch.optim.Adam(parameters, 1e-3, **extra)
    return torch.optim.RMSprop(parameters, 1e-3, alpha=0.9, **extra)


def main():
    mode, device, spec = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    if device == "cuda" and not torch.cuda.is_available():
        say({"unavailable": "torch.cuda.is_available() is false"})
        return
    torch.manual_seed(7)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    image = len(spec["inputShape"]) == 3
    shape = [spec["images"], spec["inputShape"][2], *spec["inputShape"][:2]] if image else [spec["images"], *spec["inputShape"]]
    x = torch.rand(shape, device=device)
    if image:
        x = x.contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, spec["classes"], (spec["images"],), device=device)
    model = build(spec, device)
    optimize = optimizer(spec["optimizer"], model.parameters(), mode)
    loss_of = nn.CrossEntropyLoss()

    def forward_backward(rows, labels):
        logits = model(rows)
        loss = loss_of(logits, labels)
        loss.backward()
        return loss.detach(), (logits.argmax(1) == labels).sum()

    run = torch.compile(forward_backward, mode="max-autotune") if mode == "compile" else forward_backward
    update = torch.compile(optimize.step) if mode == "compile" else optimize.step
    batch, images = spec["batch"], spec["images"]

    def epoch():
        start = time.perf_counter()
        order = torch.randperm(images, device=device)
        total = torch.zeros((), device=device)
        right = torch.zeros((), device=device)
        for first in range(0, images, batch):
            index = order[first : first + batch]
            if mode == "compile":
                torch.compiler.cudagraph_mark_step_begin()
            loss, correct = run(x[index], y[index])
            update()
            optimize.zero_grad(set_to_none=True)
            total += loss
            right += correct
        loss = total.item() * batch / images
        return {"seconds": time.perf_counter() - start, "loss": loss, "accuracy": right.item() / images}

    for _ in range(3 if mode == "compile" else 1):
        epoch()
    ready = {"python": sys.version.split()[0], "torch": torch.__version__, "mode": mode, "device": device}
    if device == "cuda":
        ready.update(gpu=torch.cuda.get_device_name(), cudnn=torch.backends.cudnn.version(), cuda=torch.version.cuda)
    else:
        ready["threads"] = torch.get_num_threads()
    say({"ready": ready})
    while sys.stdin.readline().strip() == "epoch":
        say(epoch())
    say({"peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


main()
