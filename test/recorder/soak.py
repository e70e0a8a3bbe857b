"""Trains for thousands of steps while everything around the recorder fails at random, beside a twin without a recorder.

    python3 test/recorder/soak.py [STEPS] [SEED]

Prints a table: how often each failure came, whether losses and parameters equal the twin's bit for bit, what became of
the steps that were due (right, absent, torn), and the resident memory along the way. Exits with 1 if training differs,
a file is wrong, something waited beyond its bound, or memory grew.
"""

import collections
import contextlib
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, Callable, Counter, Dict, Iterator, List
from unittest import mock

import torch
from support import Recorder, in_child, normscope, read_dump
from torch import Tensor, nn

EVERY = 3
FAILURE_RATE = 0.04
LAYERS = ("0", "1", "3", "5")


class Trips(nn.Module):
    """Raises on request, as a bad batch would."""

    def __init__(self) -> None:
        super().__init__()
        self.is_tripping = False

    def forward(self, x: Tensor) -> Tensor:
        if self.is_tripping:
            raise FloatingPointError("a bad batch")
        return x


def network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.LayerNorm(16), Trips(), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 4)
    )


class Training:
    """A network with its optimizer and its own random numbers."""

    def __init__(self) -> None:
        self.model = network()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        self.random = torch.get_rng_state()

    def step(self, number: int, trips: bool, done: Callable[[], None] = lambda: None) -> Any:
        """The loss of a training step, or None where the forward pass raised."""
        torch.set_rng_state(self.random)
        self.model[4].is_tripping = trips
        loss = None
        with contextlib.suppress(FloatingPointError):
            x = torch.randn(12, 8) * (1 + number % 5)
            loss = self.model(x).square().mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        done()
        self.random = torch.get_rng_state()
        return None if loss is None else float(loss.detach())


def digests(tensors: Dict[str, Tensor]) -> Dict[str, str]:
    """A hash of each layer's values; a forward pass that raised has those of the layers before."""
    return {
        name: hashlib.sha256(tensors[name].contiguous().numpy().tobytes()).hexdigest() for name in LAYERS if name in tensors
    }


def watch(model: nn.Sequential) -> Dict[str, Tensor]:
    """The outputs of the twin's layers, after each forward pass."""
    seen: Dict[str, Tensor] = {}
    for name in LAYERS:
        model[int(name)].register_forward_hook(lambda _m, _i, y, name=name: seen.update({name: y.detach().clone()}))
    return seen


class Trouble:
    """What goes wrong around a run, one thing at a time and for a few steps each."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.counts: Counter[str] = collections.Counter()
        self.left = 0
        self.undo = contextlib.ExitStack()
        self.kinds: Dict[str, Callable[[], None]] = {
            "disk full": lambda: self.patch("open", self.full, create=True),
            "no permission": lambda: self.patch("open", self.forbidden, create=True),
            "slow disk": lambda: self.patch("_write_atomically", self.slow),
            "disk that hangs": lambda: self.patch("_write_atomically", self.hangs),
            "folder deleted": lambda: shutil.rmtree(self.folder, ignore_errors=True),
            "sidecar deleted": lambda: (self.folder / "normscope.json").unlink(missing_ok=True),
            "sidecar spoiled": self.spoil,
            "signal": lambda: os.kill(os.getpid(), signal.SIGUSR1),
            "exception in forward": lambda: None,
            "fork": lambda: None,
            "recorder dropped": lambda: None,
        }
        self.write = normscope._write_atomically

    def next(self) -> str:
        """The kind of failure that begins at this step, or nothing."""
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                self.undo.close()
            return ""
        if self.random.random() > FAILURE_RATE:
            return ""
        kind = self.random.choice(sorted(self.kinds))
        self.counts[kind] += 1
        self.left = self.random.randint(1, 12)
        self.kinds[kind]()
        return kind

    def patch(self, name: str, function: Any, **options: Any) -> None:
        self.undo.enter_context(mock.patch.object(normscope, name, function, **options))

    def full(self, path: Any, mode: str = "r", **options: Any) -> Any:
        return open("/dev/full", "wb", buffering=0) if "x" in mode else open(path, mode, **options)

    def forbidden(self, path: Any, mode: str = "r", **options: Any) -> Any:
        if "x" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return open(path, mode, **options)

    def slow(self, *arguments: Any) -> None:
        time.sleep(0.03)
        self.write(*arguments)

    def hangs(self, *arguments: Any) -> None:
        time.sleep(3 * normscope._Writer.PATIENCE)
        self.write(*arguments)

    def spoil(self) -> None:
        with contextlib.suppress(OSError):
            (self.folder / "normscope.json").write_text("{ not JSON")


class Soak:
    def __init__(self, steps: int, seed: int, home: Path) -> None:
        self.steps = steps
        self.folder = home / "run"
        self.trouble = Trouble(seed, self.folder)
        self.expected: Dict[int, Dict[str, str]] = {}
        self.fate: Counter[str] = collections.Counter()
        self.memory: List[int] = []
        self.longest = 0.0
        self.recorders = 0
        self.recorder: Any = None

    def run(self) -> bool:
        recorded, twin = Training(), Training()
        seen = watch(twin.model)
        self.renew(recorded.model)
        signal.signal(signal.SIGUSR1, lambda *_: self.recorder and self.recorder.flush())
        same = True
        for number in range(self.steps):
            kind = self.trouble.next()
            trips = kind == "exception in forward"
            if kind == "fork":
                self.fork(number)
            if kind == "recorder dropped":
                self.recorder = None
            if self.recorder is None or self.recorder._off:
                self.settle()
                self.renew(recorded.model)
            started = time.monotonic()
            losses = recorded.step(number, trips, lambda number=number: self.recorder.step(number)), twin.step(number, trips)
            self.longest = max(self.longest, time.monotonic() - started)
            same = same and losses[0] == losses[1]
            self.expected[number] = digests(seen)
            seen.clear()
            if number % 500 == 499:
                self.settle()
            if number % max(1, self.steps // 10) == max(1, self.steps // 10) - 1:
                self.memory.append(resident())
        self.settle()
        states = zip(recorded.model.state_dict().values(), twin.model.state_dict().values())
        return same and all(torch.equal(a, b) for a, b in states)

    def renew(self, model: nn.Module) -> None:
        """As a person would who starts recording again."""
        self.recorder = Recorder(model, self.folder, every=EVERY, dtype="float32")
        self.recorders += 1

    def fork(self, number: int) -> None:
        def life() -> None:
            for step in range(number, number + 4):
                self.recorder.model(torch.randn(12, 8))
                self.recorder.step(step)
            self.recorder.close()

        state = torch.get_rng_state()
        if in_child(life, seconds=30) != 0:
            self.fate["child that failed"] += 1
        torch.set_rng_state(state)

    def settle(self) -> None:
        """Compares what is on disk with the twin's values, and begins with an empty folder."""
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None
        for writer in list(normscope._WRITERS):
            writer.flush()
        for path in self.folder.glob("step_*.safetensors"):
            number = int(path.name[5:11])
            try:
                right = digests(read_dump(path)[1]) == self.expected.pop(number)
            except Exception:
                right = False
            self.fate["right" if right else "torn or wrong"] += 1
        self.fate["absent"] += sum(number % EVERY == 0 for number in self.expected)
        self.expected.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def report(self, same: bool) -> bool:
        growth = self.memory[-1] - self.memory[len(self.memory) // 3]
        rows = {
            "PyTorch": torch.__version__,
            "steps": self.steps,
            "recorders made": self.recorders,
            **{f"  {kind}": count for kind, count in sorted(self.trouble.counts.items())},
            "training equals the twin's bit for bit": same,
            "files right": self.fate["right"],
            "files absent": self.fate["absent"],
            "files torn or wrong": self.fate["torn or wrong"],
            "children that failed": self.fate["child that failed"],
            "longest step": f"{self.longest:.2f} s (a hung disk is waited for {normscope._Writer.PATIENCE} s at a time)",
            "resident memory along the way": ", ".join(f"{each / 2**20:.0f}" for each in self.memory) + " MiB",
        }
        for name, value in rows.items():
            print(f"{name:40} {value}")
        good = self.fate["right"] > 0 and self.fate["torn or wrong"] == self.fate["child that failed"] == 0
        return same and good and growth < 24 * 2**20 and self.longest < 8 * normscope._Writer.PATIENCE + 5


def resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def quick_and_quiet() -> Iterator[None]:
    """Bounds that a soak can reach, and no warnings on the screen."""
    with mock.patch.object(normscope._Writer, "PATIENCE", 0.2), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def main(steps: int, seed: int) -> bool:
    with tempfile.TemporaryDirectory() as home, quick_and_quiet():
        soak = Soak(steps, seed, Path(home))
        return soak.report(soak.run())


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    sys.exit(0 if main(*arguments, *[10_000, 1][len(arguments) :]) else 1)
