"""What stored types cost: figures that the report makes of files, against float64 on the activations as they were.

``NORMSCOPE_TABLE=1`` prints the worst row of each kind.
"""

import math
import os
import unittest
from typing import Any, Dict, List, Optional, Tuple

import torch
from support import Recorder, RecorderTest, normscope, report
from torch import Tensor, nn

SHAPES = {"NC": (512, 24), "NCHW": (16, 24, 5, 6), "NLC": (16, 32, 24)}
RATIOS = (0, 1, 3, 10, 30, 100, 300, 1e3, 1e4, 1e5)
SKETCH = 0.01
"""Of the half-width: how far the report's percentiles may be from those of what the file holds."""


class RecordedLayerNorm(nn.Module):
    """Returns its input; by its name and weight the recorder takes it for a normalization layer of 24 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(24))

    def forward(self, x: Tensor) -> Tensor:
        return x


class Case(nn.Module):
    def __init__(self, values: Dict[str, Tensor]) -> None:
        super().__init__()
        self.values = values
        self.layers = nn.ModuleDict({name: RecordedLayerNorm() for name in values})

    def forward(self) -> None:
        for name, layer in self.layers.items():
            layer(self.values[name].clone())


def over_channels(shape: Tuple[int, ...], each: Tensor) -> Tensor:
    """One number per channel, placed so that it multiplies a tensor of this shape."""
    return each if len(shape) == 2 or shape[1] != 24 else each.view(-1, *[1] * (len(shape) - 2))


def offsets(shape: Tuple[int, ...], dtype: torch.dtype) -> Dict[str, Tensor]:
    noise = torch.randn(shape, dtype=torch.float64)
    return {f"mean_{ratio:g}".replace("+", ""): (noise + ratio).to(dtype) for ratio in RATIOS}


def outliers(shape: Tuple[int, ...], dtype: torch.dtype) -> Dict[str, Tensor]:
    found = {}
    for ratio in (0, 3, 100):
        for outlier in (1e6, 1e12, 1e30):
            x = torch.randn(shape, dtype=torch.float64) + ratio
            x.view(-1)[::997] = outlier
            found[f"mean_{ratio}_outlier_{outlier:.0e}".replace("+", "")] = x.to(dtype)
    return found


def odd(shape: Tuple[int, ...], dtype: torch.dtype) -> Dict[str, Tensor]:
    noise = torch.randn(shape, dtype=torch.float64)
    powers = over_channels(shape, torch.logspace(-4, 4, 24, dtype=torch.float64))
    steps = torch.full(shape, 1000.0, dtype=torch.float64)
    steps.view(-1)[::311] += 0.5
    hidden = 5 + 1e-3 * noise
    hidden.view(-1)[::997] = 1e6
    hidden_in_one = noise.clone()
    hidden_in_one[over_channels(shape, torch.arange(24) == 7).expand(shape)] *= 1e-3
    hidden_in_one += over_channels(shape, 5.0 * (torch.arange(24) == 7))
    hidden_in_one.view(-1)[::997] = 1e6
    found = {
        "scales": noise * powers,
        "rectified": noise.relu(),
        "sparse": (noise - 1.9).relu(),
        "constants": over_channels(shape, torch.arange(24) * 0.1).expand(shape) + 0.0,
        "steps": steps,
        "hidden": hidden,
        "hidden_in_one": hidden_in_one,
        "cubes": noise**5,
        "samples_apart": noise + 1000.0 * torch.arange(shape[0]).view(-1, *[1] * (len(shape) - 1)),
        "greatest": noise / noise.abs().max() * torch.finfo(dtype).max * 0.999,
        "subnormal": noise * torch.finfo(dtype).tiny / 16,
        "tiny": noise * 1e-6,
        "large": noise * 3e4,
    }
    return {name: x.to(dtype) for name, x in found.items()}


def methods_of(x: Tensor, layout: str, groups: int, epsilon: float) -> Dict[str, Tensor]:
    """The tensor after every method, in float64, from the definitions [Ioffe & Szegedy 2015; Ba et al. 2016; Ulyanov et
    al. 2016; Wu & He 2018; Zhang & Sennrich 2019]."""
    x = x.double()
    if layout == "NLC":
        x = x.transpose(1, 2)
    x = x.reshape(x.shape[0], x.shape[1], -1)
    in_layer = (1,) if layout == "NLC" else (1, 2)

    def standardized(values: Tensor, axes: Tuple[int, ...]) -> Tensor:
        mean = values.mean(axes, keepdim=True)
        centered = values - mean
        return centered / (centered.square().mean(axes, keepdim=True) + epsilon).sqrt()

    split = x.reshape(x.shape[0], groups, -1)
    found = {
        "none": x,
        "batch": standardized(x, (0, 2)),
        "layer": standardized(x, in_layer),
        "group": standardized(split, (2,)),
        "rms": x / (x.square().mean(in_layer, keepdim=True) + epsilon).sqrt(),
    }
    return {**found, **({"instance": standardized(x, (2,))} if x.shape[2] > 1 else {})}


class Fidelity(RecorderTest):
    """Every figure is within what README states of the one on the activations as they were, or marked."""

    worst: Dict[str, Dict[str, Tuple[float, str]]] = {}

    @classmethod
    def tearDownClass(cls) -> None:
        if os.environ.get("NORMSCOPE_TABLE") == "1":
            for kind, figures in cls.worst.items():
                cells = [f"{name} {value:.2g} ({where})" for name, (value, where) in figures.items()]
                print(f"{kind:32} {'; '.join(cells)}")

    def note_worst(self, kind: str, figure: str, value: float, where: str) -> None:
        row = self.worst.setdefault(kind, {})
        if value >= row.get(figure, (0.0, ""))[0]:
            row[figure] = (value, where)

    def compare(self, kind: str, layout: str, values: Dict[str, Tensor], dtype: Any = "auto") -> Dict[str, Dict[str, Any]]:
        """Records, reports and compares; gives the report's layers by name."""
        self.folder = self.home / f"{kind} {layout} {dtype}"
        with Recorder(Case(values), self.folder, layers=RecordedLayerNorm, dtype=dtype) as recorder:
            recorder.model()
            recorder.step(0)
        notes, tensors = self.dump()
        made = {layer["fullName"]: layer for layer in report(self.folder)["layers"]}
        for name, x in values.items():
            layer = made[f"layers.{name}"]
            self.assertEqual(layer["layout"], layout, name)
            note, stored = notes["tensors"][f"layers.{name}"], tensors[f"layers.{name}"]
            [step] = layer["steps"]
            self.assertEqual(step.get("storageError", 0), note.get("storageError", 0))
            self.assertEqual(note.get("dtype"), None if stored.dtype == x.dtype else str(x.dtype)[6:])
            rounding = note.get("storageError", 0.0)
            if dtype == "auto":
                self.assertLessEqual(rounding, 0.005, name)
            if rounding <= 0.01 and "overflowed" not in note:
                self.compare_methods(f"{kind} {dtype}", f"{name} {layout} as {str(stored.dtype)[6:]}", x, layout, step, rounding)
        return made

    def compare_methods(self, kind: str, where: str, x: Tensor, layout: str, step: Dict[str, Any], rounding: float) -> None:
        expected = methods_of(x, layout, step["groups"], step["epsilon"])
        for method, values in expected.items():
            found = step["methods"][method]
            if "undefined" in found:
                continue
            with self.subTest(kind=kind, where=where, method=method):
                deviation = float(values.std(unbiased=False))
                self.assertTrue(math.isfinite(found["mean"]) and math.isfinite(found["variance"]))
                if deviation <= 1e-9 * float(values.abs().max()):
                    continue  # What is left is rounding in float64 itself.
                off = abs(found["mean"] - float(values.mean())) / deviation
                spread = abs(math.sqrt(found["variance"]) / deviation - 1)
                self.note_worst(kind, "mean/σ", off, f"{where} {method}")
                self.note_worst(kind, "σ", spread, f"{where} {method}")
                self.assertLessEqual(off, 1e-6 + rounding)
                self.assertLessEqual(spread, 1e-6 + rounding)
                wanted = values.flatten().sort().values
                places = [int(round(p / 100 * (len(wanted) - 1))) for p in (15, 50, 85)]
                low, middle, high = (float(wanted[place]) for place in places)
                width = (high - low) / 2
                got = [found["percentiles"][name] for name in ("15", "50", "85")]
                for exact, value, place in zip((low, middle, high), got, places):
                    # A step of one rank is another percentile by definition, not an error.
                    near = wanted[max(0, place - 1) : place + 2]
                    off = max(0.0, float(near[0]) - value, value - float(near[-1]))
                    if width > 0:
                        self.note_worst(kind, "percentiles", off / width, f"{where} {method}")
                        self.assertLessEqual(off, (SKETCH + rounding) * width, (exact, value))
                    else:  # Most values are one.
                        self.assertLessEqual(off, 1e-4 * deviation + 1e-9 * abs(exact), (exact, value))

    def test_holds_for_means_up_to_100000_deviations(self) -> None:
        for layout, shape in SHAPES.items():
            self.compare("means", layout, offsets(shape, torch.float32))

    def test_holds_beside_outliers(self) -> None:
        for layout, shape in SHAPES.items():
            self.compare("outliers", layout, outliers(shape, torch.float32))

    def test_holds_for_sparse_constant_tiny_and_great_values(self) -> None:
        for layout, shape in SHAPES.items():
            self.compare("odd", layout, odd(shape, torch.float32))

    def test_holds_for_float64(self) -> None:
        values = {**offsets(SHAPES["NC"], torch.float64), **outliers(SHAPES["NC"], torch.float64)}
        odds = odd(SHAPES["NC"], torch.float64)
        del odds["greatest"]  # Its squares are beyond float64 itself.
        far = torch.randn(SHAPES["NC"], dtype=torch.float64)
        self.compare("float64", "NC", {**values, **odds, "far": 1e6 + 1e-2 * far})
        self.assertEqual(self.dump()[1]["layers.far"].dtype, torch.float64)

    def test_holds_for_two_byte_tensors_which_stay_as_they_are(self) -> None:
        for dtype in (torch.float16, torch.bfloat16):
            self.compare(str(dtype)[6:], "NC", {name: x for name, x in offsets(SHAPES["NC"], dtype).items() if bool(x.isfinite().all())})
            self.assertEqual({each.dtype for name, each in self.dump()[1].items() if "weight" not in name}, {dtype})

    def test_of_a_type_that_is_asked_for_holds_or_is_marked(self) -> None:
        for dtype in ("bfloat16", "float16", "float32"):
            made = self.compare(f"asked for {dtype}", "NCHW", offsets(SHAPES["NCHW"], torch.float32), dtype)
            self.compare(f"asked for {dtype} odd", "NCHW", odd(SHAPES["NCHW"], torch.float32), dtype)
            errors = [made[f"layers.{name}"]["steps"][0].get("storageError", 0) for name in offsets((1, 24), torch.float32)]
            self.assertEqual(errors, sorted(errors))
            self.assertEqual(errors[-1] > 1, dtype != "float32")


class Chosen(RecorderTest):
    def stored(self, x: Tensor, dtype: Any = "auto", layer: Optional[nn.Module] = None) -> Tuple[Tensor, Dict[str, Any]]:
        self.folder = self.home / str(len(list(self.home.iterdir())))
        with Recorder(nn.Sequential(layer or nn.Identity()), self.folder, layers="0", dtype=dtype) as recorder:
            recorder.model(x)
            recorder.step(0)
        notes, tensors = self.dump()
        key = "0.input" if "0.input" in tensors else "0"
        return tensors[key], notes["tensors"][key]

    def test_are_two_bytes_where_they_resolve_every_channel(self) -> None:
        x = torch.randn(64, 8)
        stored, note = self.stored(x)
        self.assertEqual((stored.dtype, note["dtype"]), (torch.float16, "float32"))
        self.assertTrue(torch.equal(stored, x.half()))
        self.assertLess(note["storageError"], 0.005)
        # One channel of eight is enough.
        self.assertTrue(torch.equal(self.stored(x + 40.0 * (torch.arange(8) == 5))[0], x + 40.0 * (torch.arange(8) == 5)))

    def test_are_those_of_the_tensor_where_none_is_narrower(self) -> None:
        for dtype in (torch.float16, torch.bfloat16):
            for asked in ("auto", "bfloat16", "float16", "float32", "float64"):
                stored, note = self.stored((torch.randn(64, 8) * 100 + 5000).to(dtype), asked)
                self.assertEqual(stored.dtype, dtype)
                self.assertEqual({"dtype", "storageError", "overflowed"} & set(note), set())
        self.assertEqual(self.stored(torch.randn(64, 8).double(), "float64")[0].dtype, torch.float64)
        self.assertEqual(self.stored(1e12 + 1e-2 * torch.randn(64, 8).double())[0].dtype, torch.float64)
        self.assertEqual(self.stored(torch.randn(64, 8), "float64")[0].dtype, torch.float32)

    def test_may_be_given_as_pytorch_types(self) -> None:
        self.assertEqual(self.stored(torch.randn(64, 8), torch.bfloat16)[0].dtype, torch.bfloat16)
        with self.assertRaisesRegex(ValueError, "'auto', 'float16', 'bfloat16', 'float32', 'float64'"):
            Recorder(nn.Identity(), self.folder, dtype=torch.int8)

    def test_that_are_asked_for_and_lose_digits_are_told_of_once(self) -> None:
        x = torch.randn(256, 8) + 300
        model = nn.Sequential(nn.Identity())
        with Recorder(model, self.folder, every=1, layers="0", dtype="bfloat16") as recorder:
            for step in range(3):
                model(x)
                recorder.step(step)
        [message] = self.messages()
        self.assertIn("bfloat16 does not resolve 0: its rounding is up to ", message)
        self.assertIn('dtype="auto"', message)
        # A sample's eight values may lie closer together than a channel's.
        self.assertTrue(1 < self.dump()[0]["tensors"]["0"]["storageError"] / (300 * 2**-8) < 4)

    def test_that_overflow_say_how_many_values(self) -> None:
        x = torch.randn(64, 8)
        x[3, :4] = torch.tensor([1e5, -1e6, math.inf, math.nan])
        stored, note = self.stored(x, "float16")
        self.assertEqual((note["overflowed"], int(stored.isinf().sum())), (2, 3))
        self.assertTrue(any("2 values are beyond its range" in message for message in self.messages()), self.messages())
        stored, note = self.stored(x)
        self.assertTrue(torch.equal(stored[~stored.isnan()], x[~x.isnan()]))
        self.assertNotIn("overflowed", note)

    def test_are_chosen_beside_values_that_are_not_finite(self) -> None:
        x = torch.randn(64, 8)
        x[::7, 2] = math.nan
        x[5, 3] = -math.inf
        self.assertEqual(self.stored(x)[0].dtype, torch.float16)
        self.assertEqual(self.stored(x + 100)[0].dtype, torch.float32)
        self.assertEqual(self.stored(torch.full((64, 8), math.nan))[0].dtype, torch.float16)

    def test_do_not_depend_on_what_is_known_of_the_axes(self) -> None:
        self.assertEqual(self.stored(torch.randn(16, 6, 8, 6))[0].dtype, torch.float16)
        for axis in (1, 3):
            around = [1] * 4
            around[axis] = 6
            x = torch.randn(16, 6, 8, 6) + (30.0 * (torch.arange(6) == 2)).view(around)
            self.assertEqual(self.stored(x)[0].dtype, torch.float32, axis)
        for shape in ((200,), (2, 3, 4, 5, 6), (2, 3, 4, 5, 6, 7), (40000,), (1, 70000), (3, 2, 40000)):
            x = torch.randn(shape)
            stored, _ = self.stored(x)
            self.assertTrue(torch.equal(stored, x.to(stored.dtype)), shape)

    def test_draw_no_random_number_and_leave_the_activations(self) -> None:
        x = torch.randn(300, 8)
        kept, state = x.clone(), torch.get_rng_state()
        self.stored(x)
        self.assertTrue(torch.equal(state, torch.get_rng_state()))
        self.assertTrue(torch.equal(kept, x))

    def test_are_written_as_many_bytes_as_they_take(self) -> None:
        for dtype, size in (("auto", 2), ("bfloat16", 2), ("float32", 4)):
            self.stored(torch.randn(1000, 100), dtype)
            written = (self.folder / "step_000000.safetensors").stat().st_size
            self.assertLess(abs(written - size * 100_000), 2000)


class Findings(RecorderTest):
    """A healthy network whose activations lie far from zero is accused of nothing."""

    def findings(self, mean: float, dtype: Any) -> Tuple[List[str], Dict[str, Any]]:
        torch.manual_seed(0)
        self.folder = self.home / f"{mean} {dtype}"
        model = nn.Sequential(nn.Linear(64, 16), nn.BatchNorm1d(16), nn.Linear(16, 16), nn.LayerNorm(16), nn.ReLU())
        with torch.no_grad():
            model[0].bias.fill_(mean)
        with Recorder(model, self.folder, every=1, dtype=dtype) as recorder:
            for step in range(3):
                model(torch.randn(256, 64))
                recorder.step(step)
        made = report(self.folder)
        return [each["title"] for each in made["findings"]], {layer["fullName"]: layer for layer in made["layers"]}

    def test_of_stored_digits_are_none(self) -> None:
        for mean in (0.0, 300.0, 30120.0):
            for dtype in ("auto", "bfloat16", "float16"):
                with self.subTest(mean=mean, dtype=dtype):
                    found, layers = self.findings(mean, dtype)
                    self.assertEqual(found, [])
                    error = layers["0"]["steps"][0].get("storageError", 0)
                    self.assertEqual(error > 0.1, dtype in ("bfloat16", "float16") and mean * (2**-8 if dtype == "bfloat16" else 2**-11) > 0.1)

    def test_of_values_near_the_smallest_of_a_type_are_none(self) -> None:
        for scale in (1e-3, 2e-5, 1e-6):
            for dtype in ("auto", "float16"):
                self.folder = self.home / f"{scale} {dtype}"
                model = nn.Sequential(nn.BatchNorm1d(8), nn.LayerNorm(8))
                with Recorder(model, self.folder, dtype=dtype) as recorder:
                    model(torch.randn(512, 8) * scale)
                    recorder.step(0)
                kinds = {each["kind"] for each in report(self.folder)["findings"]}
                # That variance is below ε is true of them.
                self.assertLessEqual(kinds, {"collapsed"}, (scale, dtype))

    def test_of_what_storage_made_infinite_are_none(self) -> None:
        model = nn.Sequential(nn.LayerNorm(8))
        for dtype, outlier, kinds in (("float16", 1e6, []), ("auto", 1e6, []), ("auto", math.inf, ["non-finite"]), ("float16", math.inf, ["non-finite"])):
            self.folder = self.home / f"{dtype} {outlier}"
            with Recorder(model, self.folder, dtype=dtype) as recorder:
                x = torch.randn(64, 8)
                x[3, 4] = outlier
                model(x)
                recorder.step(0)
            # A value of 1e6 among such of order 1 is massive, whatever it was stored as.
            found = [each["kind"] for each in report(self.folder)["findings"] if each["kind"] not in ("massive", "number-format")]
            self.assertEqual(found, kinds, (dtype, outlier))


class Arithmetic(unittest.TestCase):
    """The stated error against one that is measured."""

    def test_bounds_what_rounding_does_to_channels(self) -> None:
        torch.manual_seed(5)
        for ratio in (0, 0.5, 3, 20, 200):
            for dtype in (torch.float16, torch.bfloat16):
                x = torch.randn(400, 12) * torch.logspace(-2, 2, 12) + ratio * torch.logspace(-2, 2, 12)
                _, stated, _ = normscope._stored_type(x, "NC", dtype)
                rounding = (x.to(dtype).double() - x.double()).square().mean(0).sqrt() / x.double().std(0, unbiased=False)
                self.assertLessEqual(float(rounding.max()), stated)
                self.assertLessEqual(stated, 6 * float(rounding.max()) + 1e-6)


if __name__ == "__main__":
    unittest.main()
