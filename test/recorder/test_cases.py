"""Situations of public bug reports, rebuilt with small inputs: what is found in them, and that correct layers are not accused."""

import unittest
from typing import Any, Dict, List

import torch
from support import Recorder, ReportedTest, report
from torch import Tensor, nn
from torch.nn import functional as F


class AnnotatedLayerNorm(nn.Module):
    """The deviation over n - 1, and ε outside the root [codertimo/BERT-pytorch#30, annotated-transformer#119]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a_2, self.b_2, self.eps = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width)), 1e-6

    def forward(self, x: Tensor) -> Tensor:
        return self.a_2 * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + self.eps) + self.b_2


class RMSNorm(nn.Module):
    """Right by its name; what it adds to ε, where it adds it, and what it adds to γ can be wrong."""

    def __init__(self, width: int, eps: float = 1e-6, outside: bool = False, used: "float | None" = None, offset: float = 0.0) -> None:
        super().__init__()
        self.weight, self.variance_epsilon = nn.Parameter(torch.ones(width)), eps
        self.is_outside, self.used, self.offset = outside, eps if used is None else used, offset

    def forward(self, x: Tensor) -> Tensor:
        square = x.pow(2).mean(-1, keepdim=True)
        root = square.sqrt() + self.used if self.is_outside else (square + self.used).sqrt()
        return x / root * (self.offset + self.weight)


class ChannelsFirstLayerNorm(nn.Module):
    """Right, in both orders of axes [facebookresearch/ConvNeXt#112, #136]."""

    def __init__(self, width: int, data_format: str) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width)), 1e-6
        self.data_format, self.normalized_shape = data_format, (width,)

    def forward(self, x: Tensor) -> Tensor:
        if self.data_format == "channels_last":
            return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return self.weight[:, None, None] * (x - mean) / (variance + self.eps).sqrt() + self.bias[:, None, None]


class WrongGroupNorm(nn.GroupNorm):
    """Groups of rows instead of channels [tensorflow/addons#751]."""

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(n, self.num_groups, -1)
        y = F.layer_norm(rows, rows.shape[-1:], eps=self.eps).reshape(n, h, w, c).permute(0, 3, 1, 2)
        return y * self.weight[:, None, None] + self.bias[:, None, None]


class FrozenBatchNorm2d(nn.Module):
    """As torchvision has it [pytorch#66073]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((width,), value))
        self.eps = 1e-5

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        return x * scale[:, None, None] + (self.bias - self.running_mean * scale)[:, None, None]


def upcast(kind: type) -> type:
    """A norm that computes in float32 and gives the type that it was given, as mixed precision does."""

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        return kind.forward(self, x.float()).to(x.dtype)

    return type(kind.__name__, (kind,), {"forward": forward})


class HalfInHalfOut(nn.Module):
    """Convolutions that give bfloat16, and norms between them."""

    def __init__(self) -> None:
        super().__init__()
        norms = (upcast(nn.BatchNorm2d)(8), upcast(nn.GroupNorm)(4, 8), upcast(nn.InstanceNorm2d)(8, affine=True))
        self.layers = nn.ModuleList(each for norm in norms for each in (nn.Conv2d(8, 8, 3), norm, nn.ReLU()))
        self.last = upcast(nn.LayerNorm)(36)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x.float()).bfloat16() if isinstance(layer, nn.Conv2d) else layer(x)
        return self.last(x.flatten(2))


class Cases(ReportedTest):
    def severe(self, found: List[Dict[str, Any]]) -> List[str]:
        return [each["title"] for each in found if each["severity"] != "note"]

    def formulas(self) -> Dict[str, List[str]]:
        layers = report(self.folder)["layers"]
        return {each["name"]: [one.get("formula") for one in each["formulas"]] for each in layers if "formulas" in each}

    def tokens(self, scale: float = 1.0) -> Any:
        return lambda step: scale * torch.randn(4, 6, 16)

    def test_a_layer_norm_by_the_unbiased_deviation(self) -> None:
        found = self.found(nn.Sequential(nn.Identity(), AnnotatedLayerNorm(16)), self.tokens(1e-3))
        self.assertEqual(self.titles(found, "formula"), ["1 adds ε outside the root"])
        self.assertIn("n − 1", found[0]["evidence"])
        self.assertEqual(self.severe(found), [])

    def test_an_epsilon_outside_the_root_of_small_values(self) -> None:
        found = self.found(nn.Sequential(nn.Identity(), RMSNorm(16, 1e-5, outside=True)), self.tokens(2e-3))
        self.assertEqual(self.titles(found, "formula"), ["1 adds ε outside the root"])
        self.assertIn("x/(√mean(x²) + 1e-5)", found[0]["evidence"])

    def test_an_offset_that_is_added_twice(self) -> None:
        found = self.found(nn.Sequential(nn.Identity(), RMSNorm(16, offset=1.0)), self.tokens())
        self.assertEqual(self.titles(found, "formula"), ["1 scales by 1 + γ with γ near 1"])

    def test_an_epsilon_other_than_the_class_carries(self) -> None:
        found = self.found(nn.Sequential(nn.Identity(), RMSNorm(16, 1e-6, used=1e-5)), self.tokens(1e-3))
        self.assertEqual(self.titles(found, "declared"), ["1 does not do what it declares"])
        self.assertTrue(found[0]["evidence"].startswith("It carries variance_epsilon = 1e-6; the output is what ε 1e-5 gives."))

    def test_groups_of_rows(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), WrongGroupNorm(4, 8))
        nn.init.normal_(model[1].weight, 1, 0.3)
        found = self.found(model, lambda step: torch.randn(4, 3, 10, 10))
        self.assertEqual(self.titles(found, "declared"), ["1 does not do what it declares"])
        self.assertIn("in 4 bands of axis 2", found[0]["evidence"])

    def test_right_layer_norms_over_channels_where_all_axes_have_one_size(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 4, 4), ChannelsFirstLayerNorm(8, "channels_first"), nn.Conv2d(8, 8, 1))
        found = self.found(model, lambda step: torch.randn(4, 3, 32, 32) + 0.5, learns=True)
        self.assertEqual(found, [])
        self.assertIn("over axis 1", self.formulas()["1"][-1])

    def test_right_layer_norms_of_permuted_images_where_all_axes_have_one_size(self) -> None:
        class Block(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.norm, self.linear = ChannelsFirstLayerNorm(8, "channels_last"), nn.Linear(8, 8)

            def forward(self, x: Tensor) -> Tensor:
                return self.linear(self.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)

        model = nn.Sequential(nn.Conv2d(3, 8, 4, 4), Block())
        self.assertEqual(self.found(model, lambda step: torch.randn(4, 3, 32, 32) + 0.5, learns=True), [])

    def test_frozen_batch_norm_has_its_own_name_and_its_gap(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), FrozenBatchNorm2d(8), nn.Conv2d(8, 4, 3))
        model[1].running_mean.normal_()
        found = self.found(model, lambda step: torch.randn(4, 3, 10, 10))
        self.assertEqual(self.severe(found), [])
        self.assertTrue(self.sidecar()["layers"]["1"]["class"].endswith(".FrozenBatchNorm2d"))
        self.assertIn("running_mean", self.formulas()["1"][0])
        [read] = [each for each in report(self.folder)["layers"] if each["name"] == "0"]
        self.assertGreater(read["steps"][0]["runningGap"]["mean"], 0.1)

    def test_norms_in_float32_between_layers_in_bfloat16(self) -> None:
        self.assertEqual(self.found(HalfInHalfOut(), lambda step: torch.randn(8, 8, 12, 12) * 2 + 3), [])

    def test_a_fused_transformer_encoder(self) -> None:
        """In evaluation without gradients, PyTorch computes a whole layer in one call, in which no norm has a module."""
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        model = nn.TransformerEncoder(layer, 2).eval()
        padding = torch.zeros(4, 6, dtype=torch.bool)
        padding[1, 4:] = True
        probe = lambda model: model(torch.ones(4, 6, 16).cumsum(0).sin() + torch.eye(16)[:6], src_key_padding_mask=padding)
        options: Dict[str, Dict[str, Any]] = {"outside": {"layers": "*", "phases": ("eval",)}, "inside": {"probe": probe}}
        norms = {}
        for name, chosen in options.items():
            self.folder = self.home / name
            with torch.no_grad(), Recorder(model, self.folder, every=1, dtype="float32", **chosen) as recorder:
                for step in range(3):
                    model(torch.randn(4, 6, 16))
                    recorder.step(step)
            self.assertEqual(self.reported(), [])
            norms[name] = [formula for formulas in self.formulas().values() for formula in formulas]
        self.assertEqual([len(norms["outside"]), len(norms["inside"])], [0, 4])
        self.assertNotIn(None, norms["inside"])

    def test_a_model_that_gives_a_mapping(self) -> None:
        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.body = nn.Sequential(nn.Linear(16, 16), nn.LayerNorm(16), nn.GELU())

            def forward(self, x: Tensor) -> "dict[str, Any]":
                hidden = self.body(x)
                return {"last_hidden_state": hidden, "hidden_states": (x, hidden)}

        model = Model()
        with Recorder(model, self.folder, every=1, dtype="float32") as recorder:
            for step in range(3):
                model(torch.randn(8, 4, 16))["last_hidden_state"].sum().backward()
                recorder.step(step)
        self.assertEqual(self.reported(), [])

    def test_infinite_values_of_float16_in_one_layer_of_dumps(self) -> None:
        """T5 in float16: the first infinity is that of the output projection [transformers#5651]."""
        self.folder.mkdir()
        for step in (10, 20, 34):
            layers, hidden = {}, torch.randn(2, 12, 32) * 20
            for block in range(3):
                normalized = hidden.float() * torch.rsqrt(hidden.float().pow(2).mean(-1, keepdim=True) + 1e-6)
                layers[f"encoder.block.{block}.layer.1.layer_norm"] = normalized.half()
                wo = torch.randn(2, 12, 32) * (3e3 if step == 34 else 1e2) * (block + 1)
                if step == 34 and block == 1:
                    wo[1, 7, 3] = 66246.39
                layers[f"encoder.block.{block}.layer.1.DenseReluDense.wo"] = wo.half()
                hidden = hidden.half() + wo.half()
                layers[f"encoder.block.{block}"] = hidden
            torch.save(layers, self.folder / f"activations_step_{step}.pt")
        [found] = [each for each in self.reported() if each["kind"] == "non-finite"]
        wo = "encoder.block.1.layer.1.DenseReluDense.wo"
        self.assertEqual([found["layer"], found["step"]], [wo, 34])
        self.assertIn("the first at [1, 7, 3]. float16 holds values up to 65,504.", found["evidence"])


if __name__ == "__main__":
    unittest.main()
