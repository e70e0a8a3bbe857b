"""Distributions that were computed while training equal those that the panel computes from raw dumps of the same run."""

import math
import unittest
from typing import Any, Callable, Dict, Iterator, List, Tuple

import torch
from support import ConvNet, Recorder, RecorderTest, Transformer, report
from torch import Tensor, nn

PERCENTILES = [1, 5, 15, 25, 50, 75, 85, 95, 99]


class Summaries(RecorderTest):
    def both(self, model: nn.Module, run: Callable[[nn.Module], Any], **options: Any) -> Iterator[Tuple[str, Dict, Dict]]:
        """Two steps of the run recorded both ways: name, and the report's figures of each record."""
        recorders = [
            Recorder(model, self.folder / "raw", every=1, dtype="float32", **options),
            Recorder(model, self.folder / "summarized", every=1, summarize=True, **options),
        ]
        for step in range(2):
            run(model)
            for recorder in recorders:
                recorder.step(step)
        for recorder in recorders:
            recorder.close()
        self.assertEqual(self.messages(), [])
        percentiles = ",".join(map(str, PERCENTILES))
        raw, summarized = (report(self.folder / name, "--percentiles", percentiles) for name in ("raw", "summarized"))
        self.assertEqual(summarized["problems"], [])
        self.assertEqual([each["name"] for each in raw["layers"]], [each["name"] for each in summarized["layers"]])
        for one, other in zip(raw["layers"], summarized["layers"]):
            self.assertIn("summarize=True", other["summarized"])
            self.assertEqual((one["layout"], one["dtype"]), (other["layout"], other["dtype"]))
            self.assertEqual(len(one["steps"]), len(other["steps"]))
            for a, b in zip(one["steps"], other["steps"]):
                yield f"{one['name']} {a['step']}#{a.get('call', 0)}", a, b

    def assert_equal_figures(self, model: nn.Module, run: Callable[[nn.Module], Any], **options: Any) -> None:
        compared = 0
        for name, raw, summarized in self.both(model, run, **options):
            for key in ("shape", "count", "nan", "posInf", "negInf", "zeros", "epsilon", "groups", "layerScope"):
                self.assertEqual(raw[key], summarized[key], f"{name} {key}")
            self.assertEqual(raw.get("firstNonFinite"), summarized.get("firstNonFinite"), name)
            for method, one in raw["methods"].items():
                self.assert_equal_method(f"{name} {method}", one, summarized["methods"][method])
                compared += 1
        self.assertGreater(compared, 0)

    def assert_equal_method(self, name: str, raw: Dict[str, Any], summarized: Dict[str, Any]) -> None:
        if "undefined" in raw:
            self.assertEqual(raw, summarized, name)
            return
        if raw["mean"] is None:
            self.assertIsNone(summarized["mean"], name)
            return
        std = math.sqrt(raw["variance"])
        for key, scale in {"mean": std, "variance": raw["variance"], "min": std, "max": std}.items():
            within = 1e-5 * max(scale, abs(raw[key]))
            self.assertAlmostEqual(raw[key], summarized[key], delta=within, msg=f"{name} {key}")
        half_width = (raw["percentiles"]["85"] - raw["percentiles"]["15"]) / 2
        for percentile in map(str, PERCENTILES):
            a, b = raw["percentiles"][percentile], summarized["percentiles"][percentile]
            # The panel's own percentiles are right to 1 % too: its cells are at most 1/160 of the half-width.
            self.assertAlmostEqual(a, b, delta=0.01 * half_width + 1e-6 * abs(a), msg=f"{name} p{percentile}")
        self.assert_equal_shift(name, raw.get("shift", {}), summarized.get("shift", {}))

    def assert_equal_shift(self, name: str, raw: Dict[str, Any], summarized: Dict[str, Any]) -> None:
        """To within what cells of another width make of it: much for KS and JS where values lie in narrow heaps."""
        self.assertEqual(raw.keys(), summarized.keys(), name)
        for key, value in raw.items():
            if isinstance(value, dict):
                self.assert_equal_shift(f"{name} floor", value, summarized[key])
            elif value is not None:
                within = 0.02 + 0.2 * abs(value) if key in ("ks", "js") else 0.005 + 0.02 * abs(value)
                self.assertAlmostEqual(value, summarized[key], delta=within, msg=f"{name} {key}")

    def test_of_a_convolutional_network(self) -> None:
        model = ConvNet()

        def run(each: nn.Module) -> None:
            each(torch.randn(16, 3, 12, 12) * 2 + 1)
            with torch.no_grad():
                each.stem[0].weight.mul_(1.5)

        self.assert_equal_figures(model, run)

    def test_of_a_transformer(self) -> None:
        self.assert_equal_figures(Transformer(), lambda each: each(torch.randn(8, 40, 5)))

    def test_of_features_without_space(self) -> None:
        model = nn.Sequential(nn.Linear(20, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.LayerNorm(48))
        self.assert_equal_figures(model, lambda each: each(torch.randn(300, 20)))

    def test_of_sequences_with_the_position_first(self) -> None:
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
        self.assert_equal_figures(layer, lambda each: each(torch.randn(30, 9, 16)))

    def test_of_a_mean_far_greater_than_the_deviation(self) -> None:
        def run(each: nn.Module) -> None:
            each((torch.randn(16, 8, 10, 10) * 0.05 + 1000 + torch.arange(8.0).view(8, 1, 1) * 50))

        self.assert_equal_figures(nn.GroupNorm(4, 8), run, layers="*")

    def test_of_nan_infinities_and_outliers(self) -> None:
        x = torch.randn(12, 6, 9, 9)
        x[3, 2, 4, 4], x[5, 1, 0, 0], x[7, 0, 1, 1], x[8, 3, 3, 3] = math.nan, math.inf, -math.inf, 1e6
        x[2, 4] = math.nan
        self.assert_equal_figures(nn.Identity(), lambda each: each(x), layers="*")

    def test_of_hardly_anything(self) -> None:
        kinds: Dict[str, Tensor] = {
            "constant": torch.full((4, 3, 2, 2), 2.5),
            "zeros": torch.zeros(4, 6),
            "nan": torch.full((4, 6), math.nan),
            "one": torch.ones(1, 1, 1, 1),
            "vector": torch.arange(7.0),
        }
        for name, x in kinds.items():
            with self.subTest(name):
                self.folder = self.home / name
                self.assert_equal_figures(nn.Identity(), lambda each, x=x: each(x), layers="*")

    def test_take_kilobytes(self) -> None:
        model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.ReLU())
        with Recorder(model, self.folder, summarize=True) as recorder:
            model(torch.randn(32, 3, 34, 34))
            recorder.step(0)
        sizes: List[int] = [tensor.numel() for key, tensor in self.dump()[1].items() if key in self.dump()[0]["tensors"]]
        self.assertEqual(len(sizes), 3)
        raw = 2 * 32 * 64 * 32 * 32
        self.assertLess(max(sizes), raw / 64)


if __name__ == "__main__":
    unittest.main()
