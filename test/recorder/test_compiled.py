"""Compiled models: steps that are recorded run uncompiled, all others the compiled code as before.

The twin is the same compiled model without a recorder. Where a backend computes what PyTorch does bit for bit (eager,
aot_eager), the training is the same bit for bit. Inductor rounds differently: the difference is measured here.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import torch
from support import ROOT, Recorder
from torch import Tensor, nn
from twins import TwinTest, VERSION, same, trained_state, watched

# Made once for each environment: the first build takes half a minute.
if sys.prefix != sys.base_prefix:
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(sys.prefix, "inductor"))

if VERSION >= (2, 0):
    from torch._dynamo.utils import counters

STEPS, EVERY = 20, 5

INDUCTOR_DIFFERENCE = 1e-5
"""Bound of the difference that uncompiled steps make to losses and parameters, which are of the order of 1."""


def without_inductor() -> str:
    """Why inductor cannot compile for the CPU here; empty where it can."""
    if not any(os.access(os.path.join(folder, "g++"), os.X_OK) for folder in os.get_exec_path()):
        return "inductor needs a C++ compiler"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "inductor needs Python's C headers"
    return ""


class Network(nn.Module):
    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU())
        self.norm = nn.BatchNorm1d(16)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.drop(self.norm(self.stem(x))))


Compiled = Tuple[nn.Module, nn.Module, Callable[[Tensor], Tensor]]
"""A network, what the recorder gets, and the loss as a function of a batch."""


def loss_of(model: nn.Module) -> Callable[[Tensor], Tensor]:
    return lambda x: model(x).square().mean()


def whole_model(network: nn.Module, **options: Any) -> Compiled:
    compiled = torch.compile(network, **options)
    return network, compiled, loss_of(compiled)


def model_in_place(network: nn.Module, **options: Any) -> Compiled:
    network.compile(**options)
    return network, network, loss_of(network)


def submodule(network: nn.Module, **options: Any) -> Compiled:
    network.stem = torch.compile(network.stem, **options)
    return network, network, loss_of(network)


def function(network: nn.Module, **options: Any) -> Compiled:
    return network, network, torch.compile(loss_of(network), **options)


WAYS = (whole_model, model_in_place, submodule, function)


@unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 has no torch.compile")
class CompiledTraining(TwinTest):
    def setUp(self) -> None:
        super().setUp()
        torch._dynamo.reset()
        counters.clear()
        self.addCleanup(torch._dynamo.reset)

    def train_compiled(
        self, compile_: Callable[..., Compiled], recorded: bool, dropout: float = 0.0, probe: bool = False, **options: Any
    ) -> Dict[str, Any]:
        """What training leaves. Graphs that dynamo made by the end of each step are under ``graphs``."""
        torch._dynamo.reset()
        counters.clear()
        torch.manual_seed(1)
        network, model, loss_function = compile_(Network(dropout), **options)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        recorder = None
        if recorded:
            self.folder = Path(tempfile.mkdtemp(dir=self.home))
            batch = torch.ones(3, 8) if probe else None
            recorder = Recorder(model, self.folder, every=EVERY, dtype="float32", probe=batch)
        torch.manual_seed(2)
        losses: List[Tensor] = []
        graphs: List[int] = []
        for step in range(STEPS):
            x = torch.randn(6, 8)
            state = torch.get_rng_state()
            before = uncompiled(network) if recorded and step % EVERY == 0 and not probe else None
            torch.set_rng_state(state)
            optimizer.zero_grad()
            loss = loss_function(x)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            if recorder is not None:
                recorder.step(step)
            graphs.append(counters["stats"].get("unique_graphs", 0))
            if before is not None:
                recorder.flush()
                self.assert_recorded_as(before, x, state, step)
        if recorder is not None:
            recorder.close()
            self.assertEqual(len(list(self.folder.glob("step_*"))), STEPS // EVERY)
        return {"losses": losses, **trained_state(network, optimizer), "graphs": graphs}

    def assert_recorded_as(self, network: nn.Module, x: Tensor, state: Tensor, step: int) -> None:
        """The step's dump holds what hooks see in an uncompiled copy of the network as it was before the step."""
        now = torch.get_rng_state()
        torch.set_rng_state(state)
        with watched(network) as seen:
            network(x)
        torch.set_rng_state(now)
        self.assert_recorded(self.dump(step), seen)

    def assert_bit_for_bit(self, plain: Dict[str, Any], recorded: Dict[str, Any]) -> None:
        for what, before in plain.items():
            if what != "graphs":
                self.assertTrue(same(before, recorded[what]), what)

    def assert_compiled_once(self, plain: Dict[str, Any], recorded: Dict[str, Any], first_recorded: bool = True) -> None:
        """The recorded step 0 compiles nothing, step 1 what the twin compiled at step 0, and later steps nothing."""
        once = plain["graphs"][-1]
        self.assertEqual(plain["graphs"], [once] * STEPS)
        expected = [0] + [once] * (STEPS - 1) if first_recorded else plain["graphs"]
        self.assertEqual(recorded["graphs"], expected)

    def test_by_eager_and_aot_eager_is_the_same_bit_for_bit(self) -> None:
        for way in WAYS:
            for backend in ("eager", "aot_eager"):
                with self.subTest(way.__name__, backend=backend):
                    plain = self.train_compiled(way, False, backend=backend)
                    recorded = self.train_compiled(way, True, backend=backend)
                    self.assert_bit_for_bit(plain, recorded)
                    self.assert_compiled_once(plain, recorded)
        self.assertEqual(self.messages(), [])
        self.assertEqual([str(each.message) for each in self.warned if "global hooks" in str(each.message)], [])

    def test_as_one_whole_graph_is_the_same_bit_for_bit(self) -> None:
        plain = self.train_compiled(whole_model, False, backend="aot_eager", fullgraph=True)
        recorded = self.train_compiled(whole_model, True, backend="aot_eager", fullgraph=True)
        self.assert_bit_for_bit(plain, recorded)
        self.assert_compiled_once(plain, recorded)

    @unittest.skipIf(bool(without_inductor()), without_inductor())
    def test_by_inductor_differs_by_rounding_only(self) -> None:
        for way in WAYS:
            for options in ({}, {"mode": "reduce-overhead"}) if way is whole_model else ({},):
                with self.subTest(way.__name__, **options):
                    plain = self.train_compiled(way, False, backend="inductor" if not options else None, **options)
                    recorded = self.train_compiled(way, True, backend="inductor" if not options else None, **options)
                    self.assert_compiled_once(plain, recorded)
                    for what in ("losses", "parameters and buffers"):
                        self.assertLess(difference(plain[what], recorded[what]), INDUCTOR_DIFFERENCE, what)
                    self.assertTrue(same(plain["random state"], recorded["random state"]))
                    self.report_difference(way.__name__, plain, recorded)

    @unittest.skipIf(bool(without_inductor()), without_inductor())
    def test_with_a_probe_is_the_same_bit_for_bit_also_by_inductor(self) -> None:
        for way in (whole_model, function):
            with self.subTest(way.__name__):
                plain = self.train_compiled(way, False, backend="inductor", dropout=0.3)
                recorded = self.train_compiled(way, True, backend="inductor", dropout=0.3, probe=True)
                self.assert_bit_for_bit(plain, recorded)
                self.assert_compiled_once(plain, recorded, first_recorded=False)

    def test_with_dropout_by_aot_eager_draws_the_same_numbers(self) -> None:
        plain = self.train_compiled(whole_model, False, backend="aot_eager", dropout=0.3)
        recorded = self.train_compiled(whole_model, True, backend="aot_eager", dropout=0.3)
        self.assert_bit_for_bit(plain, recorded)

    @unittest.skipIf(bool(without_inductor()), without_inductor())
    def test_with_dropout_by_inductor_differs_by_rounding_only_where_it_draws_as_pytorch_does(self) -> None:
        """By default inductor draws other random numbers than uncompiled steps, so that the twin's masks are others."""
        import torch._inductor.config

        with torch._inductor.config.patch(fallback_random=True):
            plain = self.train_compiled(whole_model, False, backend="inductor", dropout=0.3)
            recorded = self.train_compiled(whole_model, True, backend="inductor", dropout=0.3)
        for what in ("losses", "parameters and buffers"):
            self.assertLess(difference(plain[what], recorded[what]), INDUCTOR_DIFFERENCE, what)
        self.assertTrue(same(plain["random state"], recorded["random state"]))

    def report_difference(self, name: str, plain: Dict[str, Any], recorded: Dict[str, Any]) -> None:
        losses = difference(plain["losses"], recorded["losses"])
        parameters = difference(plain["parameters and buffers"], recorded["parameters and buffers"])
        print(
            f"{name}: after {STEPS} steps, {STEPS // EVERY} of them recorded, losses differ by {losses:.1e}, "
            f"parameters and buffers by {parameters:.1e}",
            file=sys.stderr,
        )

    def test_that_begins_after_the_recorder_was_made_leaves_the_hooks_out(self) -> None:
        """In a process of its own, where nothing has loaded the compiler before the recorder."""
        script = Path(self.home, "train.py")
        script.write_text(LATE, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "media/recorder")}
        command = [sys.executable, "-W", "error:Using `torch.compile:UserWarning", str(script), str(self.folder)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=120, check=True)
        self.assertEqual(done.stdout.decode().split(), ["0", "1", "1", "1", "1"])
        self.assertEqual(self.files(), ["normscope.json", *(f"step_00000{step}.safetensors" for step in (0, 2, 4))])


LATE = """
import sys
import torch
from normscope import Recorder

assert "torch._dynamo" not in sys.modules
model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.LayerNorm(4), torch.nn.ReLU())
recorder = Recorder(model, sys.argv[1], every=2)
compiled = torch.compile(model, backend="eager")
for step in range(5):
    compiled(torch.randn(2, 4)).sum().backward()
    recorder.step(step)
    print(torch._dynamo.utils.counters["stats"].get("unique_graphs", 0))
recorder.close()
"""


def uncompiled(network: nn.Module) -> nn.Module:
    """A network whose modules are those of ``network`` without what compiles them."""
    twin = Network(network.drop.p)
    names = {name.replace("_orig_mod.", ""): value for name, value in network.state_dict().items()}
    twin.load_state_dict(names)
    return twin.train(network.training)


def difference(before: Any, after: Any) -> float:
    """The greatest difference of two lists or dicts of tensors."""
    pairs = zip(before.values(), after.values()) if isinstance(before, dict) else zip(before, after)
    return max(float((a.double() - b.double()).abs().max()) for a, b in pairs)


if __name__ == "__main__":
    unittest.main()
