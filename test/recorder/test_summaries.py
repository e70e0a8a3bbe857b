"""Distributions that were computed while training equal those that the panel computes from raw dumps of the same run."""

import contextlib
import importlib
import json
import math
import os
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest, Transformer, normscope, report
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


SHAPES = {"NCHW": (16, 8, 6, 6), "NLC": (12, 20, 8), "LNC": (20, 12, 8), "NC": (300, 12)}


def hostile_values(layout: str) -> Dict[str, Tensor]:
    """Activations that ask too much of careless arithmetic."""
    shape = SHAPES[layout]
    normal = torch.randn(shape, dtype=torch.float64)
    uniform = torch.rand(shape, dtype=torch.float64)
    channels = shape[layout.index("C")]
    by_channel = [channels if role == "C" else 1 for role in layout]
    scales = torch.logspace(-4, 4, channels, dtype=torch.float64).reshape(by_channel)

    def with_one(value: float, *others: float) -> Tensor:
        changed = normal.clone()
        changed.reshape(-1)[7 : 8 + len(others)] = torch.tensor([value, *others], dtype=torch.float64)
        return changed

    in_float32 = {
        "normal": normal,
        "rectified": normal.relu(),
        "few are not zero": torch.where(uniform < 0.97, torch.zeros_like(normal), normal),
        "constant": torch.full_like(normal, 3.7),
        "constant channels": torch.ones_like(normal) * scales,
        "two heaps": torch.where(uniform < 0.5, -1e6, 1e6) + normal,
        "whole numbers": (normal * 3).round(),
        "heavy tails": torch.tan((uniform - 0.5) * 3.14159),
        "channels of many scales": normal * scales,
        "offset of 1e4 deviations": 1e2 + 1e-2 * normal,
        "offset of 1e6 deviations": 1e6 + normal,
        "denormal": normal * 1e-40,
        "deviation of 1e30": normal * 1e30,
        "deviation of 1e38": normal.clamp(-3.3, 3.3) * 1e38,
        **{f"outlier of {value:g}": with_one(value) for value in (1e6, 1e12, -1e20, 1e30, 3e38)},
        "outliers on both sides": with_one(1e30, -2e30, 5.0, 1e12),
        "NaN and infinities": with_one(math.nan, math.inf, -math.inf, math.nan, math.inf),
        "NaN beside an outlier": with_one(math.nan, 1e30),
        "only NaN": torch.full_like(normal, math.nan),
        "only infinities": torch.full_like(normal, -math.inf),
    }
    cases = {name: values.float() for name, values in in_float32.items()}
    cases["float64 offset of 1e8 deviations"] = 1e8 + normal
    cases["float64 of 1e60"] = normal * 1e60
    cases["float64 of 1e150"] = normal * 1e150
    cases["float64 outlier of 1e120"] = with_one(1e120)
    cases["float64 of 1e-140"] = normal * 1e-140
    for name in ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"):
        if hasattr(torch, name):
            cases[f"in {name}"] = (normal * 20).to(getattr(torch, name))
    cases["float16 at its maximum"] = torch.where(uniform < 0.5, 65504.0, -65504.0).half()
    return cases


def normalized(values: Tensor, layout: str, epsilon: float = 1e-5) -> Dict[str, Tensor]:
    """Every method in float64, as its definition says; NaN in place of values that are not finite."""
    order = [layout.index("N"), layout.index("C"), *(i for i, role in enumerate(layout) if role not in "NC")]
    x = values.double().permute(order)
    x = x.reshape(*x.shape[:2], -1)
    x = torch.where(x.isfinite(), x, math.nan)
    samples, channels, positions = x.shape
    groups = max(divisor for divisor in range(1, 33) if channels % divisor == 0)
    of_layer = (1,) if layout in ("NLC", "LNC") else (1, 2)

    def over(x: Tensor, axes: Tuple[int, ...], with_mean: bool = True) -> Tensor:
        mean = x.nanmean(axes, keepdim=True)
        deviation = x - (mean if with_mean else 0.0)
        return deviation / (deviation.square().nanmean(axes, keepdim=True) + epsilon).sqrt()

    found = {"none": x, "batch": over(x, (0, 2)), "layer": over(x, of_layer), "rms": over(x, of_layer, False)}
    if positions > 1:
        found["instance"] = over(x, (2,))
    if channels // groups * positions > 1:
        found["group"] = over(x.reshape(samples, groups, -1, positions), (2, 3)).reshape(x.shape)
    return found


class Extremes(RecorderTest):
    """Values at the limits of their type, against float64 and against the panel's figures from a dump of all digits."""

    def figures(self, layout: str, cases: Dict[str, Tensor]) -> Dict[str, Tuple[Dict, Dict]]:
        """By case, the report's figures from a summary and from a float64 dump."""
        model = nn.ModuleDict({name: nn.Identity() for name in cases})
        # What a module of torch.nn around them would say.
        knobs = {"layout": layout, "epsilon": 1e-5, "groups": 32}
        says = lambda *_: (knobs, False)  # noqa: E731
        with mock.patch.object(normscope._Facts, "knobs", says):
            with Recorder(model, self.home / "summarized", layers="*", summarize=True) as recorder:
                for name, module in model.items():
                    module(cases[name])
                recorder.step(0)
        self.assertEqual(self.messages(), [])
        raw = self.home / "raw"
        raw.mkdir()
        contiguous = {name: values.double().contiguous() for name, values in cases.items()}
        dump = normscope._safetensors(contiguous, {"normscope": json.dumps({"step": 0})})
        (raw / "step_000000.safetensors").write_bytes(b"".join(bytes(chunk) for chunk in dump))
        sidecar = {"layers": {name: {"layout": layout} for name in cases}}
        (raw / "normscope.json").write_text(json.dumps(sidecar), encoding="utf-8")
        found: List[Dict[str, Any]] = []
        for folder in ("summarized", "raw"):
            of_run = report(self.home / folder, "--percentiles", ",".join(map(str, PERCENTILES)))
            self.assertEqual(of_run["problems"], [])
            found.append({layer["fullName"]: layer for layer in of_run["layers"]})
        for name, values in cases.items():
            self.assertEqual(f"torch.{found[0][name]['dtype']}", str(values.dtype))
        return {name: tuple(each[name]["steps"][0] for each in found) for name in cases}

    def assert_holds(self, name: str, figures: Dict[str, Any], y: Tensor, moments_within: float = 1e-6) -> float:
        """Mean, variance, extremes and percentiles of the finite values of ``y``, whose half-width is given back."""
        ordered = y[y.isfinite()].sort().values
        if len(ordered) == 0:
            self.assertEqual((figures["mean"], figures["min"], figures["max"]), (None, None, None), name)
            return 0.0
        at = lambda q: float(ordered[round(q * (len(ordered) - 1))])  # noqa: E731
        least, greatest, middle = at(0), at(1), at(0.5)
        variance = float(ordered.var(unbiased=False))
        mean, deviation = float(ordered.mean()), math.sqrt(variance)
        # Where all values are equal, their own digits are the scale.
        scale = max(deviation, 1e-9 * abs(mean), 1e-300)
        self.assertAlmostEqual(figures["mean"], mean, delta=moments_within * scale, msg=f"{name} mean")
        self.assertAlmostEqual(figures["variance"], variance, delta=moments_within * scale**2, msg=f"{name} variance")
        for key, value in (("min", least), ("max", greatest)):
            within = 1e-6 * max(deviation, abs(value))
            self.assertAlmostEqual(figures[key], value, delta=within, msg=f"{name} {key}")
        half_width = (at(0.85) - at(0.15)) / 2 or (at(0.99) - at(0.01)) / 2
        for percentile in PERCENTILES:
            rank = percentile / 100 * (len(ordered) - 1)
            low, high = float(ordered[math.floor(rank)]), float(ordered[math.ceil(rank)])
            within = 0.01 * half_width + 1e-6 * max(abs(low), abs(high))
            # Cells widen far beyond the bulk.
            if max(abs(low - middle), abs(high - middle)) > 30 * half_width:
                within = 0.01 * max(abs(low - middle), abs(high - middle))
            found = figures["percentiles"][str(percentile)]
            self.assertTrue(low - within <= found <= high + within, f"{name} p{percentile}: {found}, {low} to {high}")
        return half_width

    def assert_all_hold(self, layout: str) -> None:
        cases = hostile_values(layout)
        for name, (summarized, raw) in self.figures(layout, cases).items():
            expected = normalized(cases[name], layout)
            for method, y in expected.items():
                with self.subTest(f"{layout} {name} {method}"):
                    half_width = self.assert_holds(name, summarized["methods"][method], y)
                    self.assert_close_to_raw(summarized["methods"][method], raw["methods"][method], half_width)
            for key in ("count", "nan", "posInf", "negInf", "zeros", "layerScope", "groups"):
                self.assertEqual(summarized[key], raw[key], f"{layout} {name} {key}")
            self.assertEqual(summarized.get("firstNonFinite"), raw.get("firstNonFinite"), f"{layout} {name}")

    def assert_close_to_raw(self, summarized: Dict[str, Any], raw: Dict[str, Any], half_width: float) -> None:
        if summarized["mean"] is None or raw["mean"] is None:
            self.assertEqual(summarized["mean"], raw["mean"])
            return
        deviation = max(math.sqrt(raw["variance"]), 1e-9 * abs(raw["mean"]), 1e-300)
        self.assertAlmostEqual(summarized["mean"], raw["mean"], delta=1e-6 * deviation)
        self.assertAlmostEqual(summarized["variance"], raw["variance"], delta=1e-6 * deviation**2)
        for percentile in ("15", "25", "50", "75", "85"):
            a, b = summarized["percentiles"][percentile], raw["percentiles"][percentile]
            self.assertAlmostEqual(a, b, delta=0.01 * half_width + 1e-6 * max(abs(a), abs(b)), msg=f"p{percentile}")

    def test_of_images_with_hostile_values(self) -> None:
        self.assert_all_hold("NCHW")

    def test_of_sequences_with_hostile_values(self) -> None:
        self.assert_all_hold("NLC")

    def test_of_sequences_with_the_position_first_and_hostile_values(self) -> None:
        self.assert_all_hold("LNC")

    def test_of_features_with_hostile_values(self) -> None:
        self.assert_all_hold("NC")

    def test_of_as_little_as_one_sample_channel_or_position(self) -> None:
        shapes = {"NCHW": [(1, 3, 4, 4), (4, 1, 4, 4), (4, 3, 1, 1), (1, 1, 1, 2), (1, 1, 1, 1)]}
        shapes["NLC"] = shapes["LNC"] = [(1, 5, 4), (5, 1, 4), (5, 4, 1), (1, 1, 2), (1, 1, 1)]
        shapes["NC"] = [(1, 6), (6, 1), (1, 1)]
        for layout, sizes in shapes.items():
            self.home = self.home / layout
            self.home.mkdir()
            cases = {"x".join(map(str, size)): torch.randn(size) * 3 + 100 for size in sizes}
            for name, (summarized, raw) in self.figures(layout, cases).items():
                for method, y in normalized(cases[name], layout).items():
                    with self.subTest(f"{layout} {name} {method}"):
                        a, b = summarized["methods"][method], raw["methods"][method]
                        self.assertEqual(a.get("undefined"), b.get("undefined"))
                        if "undefined" not in a:
                            self.assert_holds(name, a, y)

    def test_values_whose_squares_exceed_float64_are_refused_by_method(self) -> None:
        x = torch.randn(4, 3, 2, 2, dtype=torch.float64) * 1e200
        summarized, _ = self.figures("NCHW", {"x": x})["x"]
        self.assertAlmostEqual(summarized["methods"]["none"]["mean"] / 1e200, float((x / 1e200).mean()))
        self.assertEqual(summarized["methods"]["none"]["max"], float(x.max()))
        for method in ("batch", "layer", "instance", "group", "rms"):
            self.assertIn("exceed float64", summarized["methods"][method]["undefined"])

    def test_float64_denormals_are_summarized(self) -> None:
        x = torch.randn(4, 3, 2, 2, dtype=torch.float64) * 1e-310
        summarized, _ = self.figures("NCHW", {"x": x})["x"]
        self.assertEqual(summarized["methods"]["none"]["min"], float(x.min()))
        self.assertEqual(summarized["methods"]["batch"]["variance"], 0)


def summary_of(values: Tensor, layout: str) -> Tuple[Dict[str, Any], Dict[str, Tensor]]:
    """What the recorder writes for a tensor: figures and arrays."""
    content = bytes(normscope._summarize(values, layout, 1e-5, 32).tolist())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    about = json.loads(header.pop("__metadata__")["summary"])
    types = {"U8": torch.uint8, "I16": torch.int16, "I32": torch.int32, "F32": torch.float32, "F64": torch.float64}
    arrays = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(content[begin:end]), dtype=types[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return about, arrays


class Work(RecorderTest):
    """How summaries are computed: in parts, in little memory, whatever modes PyTorch is in."""

    def assert_same(self, one: Any, other: Any, name: str) -> None:
        if isinstance(one, dict):
            self.assertEqual(one.keys(), other.keys(), name)
            for key, value in one.items():
                self.assert_same(value, other[key], f"{name} {key}")
        elif isinstance(one, list):
            self.assert_same(dict(enumerate(one)), dict(enumerate(other)), name)
        elif isinstance(one, float):
            self.assertAlmostEqual(one, other, delta=1e-11 * max(1.0, abs(one)), msg=name)
        else:
            self.assertEqual(one, other, name)

    def assert_same_summary(self, one: Tuple[Dict, Dict], other: Tuple[Dict, Dict], name: str) -> None:
        """All figures; of histograms, which may have other cells, that they hold every value."""
        for about, arrays in (one, other):
            for method, each in about["methods"].items():
                if "undefined" not in each:
                    self.assertEqual(int(arrays[f"{method}.counts"].sum()), about["finite"], f"{name} {method}")
                    for key in ("width", "first", "window", "below", "halves"):
                        each.pop(key)
        self.assert_same(one[0], other[0], name)
        for method in one[0]["methods"]:
            if f"{method}.channels" in one[1]:
                channels, others = (arrays[f"{method}.channels"].double() for _, arrays in (one, other))
                torch.testing.assert_close(channels, others, rtol=1e-6, atol=1e-9, equal_nan=True)

    def test_parts_of_any_size_give_the_same_summary(self) -> None:
        for layout, shape in {"NCHW": (7, 6, 5, 9), "NLC": (5, 30, 6), "LNC": (30, 5, 6), "NC": (40, 6)}.items():
            values = torch.randn(shape) * torch.logspace(-2, 2, shape[-1]) + 3
            values.reshape(-1)[11:13] = torch.tensor([math.nan, math.inf])
            for size in (1, 17, 64, 200):
                whole = summary_of(values, layout)
                with mock.patch.dict(normscope.BLOCK, {"cpu": size}):
                    parts = summary_of(values, layout)
                self.assert_same_summary(whole, parts, f"{layout} in parts of {size}")

    def test_views_and_channels_last_give_the_same_summary_as_copies(self) -> None:
        base = torch.randn(9, 12, 10, 14)
        for name, view in {
            "channels last": base.to(memory_format=torch.channels_last),
            "every other row": base[:, :, ::2],
            "narrow": base[2:7, 3:9],
            "transposed": base.transpose(0, 1),
            "expanded": base[:1].expand(9, 12, 10, 14),
        }.items():
            before = view.clone()
            self.assert_same_summary(summary_of(view, "NCHW"), summary_of(view.contiguous(), "NCHW"), name)
            self.assertTrue(torch.equal(view, before), name)

    def test_values_are_left_as_they_are(self) -> None:
        for dtype in (torch.float64, torch.float32, torch.bfloat16):
            values = torch.randn(6, 4, 5, 5).to(dtype)
            values[1, 2, 3, 4] = math.nan
            before = values.clone()
            summary_of(values, "NCHW")
            torch.testing.assert_close(values, before, rtol=0, atol=0, equal_nan=True)

    @unittest.skipUnless(os.access("/proc/self/clear_refs", os.W_OK), "needs Linux's count of memory")
    def test_memory_stays_far_below_the_size_of_the_tensor(self) -> None:
        values = torch.randn(16, 128, 96, 96)
        summary_of(values[:2], "NCHW")

        def kilobytes(what: str) -> int:
            status = Path("/proc/self/status").read_text(encoding="ascii")
            return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what))

        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = kilobytes("VmRSS")
        summary_of(values, "NCHW")
        size = values.numel() * 4 / 1024
        self.assertLess(kilobytes("VmHWM") - before, size / 2)

    def test_modes_of_pytorch_change_nothing(self) -> None:
        values = torch.randn(6, 4, 5, 5)
        values[0, 0, 0, 0] = math.inf
        plain = str(summary_of(values, "NCHW"))

        @contextlib.contextmanager
        def switched(switch: Callable[[Any], Any], on: Any, off: Any) -> Iterator[None]:
            switch(on)
            try:
                yield
            finally:
                switch(off)

        modes = {
            "deterministic algorithms": switched(torch.use_deterministic_algorithms, True, False),
            "a default type": switched(torch.set_default_dtype, torch.float64, torch.float32),
            "inference": torch.inference_mode(),
            "no gradients": torch.no_grad(),
            "autocast": torch.autocast("cpu", dtype=torch.bfloat16),
        }
        if hasattr(torch, "set_default_device"):
            modes["a default device without values"] = switched(torch.set_default_device, "meta", None)
        for name, mode in modes.items():
            with self.subTest(name), mode:
                content = normscope._summarize(values, "NCHW", 1e-5, 32)
            with mock.patch.object(normscope, "_summarize", return_value=content):
                self.assertEqual(str(summary_of(values, "NCHW")), plain, name)
        self.assertEqual(str(summary_of(values.requires_grad_() * 1, "NCHW")), plain)
        with torch.inference_mode():
            made_there = values.detach() * 1
        self.assertEqual(str(summary_of(made_there, "NCHW")), plain)

    def test_what_has_no_values_is_named_and_the_rest_recorded(self) -> None:
        vmap = importlib.import_module("torch.func" if hasattr(torch, "func") else "functorch").vmap
        model = nn.ModuleDict({"before": nn.Identity(), "mapped": nn.Identity(), "after": nn.Identity()})
        with Recorder(model, self.folder, layers="*", summarize=True) as recorder:
            model["before"](torch.randn(3, 4))
            vmap(model["mapped"])(torch.randn(5, 3, 4))
            model["after"](torch.randn(3, 4))
            recorder.step(0)
        self.assertEqual(sorted(self.dump()[0]["tensors"]), ["after", "before"])
        (message,) = self.messages()
        self.assertRegex(message, "mapped was not recorded")


if __name__ == "__main__":
    unittest.main()
