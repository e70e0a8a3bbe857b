"""Normalization layers as people write them by hand: right ones, and ones with a mistake."""

from typing import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RMSNorm(nn.Module):
    """Right [Zhang & Sennrich 2019]; PyTorch before 2.4 has none."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class OffsetRMSNorm(nn.Module):
    """Right: scales by 1 + γ, where γ begins at 0, as Gemma does."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * (1.0 + self.weight)


class LayerNorm2d(nn.LayerNorm):
    """Right: layer normalization over the channels of images, as ConvNeXt does."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


class FrozenBatchNorm2d(nn.Module):
    """Right: fixed statistics and parameters, as detection networks use."""

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


class OutsideRMSNorm(RMSNorm):
    """Wrong: ε outside of the root."""

    def forward(self, x: Tensor) -> Tensor:
        return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + self.eps) * self.weight


class OutsideLayerNorm(nn.LayerNorm):
    """Wrong: ε outside of the root."""

    def forward(self, x: Tensor) -> Tensor:
        centered = x - x.mean(-1, keepdim=True)
        return centered / (x.var(-1, unbiased=False, keepdim=True).sqrt() + self.eps) * self.weight + self.bias


class UnbiasedLayerNorm(nn.LayerNorm):
    """Wrong: divides by the deviation of n − 1 elements."""

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = x.var(-1, unbiased=True, keepdim=True), x.mean(-1, keepdim=True)
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias


class AnnotatedLayerNorm(nn.Module):
    """Wrong: n − 1, and ε outside of the root."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + self.eps) + self.bias


class UnbiasedBatchNorm2d(nn.BatchNorm2d):
    """Wrong: divides by the deviation of n − 1 elements in training."""

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = x.var((0, 2, 3), unbiased=True, keepdim=True), x.mean((0, 2, 3), keepdim=True)
        normalized = (x - mean) * torch.rsqrt(variance + self.eps)
        return normalized * self.weight[:, None, None] + self.bias[:, None, None]


class WrongAxisLayerNorm(nn.LayerNorm):
    """Wrong: normalizes the positions of each feature."""

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias


class WrongAxisBatchNorm2d(nn.BatchNorm2d):
    """Wrong: statistics of each sample and channel, where all samples of the batch should share them."""

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
        normalized = (x - mean) * torch.rsqrt(variance + self.eps)
        return normalized * self.weight[:, None, None] + self.bias[:, None, None]


class WrongGroupsGroupNorm(nn.GroupNorm):
    """Wrong: half as many groups as it says."""

    def forward(self, x: Tensor) -> Tensor:
        return F.group_norm(x, self.num_groups // 2, self.weight, self.bias, self.eps)


class InterleavedGroupNorm(nn.GroupNorm):
    """Wrong: reshapes to (channels of a group, groups), so that a group is every G-th channel."""

    def forward(self, x: Tensor) -> Tensor:
        n, c, *space = x.shape
        groups = x.reshape(n, c // self.num_groups, self.num_groups, -1)
        mean, variance = groups.mean((1, 3), keepdim=True), groups.var((1, 3), unbiased=False, keepdim=True)
        normalized = ((groups - mean) * torch.rsqrt(variance + self.eps)).reshape(x.shape)
        return normalized * self.weight[:, None, None] + self.bias[:, None, None]


class BandsGroupNorm(nn.GroupNorm):
    """Wrong: reshapes channels-last values without a transpose, so that a group is a band of the image's height."""

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        groups = x.permute(0, 2, 3, 1).reshape(n, self.num_groups, -1)
        mean, variance = groups.mean(-1, keepdim=True), groups.var(-1, unbiased=False, keepdim=True)
        normalized = (groups - mean) * torch.rsqrt(variance + self.eps)
        normalized = normalized.view(n, h, w, c).permute(0, 3, 1, 2)
        return normalized * self.weight[:, None, None] + self.bias[:, None, None]


class OtherEpsilonRMSNorm(nn.Module):
    """Wrong: says ``variance_epsilon``, and adds another number."""

    def __init__(self, width: int, variance_epsilon: float = 1e-6, used: float = 1e-3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.variance_epsilon = variance_epsilon
        self._used = [used]

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self._used[0]))


class HalfLayerNorm(nn.LayerNorm):
    """Computes in float16, where an ε below 6e-8 is 0."""

    def forward(self, x: Tensor) -> Tensor:
        half = x.half().float()
        centered = (half - half.mean(-1, keepdim=True).half().float()).half().float()
        variance = centered.pow(2).mean(-1, keepdim=True).half().float()
        root = (variance + torch.tensor(self.eps).half().float()).half().float().sqrt()
        return (centered / root).half().float() * self.weight + self.bias


def grouped(kind: Callable[..., nn.Module], groups: int) -> Callable[[int], nn.Module]:
    """Makes layers of a number of groups."""
    return lambda channels: kind(groups, channels)
