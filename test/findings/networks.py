"""The networks that the runs train: small, but of the shapes that people train."""

from typing import Callable, Optional

import torch
from torch import Tensor, nn

Make = Callable[[int], nn.Module]
"""Makes a normalization layer for a number of channels."""


class Dense(nn.Module):
    """linear → norm → activation."""

    def __init__(self, inputs: int, outputs: int, act: Callable[[], nn.Module], norm: Optional[Make]) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.Identity() if norm is None else norm(outputs)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.linear(x)))


class Mlp(nn.Module):
    """``depth`` dense layers and a linear head."""

    def __init__(
        self,
        inputs: int = 64,
        width: int = 64,
        depth: int = 4,
        act: Callable[[], nn.Module] = nn.ReLU,
        norm: Optional[Make] = None,
        classes: int = 10,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        widths = [inputs, *[width] * depth]
        self.layers = nn.ModuleList(Dense(a, b, act, norm) for a, b in zip(widths, widths[1:]))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers:
            x = self.dropout(layer(x))
        return self.head(x)


class Conv(nn.Module):
    """conv → norm → activation."""

    def __init__(self, inputs: int, outputs: int, stride: int, act: Callable[[], nn.Module], norm: Optional[Make]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1)
        self.norm = nn.Identity() if norm is None else norm(outputs)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.conv(x)))


class Cnn(nn.Module):
    """Convolutions, a mean over space and a linear head."""

    def __init__(
        self,
        width: int = 16,
        depth: int = 3,
        act: Callable[[], nn.Module] = nn.ReLU,
        norm: Optional[Make] = nn.BatchNorm2d,
        classes: int = 10,
        pool: Callable[..., Tensor] = torch.mean,
    ) -> None:
        super().__init__()
        self.pool = pool
        widths = [1, *(width if k == 0 else 2 * width for k in range(depth))]
        strides = [2 if k == 1 else 1 for k in range(depth)]
        self.layers = nn.ModuleList(Conv(a, b, s, act, norm) for a, b, s in zip(widths, widths[1:], strides))
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.head(self.pool(x, (2, 3)))


class Residual(nn.Module):
    """The basic block of ResNet [He et al. 2016]."""

    def __init__(self, inputs: int, outputs: int, stride: int, norm: Make) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = norm(outputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = norm(outputs)
        self.relu2 = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs))

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(inner + self.shortcut(x))


class ResNet(nn.Module):
    """A stem, two basic blocks at each of two widths, a mean over space and a linear head."""

    def __init__(self, width: int = 16, norm: Make = nn.BatchNorm2d, zero_init: bool = False, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn = norm(width)
        self.relu = nn.ReLU(inplace=True)
        sizes = [(width, width, 1), (width, width, 1), (width, 2 * width, 2), (2 * width, 2 * width, 1)]
        self.blocks = nn.ModuleList(Residual(*size, norm) for size in sizes)
        self.head = nn.Linear(2 * width, classes)
        if zero_init:
            for block in self.blocks:
                nn.init.zeros_(block.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn(self.conv(x)))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, float("-inf")).softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(n, length, width))


class Block(nn.Module):
    """Pre-norm: x + attention(norm(x)), then x + MLP(norm(x))."""

    def __init__(self, width: int, heads: int, norm: Make, act: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.ln1 = norm(width)
        self.attn = Attention(width, heads)
        self.ln2 = norm(width)
        self.fc = nn.Linear(width, 4 * width)
        self.act = act()
        self.proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln1(x))
        return x + self.proj(self.act(self.fc(self.ln2(x))))


class Gpt(nn.Module):
    """GPT-2 in small, with its initialization: N(0, 0.02²), projections into the residual stream by 1/√(2 · depth)."""

    def __init__(
        self,
        vocabulary: int = 32,
        length: int = 24,
        width: int = 32,
        depth: int = 2,
        heads: int = 4,
        norm: Make = nn.LayerNorm,
        act: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads, norm, act) for _ in range(depth))
        self.lnf = norm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = (2 * depth) ** -0.5 if name.endswith("proj.weight") else 1.0
                nn.init.normal_(parameter, 0.0, 0.02 * scale)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.lnf(x))


class Rnn(nn.Module):
    """Elman's network, one step after another: h = act(norm(W x + U h))."""

    def __init__(
        self,
        vocabulary: int = 32,
        width: int = 64,
        act: Callable[[], nn.Module] = nn.Tanh,
        norm: Optional[Make] = None,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.inward = nn.Linear(width, width)
        self.recurrent = nn.Linear(width, width, bias=False)
        nn.init.orthogonal_(self.recurrent.weight)
        self.norm = nn.Identity() if norm is None else norm(width)
        self.act = act()
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = torch.zeros(tokens.shape[0], self.recurrent.in_features)
        outputs = []
        for time in range(tokens.shape[1]):
            x = self.inward(self.tokens(tokens[:, time])) + self.recurrent(hidden)
            hidden = self.act(self.norm(x))
            outputs.append(self.head(hidden))
        return torch.stack(outputs, 1)


class Lstm(nn.Module):
    """An LSTM between an embedding and a layer norm."""

    def __init__(self, vocabulary: int = 32, width: int = 48) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden, _ = self.lstm(self.tokens(tokens))
        return self.head(self.norm(hidden))
