"""Trains a ResNet or a GPT, and records it as a person would: `python3 train.py resnet|gpt FOLDER`.

The ResNet: 43 layers × 31 steps × 32 samples, 1,333 records, 104 million values. The GPT: 42 layers × 21 steps × 8
sequences, 882 records, 91 million values. The ResNet is stored as bfloat16, the GPT as the recorder decides.
"""

import sys
from pathlib import Path
from typing import Callable, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RECORDER = Path(__file__).resolve().parents[3] / "media/recorder"
sys.path.insert(0, str(RECORDER))

from normscope import Recorder  # noqa: E402

SEED = 0

Batches = Callable[[], Tuple[Tensor, Tensor]]


class BasicBlock(nn.Module):
    """[He et al. 2016], with a convolution in the shortcut where the width changes."""

    def __init__(self, entry: int, width: int) -> None:
        super().__init__()
        stride = width // entry
        self.conv1 = nn.Conv2d(entry, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.downsample = nn.Identity()
        if entry != width:
            self.downsample = nn.Sequential(nn.Conv2d(entry, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet(nn.Sequential):
    """Three stages of two blocks, for small images of ten classes."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        entry = width
        for stage, factor in enumerate((1, 2, 4)):
            for block in range(2):
                self.add_module(f"stage{stage + 1}_{block + 1}", BasicBlock(entry, factor * width))
                entry = factor * width
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.head = nn.Linear(entry, 10)


class GPTBlock(nn.Module):
    """Pre-norm causal attention and feed-forward [Radford et al. 2019]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.ln2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.gelu = nn.GELU()
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        shape = (n, length, self.heads, width // self.heads)
        q, k, v = (each.view(shape).transpose(1, 2) for each in self.qkv(self.ln1(x)).split(width, 2))
        future = torch.full((length, length), float("-inf")).triu(1)
        attention = (q @ k.transpose(2, 3) * shape[3] ** -0.5 + future).softmax(3)
        x = x + self.project((attention @ v).transpose(1, 2).reshape(n, length, width))
        return x + self.down(self.gelu(self.up(self.ln2(x))))


class GPT(nn.Module):
    """Predicts the next byte of a text."""

    def __init__(self, length: int, width: int = 128, depth: int = 8) -> None:
        super().__init__()
        self.token = nn.Embedding(256, width)
        self.position = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.ModuleList([GPTBlock(width, 4) for _ in range(depth)])
        self.ln_f = nn.LayerNorm(width)
        self.head = nn.Linear(width, 256, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.token(tokens) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln_f(x)).flatten(0, 1)


def images(batch: int = 32) -> Batches:
    """16 × 16 images: a smooth pattern for each of ten classes, moved by up to two pixels, with noise."""
    coarse = torch.randn(10, 3, 5, 5)
    patterns = F.interpolate(coarse, size=(20, 20), mode="bilinear", align_corners=False)

    def next_batch() -> Tuple[Tensor, Tensor]:
        labels = torch.randint(10, (batch,))
        moves = torch.randint(5, (batch, 2)).tolist()
        crops = [patterns[k, :, i : i + 16, j : j + 16] for k, (i, j) in zip(labels.tolist(), moves)]
        return torch.stack(crops) + 0.5 * torch.randn(batch, 3, 16, 16), labels

    return next_batch


def text(length: int, batch: int = 8) -> Batches:
    """Pieces of the recorder's own source, and the bytes that follow each byte."""
    tokens = torch.tensor(list((RECORDER / "normscope.py").read_bytes()))

    def next_batch() -> Tuple[Tensor, Tensor]:
        starts = torch.randint(len(tokens) - length - 1, (batch,)).tolist()
        pieces = torch.stack([tokens[start : start + length + 1] for start in starts])
        return pieces[:, :-1], pieces[:, 1:].flatten()

    return next_batch


def train(model: nn.Module, batches: Batches, recorder: Recorder, last: int, rate: float) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), rate)
    with recorder:
        for step in range(last + 1):
            x, labels = batches()
            optimizer.zero_grad()
            F.cross_entropy(model(x), labels).backward()
            optimizer.step()
            recorder.step(step)


def main(name: str, folder: str) -> None:
    torch.manual_seed(SEED)
    if name == "resnet":
        resnet = ResNet()
        train(resnet, images(), Recorder(resnet, folder, every=10, dtype="bfloat16"), 300, 3e-3)
    else:
        gpt = GPT(length=64)
        train(gpt, text(length=64), Recorder(gpt, folder, every=2), 40, 1e-3)


if __name__ == "__main__":
    main(*sys.argv[1:])
