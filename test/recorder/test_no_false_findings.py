"""Healthy normalization layers are not accused, whatever their kind, size, offset, ε, number format and data."""

import math
import random
import unittest
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch
from support import RecorderTest, report
from torch import Tensor, nn

EPSILONS = (1e-12, 1e-8, 1e-5, 1e-3, 1e-2)
SAMPLES = (2, 3, 8, 32, 128, 512, 1024, 4096, 8192)
RATIOS = (0.0, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, 1e5)
DATA = ("normal", "positive", "two levels", "few levels", "outliers", "dead channels")
MOST_ELEMENTS = 1 << 18


class Case(NamedTuple):
    """One layer, and the input that it is given."""

    kind: str
    samples: int
    ratio: float  # mean over deviation
    data: str
    training: bool
    channels_last: bool
    layer: nn.Module
    shape: Tuple[int, ...]
    deviation: float

    def input(self) -> Tensor:
        x = _values(self.data, self.shape) * self.deviation + self.ratio * self.deviation
        if self.channels_last and x.dim() in (4, 5):
            form = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
            x = x.contiguous(memory_format=form)
        return x


def _values(data: str, shape: Tuple[int, ...]) -> Tensor:
    """Of a deviation near 1."""
    if data == "positive":
        return torch.rand(shape) * 3.5
    if data == "two levels":
        return (torch.rand(shape) < 0.3).float() / 0.46
    if data == "few levels":
        return torch.randint(0, 256, shape).float() / 255.0 * 3.5
    x = torch.randn(shape)
    if data == "outliers":
        x.view(-1)[:: max(2, x.numel() // 7)] *= 1e3
    if data == "dead channels":
        x[:, ::2] = 0
    return x


def _shape_of(kind: str, samples: int) -> Tuple[int, ...]:
    few = max(1, samples // 64)
    return {
        "BatchNorm1d": (samples, 16),
        "BatchNorm1d of sequences": (max(2, samples // 8), 8, 8),
        "BatchNorm2d": (max(2, few), 8, 8, 8),
        "BatchNorm3d": (max(2, few), 4, 4, 4, 4),
        "LayerNorm": (min(samples, 256), 64),
        "LayerNorm over long rows": (4, max(2, samples)),
        "LayerNorm over two axes": (max(2, few), 6, 16),
        "GroupNorm": (max(2, few), 16, 8, 8),
        "GroupNorm with 1 group": (max(2, few), 8, 8, 8),
        "InstanceNorm1d": (few, 8, 64),
        "InstanceNorm2d": (few, 8, 8, 8),
        "InstanceNorm3d": (few, 4, 4, 4, 4),
        "RMSNorm": (min(samples, 256), 64),
        "RMSNorm over long rows": (4, max(2, samples)),
    }[kind]


def _layer_of(kind: str, shape: Tuple[int, ...], epsilon: float, affine: bool, tracked: bool) -> nn.Module:
    if kind.startswith(("BatchNorm", "InstanceNorm")):
        options = {"eps": epsilon, "affine": affine, "track_running_stats": tracked}
        return getattr(nn, kind.split()[0])(shape[1], **options)
    if kind.startswith("GroupNorm"):
        return nn.GroupNorm(1 if "1 group" in kind else 4, shape[1], epsilon, affine)
    if kind.startswith("RMSNorm"):
        return nn.RMSNorm(shape[-1], epsilon, affine)
    return nn.LayerNorm(shape[1:] if "two axes" in kind else shape[-1:], epsilon, affine)


KINDS = (
    "BatchNorm1d",
    "BatchNorm1d of sequences",
    "BatchNorm2d",
    "BatchNorm3d",
    "LayerNorm",
    "LayerNorm over long rows",
    "LayerNorm over two axes",
    "GroupNorm",
    "GroupNorm with 1 group",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
) + (("RMSNorm", "RMSNorm over long rows") if hasattr(nn, "RMSNorm") else ())


def _of_own_class(layer: nn.Module) -> nn.Module:
    """The same layer as a subclass whose forward pass is its own: nothing but its attributes declares what it computes."""
    kind = type(layer)
    layer.__class__ = type(f"Own{kind.__name__}", (kind,), {"forward": lambda self, x: kind.forward(self, x)})
    return layer


def _case(kind: str, samples: int, ratio: float, choose: random.Random) -> Case:
    shape = _shape_of(kind, samples)
    data = choose.choice(DATA)
    deviation = choose.choice((1.0, 0.1, 1e-3, 50.0))
    training = choose.random() < 0.7
    batch = kind.startswith("BatchNorm")
    tracked = choose.random() < (0.8 if batch else 0.3)
    layer = _layer_of(kind, shape, choose.choice(EPSILONS), choose.random() < 0.6, tracked)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5 + (name == "weight"))
        if getattr(layer, "running_mean", None) is not None:
            layer.running_mean.copy_(torch.randn(shape[1]) * deviation + ratio * deviation)
            layer.running_var.copy_((torch.rand(shape[1]) + 0.5) * deviation**2)
    layer.train(training)
    return Case(kind, samples, ratio, data, training, choose.random() < 0.5, layer, shape, deviation)


def cases(seed: int, offsets: int) -> List[Case]:
    """Each kind at each batch size and so many offsets; everything else by chance."""
    choose = random.Random(seed)
    found = []
    for kind in KINDS:
        for samples in SAMPLES:
            for ratio in choose.sample(RATIOS, offsets):
                case = _case(kind, samples, ratio, choose)
                if math.prod(case.shape) <= MOST_ELEMENTS:
                    found.append(case)
    return found


class Healthy(nn.Module):
    """All cases that this PyTorch can compute in a type, side by side."""

    def __init__(self, of: List[Case], compute: torch.dtype, parameters: Optional[torch.dtype] = None) -> None:
        super().__init__()
        self.compute = compute
        self.layers = nn.ModuleList()
        self.cases: List[Case] = []
        for case in of:
            layer = case.layer.to(compute if parameters is None else parameters)
            try:
                with torch.no_grad():
                    state = {name: value.clone() for name, value in layer.state_dict().items()}
                    y = layer(case.input().to(compute))
                    layer.load_state_dict(state)
            except RuntimeError:  # Debian's PyTorch has no half precision for some of them.
                continue
            if torch.isfinite(y).all():
                self.layers.append(layer)
                self.cases.append(case)

    def forward(self) -> None:
        for layer, case in zip(self.layers, self.cases):
            layer(case.input().to(self.compute))


class NoFalseFindings(RecorderTest):
    def accusations(self, model: Healthy, dtype: str) -> Dict[str, Any]:
        """The findings that a layer does not do what it declares, by its case."""
        with torch.no_grad():
            self.record(model, lambda run: run(), dtype=dtype)
        found = {}
        for finding in report(self.folder, "--format", "json")["findings"]:
            if finding["kind"] == "declared":
                name = finding["layer"]
                case = model.cases[int(name.split(".")[-1])]
                found[name] = (case, finding["evidence"])
        return found

    def expect_none(
        self, compute: torch.dtype, dtype: str, least: int, parameters: Optional[torch.dtype] = None, offsets: int = 2
    ) -> None:
        model = Healthy(cases(7, offsets), compute, parameters)
        self.assertGreater(len(model.cases), least)
        self.assertEqual(self.accusations(model, dtype), {})

    def test_layers_that_compute_in_float32(self) -> None:
        self.expect_none(torch.float32, "float32", 400, offsets=4)

    def expect_none_of_own_classes(self, compute: torch.dtype, dtype: str, parameters: Optional[torch.dtype] = None) -> None:
        model = Healthy(cases(11, 1), compute, parameters)
        for layer in model.layers:
            _of_own_class(layer)
        self.assertEqual(self.accusations(model, dtype), {})

    def test_own_classes_that_compute_in_float32(self) -> None:
        self.expect_none_of_own_classes(torch.float32, "float32")

    def test_own_classes_that_are_stored_as_bfloat16(self) -> None:
        self.expect_none_of_own_classes(torch.float32, "bfloat16")

    def test_own_classes_in_bfloat16(self) -> None:
        self.expect_none_of_own_classes(torch.bfloat16, "bfloat16")

    def test_layers_that_compute_in_float32_and_are_stored_as_bfloat16(self) -> None:
        self.expect_none(torch.float32, "bfloat16", 200)

    def test_layers_that_compute_in_float64(self) -> None:
        self.expect_none(torch.float64, "float32", 200)

    def test_layers_and_parameters_in_bfloat16(self) -> None:
        self.expect_none(torch.bfloat16, "bfloat16", 200)

    def test_layers_in_bfloat16_with_parameters_in_float32(self) -> None:
        self.expect_none(torch.bfloat16, "float32", 150, torch.float32)

    @unittest.skipUnless(hasattr(nn, "RMSNorm"), "PyTorch before 2.4 normalizes no float16 on a CPU")
    def test_layers_in_float16(self) -> None:
        self.expect_none(torch.float16, "float32", 200)
