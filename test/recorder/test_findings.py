"""What the report finds in recorded networks with one fault each, and what it does not find in those without."""

import os
import unittest
from typing import Any, Callable, Dict, List
from unittest import mock

import torch
from support import Recorder, ReportedTest
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class OffsetRmsNorm(nn.Module):
    """RMS normalization as many a language model writes it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.variance_epsilon = 1e-6

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


class HalfLayerNorm(nn.LayerNorm):
    """Layer normalization that computes in float16, ε included."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.half().float()
        variance = x.var(-1, unbiased=False, keepdim=True).half()
        root = (variance + torch.tensor(self.eps).half()).float().sqrt()
        return ((x - x.mean(-1, keepdim=True)) / root).half().float()


class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(12, 12)
        self.block = nn.Sequential(nn.LayerNorm(12), nn.Linear(12, 12), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(self.block, self.first(x), use_reentrant=False)


class Findings(ReportedTest):
    def test_of_a_healthy_network_are_none(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.GroupNorm(2, 8), nn.GELU())
        self.assertEqual(self.found(model, lambda step: torch.randn(32, 3, 9, 9), learns=True), [])

    def test_of_group_normalization_named_as_layer_normalization_are_none(self) -> None:
        class LayerNorm2d(nn.GroupNorm):
            def __init__(self, channels: int) -> None:
                super().__init__(1, channels)

        model = nn.Sequential(nn.Conv2d(3, 8, 3), LayerNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3))
        self.assertEqual(self.found(model, lambda _: torch.randn(4, 3, 12, 12) + 0.5, learns=True), [])

    def test_of_layers_in_channels_last_that_normalize_over_channels_and_positions_are_none(self) -> None:
        model = nn.Sequential(
            nn.Conv2d(3, 8, 3),
            nn.LayerNorm([8, 8, 8]),
            nn.InstanceNorm2d(8, affine=True, track_running_stats=True),
            nn.GroupNorm(2, 8),
        ).to(memory_format=torch.channels_last)
        batch = lambda _: (torch.randn(4, 3, 10, 10) + 0.5).contiguous(memory_format=torch.channels_last)
        self.assertEqual(self.found(model, batch), [])

    def test_of_layer_normalization_of_values_far_from_zero_are_none(self) -> None:
        model = nn.Sequential(nn.Identity(), nn.LayerNorm(4))
        self.assertEqual(self.found(model, lambda _: torch.randn(5, 4) + 2000), [])

    def test_of_batches_of_two_images_that_differ_less_than_their_pixels_are_none(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3))
        self.assertEqual(self.found(model, lambda _: torch.randn(2, 3, 32, 32) + 0.3, learns=True), [])

    def test_tell_what_a_few_values_per_channel_do_to_evaluation(self) -> None:
        model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3, momentum=1.0), nn.Linear(3, 3))
        x = torch.randn(4, 3)
        with Recorder(model, self.folder, every=1, dtype="float32", phases=("train", "eval")) as recorder:
            for step in range(3):
                model.train()(x)
                model.eval()(x)
                recorder.step(step)
        found = self.reported()
        [title] = [each for each in self.titles(found, "running-statistics") if "variance" in each]
        self.assertEqual(title, "Evaluation divides by a variance 1.33 times that of training in 1")
        self.assertEqual([each["title"] for each in found if each["severity"] == "error"], [])

    def test_name_a_norm_that_is_thawed(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.BatchNorm2d(4))
        model[1].eval()

        def second_epoch(step: int) -> None:
            if step == 3:
                model.train()

        found = self.found(model, lambda step: torch.randn(16, 3, 10, 10) + 1, before=second_epoch)
        self.assertEqual(self.titles(found, "mode"), ["1 changed from eval to train at step 3"])
        self.assertEqual(self.titles([each for each in found if each["severity"] == "error"]), [])

    def test_name_an_epsilon_that_is_zero_in_float16(self) -> None:
        model = nn.Sequential(nn.Linear(16, 16, bias=False), HalfLayerNorm(16, eps=1e-12))

        def padded(step: int) -> Tensor:
            x = torch.randn(3, 6, 16)
            if step > 0:
                x[:, 4:] = 0
            return x

        found = self.found(model, padded)
        self.assertEqual(self.titles(found, "number-format"), ["ε of 1 is 0 in float16: NaN at step 1"])

    def test_of_layers_whose_output_a_hook_quantizes_are_none(self) -> None:
        """As training for quantization does; the formula of such a layer is not known."""
        model = nn.Sequential(nn.Linear(16, 32), nn.LayerNorm(32), nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU())
        for norm in (model[1], model[3]):
            norm.register_forward_hook(lambda _, __, y: torch.fake_quantize_per_tensor_affine(y, 0.03, 3, -128, 127))
        for dtype in ("float32", "bfloat16"):
            with self.subTest(dtype):
                self.folder = self.home / dtype
                self.record(model, lambda run: run(torch.randn(64, 16)), dtype=dtype)
                self.assertEqual(self.titles(self.reported(), "declared"), [])

    def test_name_a_channel_axis_that_contradicts_the_layer_before(self) -> None:
        model = nn.Sequential(nn.Linear(7, 14), nn.BatchNorm1d(14), nn.ReLU(), nn.Linear(14, 4))
        found = self.found(model, lambda step: torch.randn(8, 14, 7))
        self.assertEqual(self.titles(found, "channel-axis"), ["1 uses axis 1 for channels, but 0 has them on axis 2"])

    def test_name_a_scale_that_is_zero_once_for_all_layers_behind(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3))
        with torch.no_grad():
            model[1].weight[3:6] = 0
            model[1].bias[3:6] = 0
        found = self.found(model, lambda step: torch.randn(16, 3, 10, 10))
        self.assertEqual(self.titles(found, "dead-channels"), ["3 of 8 channels of 1 have been dead since step 0: γ is 0"])
        self.assertNotIn("leaky", found[0]["advice"])

    def test_take_a_branch_that_begins_at_zero_for_no_fault(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3))
        nn.init.zeros_(model[1].weight)
        self.assertEqual(self.found(model, lambda step: torch.randn(16, 3, 10, 10), steps=1), [])

    def test_measure_rms_normalization_by_its_root_mean_square(self) -> None:
        model = nn.Sequential(nn.Embedding(50, 32), OffsetRmsNorm(32), nn.Linear(32, 8))
        nn.init.normal_(model[0].weight, mean=1.0, std=2e-4)
        found = self.found(model, lambda step: torch.randint(0, 50, (4, 10)))
        self.assertEqual(self.titles(found, "collapsed"), [])

    def test_take_a_checkpointed_block_for_one_pass(self) -> None:
        found = self.found(Checkpointed(), lambda step: torch.randn(16, 12), learns=True)
        self.assertLessEqual({each["kind"] for each in found}, {"recorded-twice"})
        self.assertEqual([each for each in found if each["severity"] != "note"], [])

    def test_name_rounding_that_leaves_one_value_nowhere(self) -> None:
        """Channels that are constant in bfloat16 alone are not dead."""
        model = nn.Sequential(nn.Linear(32, 16), nn.BatchNorm1d(16), nn.ReLU())
        with torch.no_grad():
            model[0].bias.fill_(3000.0)
        with Recorder(model, self.folder, every=1, dtype="bfloat16") as recorder:
            for step in range(3):
                model(torch.randn(256, 32))
                recorder.step(step)
        self.assertEqual(self.titles(self.reported(), "dead-channels", "collapsed"), [])


class RanksApart(ReportedTest):
    """Two ranks, one after the other, as `RANK` names them."""

    def ranks(self, make: Callable[[int], nn.Module], batch: Callable[[int, int], Tensor], steps: int = 3) -> List[Dict[str, Any]]:
        for rank in range(2):
            model = make(rank)
            with mock.patch.dict(os.environ, {"RANK": str(rank), "WORLD_SIZE": "2"}):
                with Recorder(model, self.folder, every=1, dtype="float32") as recorder:
                    for step in range(steps):
                        model(batch(rank, step))
                        recorder.step(step)
        return self.reported()

    def network(self, *changes: Callable[[nn.Module], Any]) -> nn.Module:
        torch.manual_seed(5)
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
        with torch.no_grad():
            for change in changes:
                change(model)
        return model

    def batch(self, rank: int, step: int, offset: float = 0.0) -> Tensor:
        generator = torch.Generator().manual_seed(100 * step + rank)
        return torch.randn(16, 3, 10, 10, generator=generator) + offset * rank

    def test_are_not_told_of_ranks_that_draw_from_one_source(self) -> None:
        self.assertEqual(self.ranks(lambda rank: self.network(), self.batch), [])

    def test_name_ranks_whose_batches_lie_apart(self) -> None:
        found = self.ranks(lambda rank: self.network(), lambda rank, step: self.batch(rank, step, 3.0))
        self.assertEqual([each["kind"] for each in found if each["severity"] != "note"], ["rank-data"])
        self.assertEqual([found[0]["layer"], found[0]["step"]], ["0", 0])

    def test_name_a_rank_with_another_parameter(self) -> None:
        def nudged(model: nn.Module) -> None:
            model[1].weight[2] = torch.nextafter(model[1].weight[2], torch.tensor(2.0))

        found = self.ranks(lambda rank: self.network(nudged) if rank == 1 else self.network(), self.batch)
        self.assertEqual(self.titles(found, "rank-parameters"), ["Ranks no longer agree on the parameters of 1 at step 0"])
        self.assertIn("γ, by up to 1 ulps", found[0]["evidence"])


if __name__ == "__main__":
    unittest.main()
