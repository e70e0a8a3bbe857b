"""What the recorder costs: a convolutional network and a transformer block, on the CPU, as JSON on standard output.

    /usr/bin/python3 test/bench/recorder.py [ROUNDS]

Every round times, one after the other, a plain training step, one with a recorder that does not record it, and one that
records (its hooks put up and its file handed to the writer included; and again until the file is on disk). Times are
milliseconds of processor time over all threads, so that the file's writing counts although training goes on beside it,
and what else the machine does counts little; the least of all rounds. Ratios are of these.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "media/recorder"), str(ROOT / "test/fixtures/recorder")]

from networks import ResidualBlock, TransformerBlock  # noqa: E402
from normscope import Recorder  # noqa: E402


class Network:
    """A model with its batch and optimizer."""

    def __init__(self, model: nn.Module, batch: Tensor) -> None:
        self.model = model
        self.batch = batch
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    def train(self) -> None:
        self.optimizer.zero_grad()
        self.model(self.batch).square().mean().backward()
        self.optimizer.step()


def convolutional() -> Network:
    stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU())
    model = nn.Sequential(stem, ResidualBlock(32), nn.MaxPool2d(2), ResidualBlock(32), ResidualBlock(32))
    return Network(model, torch.randn(32, 3, 32, 32))


def transformer() -> Network:
    return Network(TransformerBlock(128), torch.randn(16, 128, 128))


EVERY = 1000


def measure(network: Network, options: Dict[str, Any], rounds: int) -> Dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(network.model, folder, every=EVERY, **options)
        times: Dict[str, List[float]] = {name: [] for name in ("plain", "idle", "call", "recording", "written")}
        network.train()
        recorder.step(0)
        for first in range(EVERY, 2 * EVERY * rounds, 2 * EVERY):
            pass_by(recorder, first - EVERY + 1, first - 500)
            times["plain"].append(timed(network.train))
            times["idle"].append(timed(network.train, lambda: recorder.step(first - 500)))
            times["call"].append(timed(lambda: pass_by(recorder, first - 499, first - 399)) / 100)
            pass_by(recorder, first - 399, first - 1)
            # The call before a step that records puts up the hooks: here, inside of what is timed.
            times["recording"].append(
                timed(lambda: recorder.step(first - 1), network.train, lambda: recorder.step(first))
            )
            recorder.flush()
            pass_by(recorder, first + 1, first + EVERY - 1)
            times["written"].append(
                timed(
                    lambda: recorder.step(first + EVERY - 1),
                    network.train,
                    lambda: recorder.step(first + EVERY),
                    recorder.flush,
                )
            )
        recorder.close()
        size = max(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
    least = {name: 1000 * min(each) for name, each in times.items()}
    return {
        "plain_ms": least["plain"],
        "idle_percent": 100 * least["call"] / least["plain"],
        "idle_ratio": least["idle"] / least["plain"],
        "recording_ratio": least["recording"] / least["plain"],
        "written_ratio": least["written"] / least["plain"],
        "step_kib": size / 1024,
    }


def pass_by(recorder: Recorder, start: int, end: int) -> None:
    """Steps that do not record."""
    for step in range(start, end):
        recorder.step(step)


def first_step(network: Network, steps: int = 4) -> Dict[str, float]:
    """How the first recorded step, in which layers are described and looked up in their sources, compares with later ones."""
    network.train()
    with tempfile.TemporaryDirectory() as folder, Recorder(network.model, folder, every=1, max_bytes=2**36) as recorder:
        times = [timed(network.train, lambda: recorder.step(step), recorder.flush) for step in range(steps)]
    return {"first_ms": 1000 * times[0], "later_ms": 1000 * statistics.median(times[1:])}


class Bottleneck(nn.Module):
    def __init__(self, inner: int, outer: int, entry: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(entry, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer)
        self.relu = nn.ReLU(inplace=True)
        self.down = nn.Conv2d(entry, outer, 1) if entry != outer else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + self.down(x))


def resnet152() -> Network:
    """Its 50 blocks, a quarter as wide."""
    blocks: List[nn.Module] = []
    entry = 16
    for width, count in ((16, 3), (32, 8), (64, 36), (128, 3)):
        for _ in range(count):
            blocks.append(Bottleneck(width, 4 * width, entry))
            entry = 4 * width
    stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
    return Network(nn.Sequential(stem, *blocks), torch.randn(2, 3, 16, 16))


def many_blocks() -> Network:
    blocks = (nn.Sequential(nn.Linear(16, 16), nn.LayerNorm(16), nn.ReLU()) for _ in range(2000))
    return Network(nn.Sequential(*blocks), torch.randn(4, 16))


def timed(*actions: Callable[[], Any]) -> float:
    start = time.process_time()
    for action in actions:
        action()
    return time.process_time() - start


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    torch.manual_seed(1)
    found = {
        name: {kind: measure(make(), options, rounds) for kind, options in KINDS.items()}
        for name, make in {"convolutional network": convolutional, "transformer block": transformer}.items()
    }
    firsts = {name: first_step(make()) for name, make in {"ResNet-152": resnet152, "2,000 blocks": many_blocks}.items()}
    about = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    print(json.dumps({**about, "networks": found, "first_step": firsts}, indent=1))


KINDS: Dict[str, Dict[str, Any]] = {"auto": {}, "bfloat16": {"dtype": "bfloat16"}, "float32": {"dtype": "float32"}}

if __name__ == "__main__":
    main()
