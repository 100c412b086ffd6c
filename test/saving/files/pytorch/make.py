"""The models of this folder: what PyTorch 2 writes for small networks, with an input and its own answer. Needs torch and onnx."""
import base64
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.first_norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.second_norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.out = nn.Linear(8, 5)

    def forward(self, x):
        x = self.pool(torch.relu(self.first_norm(self.first(x))))
        x = x + F.silu(self.second_norm(self.second(x)))
        return self.out(torch.flatten(self.mean(x), 1)).softmax(-1)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cells = kind(4, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.heads(x, x, x, need_weights=False)[0]


class Larger(nn.Module):
    def __init__(self):
        super().__init__()
        self.back = nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1)
        self.groups = nn.GroupNorm(2, 4)
        self.instances = nn.InstanceNorm2d(4, affine=True)
        self.bend = nn.PReLU()

    def forward(self, x):
        x = self.bend(self.instances(self.groups(self.back(x))))
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return F.pixel_shuffle(F.avg_pool2d(x, 3, 2, 1), 2)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.vectors = nn.Embedding(9, 6)
        self.conv = nn.Conv1d(6, 5, 3, padding=2, dilation=2)
        self.out = nn.Linear(5, 2)

    def forward(self, words):
        return self.out(F.leaky_relu(self.conv(self.vectors(words).transpose(1, 2))).amax(2))


def text(x):
    return base64.b64encode(x.numpy().tobytes()).decode()


here = pathlib.Path(__file__).parent
cases = []
for name, net, x in [
    ("res", Residual(), torch.randn(2, 3, 32, 32)),
    ("lstm", Recurrent(nn.LSTM), torch.randn(2, 7, 4)),
    ("gru", Recurrent(nn.GRU), torch.randn(2, 7, 4)),
    ("mha", Attention(), torch.randn(2, 5, 8)),
    ("up", Larger(), torch.randn(2, 3, 8, 8)),
    ("emb", Words(), torch.randint(0, 9, (2, 7))),
]:
    net.eval()
    for key, buffer in net.named_buffers():
        if "running" in key:
            buffer.copy_(torch.rand_like(buffer) + 0.5)
    with torch.no_grad():
        y = net(x)
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "batch"}, "y": {0: "batch"}}}
    torch.onnx.export(net, (x,), str(here / f"{name}.onnx"), dynamo=False, opset_version=17, **names)
    whole = x.dtype == torch.int64
    shapes = {"shape": list(x.shape), "yShape": list(y.shape)}
    kept = x.int() if whole else x
    cases.append({"file": f"{name}.onnx", "dtype": "int32" if whole else "float32", "x": text(kept), "y": text(y), **shapes})
(here / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
