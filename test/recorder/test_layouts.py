"""A layout is declared where PyTorch or the data's way tells it, and nothing is inferred from a layer that has no part in it."""

import unittest
from typing import Any, Callable, Dict, Optional

import torch
from support import RecorderTest
from torch import Tensor, nn


class LayoutTest(RecorderTest):
    def layouts(self, model: nn.Module, *inputs: Any, run: Optional[Callable[[nn.Module], Any]] = None, **options: Any) -> Dict[str, Any]:
        """Layout by layer, None where none is declared."""
        self.folder = self.home / f"run {len(list(self.home.iterdir()))}"
        self.record(model, run or (lambda each: each(*inputs)), **options)
        self.assertEqual(self.messages(), [])
        return {name: facts.get("layout") for name, facts in self.sidecar()["layers"].items()}


class Foreign(nn.Module):
    """A recurrent or attention module beside layers that have nothing to do with it."""

    def __init__(self, other: nn.Module) -> None:
        super().__init__()
        self.other = other
        self.fc, self.norm, self.act = nn.Linear(6, 6), nn.LayerNorm(6), nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.norm(self.fc(x)))


class Sequences(LayoutTest):
    def test_of_layers_beside_a_foreign_module_are_not_declared(self) -> None:
        for other in (nn.GRU(6, 6), nn.LSTM(6, 6, batch_first=True), nn.MultiheadAttention(6, 2), nn.TransformerEncoderLayer(6, 2, 8)):
            found = self.layouts(Foreign(other), torch.randn(4, 5, 6), layers="*")
            self.assertEqual({found[name] for name in ("fc", "norm", "act", "model")}, {None}, other)

    def test_follow_a_recurrent_layer_along_the_data(self) -> None:
        class Model(nn.Module):
            def __init__(self, batch_first: bool) -> None:
                super().__init__()
                self.rnn = nn.GRU(6, 6, batch_first=batch_first)
                self.norm, self.fc, self.act = nn.LayerNorm(6), nn.Linear(6, 4), nn.ReLU()
                self.last, self.far = nn.LayerNorm(4), nn.LayerNorm(4)

            def forward(self, x: Tensor) -> Tensor:
                y, _ = self.rnn(x)
                return self.far(self.last(self.act(self.fc(self.norm(y)))).transpose(0, 1))

        for batch_first, layout in ((False, "LNC"), (True, "NLC")):
            for layers in (None, "*"):
                found = self.layouts(Model(batch_first), torch.randn(5, 4, 6), layers=layers)
                names = ["rnn[0]", "norm", "act", *(["fc"] if layers else [])]
                self.assertEqual({name: found[name] for name in names}, dict.fromkeys(names, layout))
                # Transposed, it is another's; the recorder does not know which.
                self.assertEqual((found["far"], found.get("far.input")), (None, None))

    def test_are_those_of_the_first_output_only(self) -> None:
        for batch_first, layout in ((False, "LNC"), (True, "NLC")):
            found = self.layouts(nn.ModuleDict({"lstm": nn.LSTM(6, 6, batch_first=batch_first)}), run=lambda each: each["lstm"](torch.randn(4, 5, 6)), layers="lstm")
            self.assertEqual(found, {"lstm[0]": layout, "lstm[1][0]": None, "lstm[1][1]": None})
            attention = nn.ModuleDict({"mha": nn.MultiheadAttention(6, 2, batch_first=batch_first)})
            x = torch.randn(4, 5, 6)
            found = self.layouts(attention, run=lambda each: each["mha"](x, x, x), layers="mha")
            self.assertEqual(found, {"mha[0]": layout, "mha[1]": None})
            found = self.layouts(attention, run=lambda each: each["mha"](x, x, x, average_attn_weights=False), layers="mha")
            self.assertEqual(found, {"mha[0]": layout, "mha[1]": None})

    def test_inside_of_a_transformer_layer_are_what_it_says(self) -> None:
        for batch_first, layout in ((False, "LNC"), (True, "NLC")):
            for norm_first in (False, True):
                layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=batch_first, norm_first=norm_first)
                model = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False)
                found = self.layouts(nn.Sequential(model), torch.randn(5, 4, 8), layers=[nn.LayerNorm, nn.Linear, nn.Dropout])
                self.assertEqual(set(found.values()), {layout}, found)
                self.assertIn("0.norm", found)
        found = self.layouts(nn.TransformerDecoderLayer(8, 2, 16), torch.randn(5, 4, 8), torch.randn(6, 4, 8))
        self.assertEqual(set(found.values()), {"LNC"})
        found = self.layouts(nn.TransformerEncoderLayer(8, 2, 16), torch.randn(5, 8))
        self.assertEqual(set(found.values()), {"LC"})

    def test_inside_of_a_transformer_layer_with_a_forward_of_its_own_are_not_declared(self) -> None:
        class Own(nn.TransformerEncoderLayer):
            def forward(self, x: Tensor) -> Tensor:
                return self.norm1(x.transpose(0, 1))

        self.assertEqual(self.layouts(Own(8, 2, 16), torch.randn(5, 4, 8)), {"norm1": None, "norm1.input": None})

    def test_of_which_samples_are_cut_where_nothing_is_known(self) -> None:
        model = Foreign(nn.GRU(6, 6))
        tensors = self.record(model, lambda each: each(torch.randn(4, 5, 6)), max_samples=2)
        self.assertEqual(tensors["norm"].shape, (2, 5, 6))


class Channels(LayoutTest):
    def test_of_convolutions_and_their_norms_come_first(self) -> None:
        cases = {
            "1": (nn.Conv1d(3, 4, 1), nn.BatchNorm1d(4), (2, 3, 5), "NCL"),
            "2": (nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), (2, 3, 5, 5), "NCHW"),
            "3": (nn.Conv3d(3, 4, 1), nn.GroupNorm(2, 4), (2, 3, 5, 5, 5), "NCDHW"),
            "unbatched": (nn.Conv2d(3, 4, 1), nn.InstanceNorm2d(4), (3, 5, 5), "CHW"),
            "unbatched 1d": (nn.Conv1d(3, 4, 1), nn.InstanceNorm1d(4), (3, 5), "CL"),
            "features": (nn.Linear(3, 4), nn.BatchNorm1d(4), (2, 3), "NC"),
        }
        for name, (layer, norm, shape, layout) in cases.items():
            found = self.layouts(nn.Sequential(layer, norm, nn.Dropout(0.1), nn.ReLU()), torch.randn(shape))
            self.assertEqual(found, {"0": layout, "1": layout, "3": layout}, name)

    def test_of_linear_layers_come_last(self) -> None:
        model = nn.Sequential(nn.Linear(6, 7), nn.LayerNorm(7), nn.GELU())
        self.assertEqual(set(self.layouts(model, torch.randn(2, 3, 4, 6)).values()), {"NHWC"})
        self.assertEqual(set(self.layouts(model, torch.randn(2, 6)).values()), {"NC"})
        self.assertEqual(set(self.layouts(model, torch.randn(2, 3, 6)).values()), {None})

    def test_of_a_layer_norm_over_several_axes_are_those_of_its_input(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.LayerNorm([4, 5, 6]))
        self.assertEqual(self.layouts(model, torch.randn(2, 3, 5, 6)), {"0": "NCHW", "1": "NCHW"})
        alone = nn.Sequential(nn.LayerNorm([4, 5, 6]), nn.LayerNorm([5, 6]))
        self.assertEqual(set(self.layouts(alone, torch.randn(2, 4, 5, 6)).values()), {None})

    def test_of_a_layer_norm_that_moves_axes_are_found_by_its_weight_or_input(self) -> None:
        class LayerNorm2d(nn.LayerNorm):
            def forward(self, x: Tensor) -> Tensor:
                return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

        self.assertEqual(set(self.layouts(nn.Sequential(LayerNorm2d(4)), torch.randn(2, 4, 5, 5)).values()), {"NCHW"})
        self.assertEqual(set(self.layouts(nn.Sequential(nn.Conv2d(3, 5, 1), LayerNorm2d(5)), torch.randn(2, 3, 5, 5)).values()), {"NCHW"})
        # All axes are as long as the weight: either may be the channels.
        self.assertEqual(set(self.layouts(nn.Sequential(LayerNorm2d(5)), torch.randn(2, 5, 5, 5)).values()), {None})

    def test_of_a_norm_of_ones_own_over_the_last_axis(self) -> None:
        class RMSNorm(nn.Module):
            def __init__(self, width: int) -> None:
                super().__init__()
                self.weight, self.variance_epsilon = nn.Parameter(torch.ones(width)), 1e-6

            def forward(self, x: Tensor) -> Tensor:
                return x * (x.square().mean(-1, keepdim=True) + self.variance_epsilon).rsqrt() * self.weight

        self.assertEqual(set(self.layouts(nn.Sequential(RMSNorm(6)), torch.randn(2, 3, 6)).values()), {None})
        self.assertEqual(set(self.layouts(nn.Sequential(RMSNorm(6)), torch.randn(2, 3, 4, 6)).values()), {"NHWC"})
        gru = nn.ModuleDict({"gru": nn.GRU(6, 6), "norm": RMSNorm(6)})
        found = self.layouts(gru, run=lambda each: each["norm"](each["gru"](torch.randn(4, 5, 6))[0]))
        self.assertEqual(found["norm"], "LNC")

    def test_of_tensors_of_several_ranks_are_not_declared(self) -> None:
        model = nn.Sequential(nn.GroupNorm(2, 4))
        found = self.layouts(model, run=lambda each: [each(torch.randn(2, 4, 5, 5)), each(torch.randn(2, 4, 5))], max_samples=1)
        self.assertEqual(set(found.values()), {None})


class Summaries(LayoutTest):
    def test_say_where_their_layout_is_a_guess(self) -> None:
        model = nn.ModuleDict({"norm": nn.LayerNorm(6), "bn": nn.BatchNorm2d(4), "deep": nn.Identity()})

        def run(each: Any) -> None:
            each["norm"](torch.randn(3, 5, 6))
            each["bn"](torch.randn(3, 4, 5, 5))
            each["deep"](torch.randn(2, 3, 1, 1, 1, 1, 2, 2, 1))

        self.record(model, run, layers="*", summarize=True)
        self.assertEqual(self.messages(), [])
        listed = self.dump()[0]["summaries"]
        self.assertEqual({key: each.get("layoutGuessed") for key, each in listed.items()},
                         {"norm.input": True, "norm": True, "bn.input": None, "bn": None, "deep": True})


if __name__ == "__main__":
    unittest.main()
