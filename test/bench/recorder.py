"""What the recorder costs: a convolutional network and a transformer block, on the CPU, as JSON on standard output.

    /usr/bin/python3 test/bench/recorder.py [ROUNDS]

Every round times, one after the other, a plain training step, one with a recorder that does not record it, and one that
records (its hooks put up and its file handed to the writer included; and again until the file is on disk). Times are
milliseconds of processor time over all threads, so that the file's writing counts although training goes on beside it,
and what else the machine does counts little; the least of all rounds. Ratios are of these.
"""

import json
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


def measure(network: Network, options: Dict[str, Any], rounds: int) -> Dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        # A step that records is 2·EVERY beyond the one before, so that the calls between record nothing.
        recorder = Recorder(network.model, folder, every=1000, overwrite=True, **options)
        times: Dict[str, List[float]] = {name: [] for name in ("plain", "idle", "call", "recording", "written")}
        for index in range(rounds):
            first = 1000 * (index + 1)
            times["plain"].append(timed(network.train))
            recorder.step(first - 3)
            recorder.step(first - 2)
            times["idle"].append(timed(network.train, lambda: recorder.step(first - 2)))
            times["call"].append(timed(lambda: [recorder.step(first - 2) for _ in range(100)]) / 100)
            recorder.step(first - 3)
            # The call before a step that records puts up the hooks: here, inside of what is timed.
            times["recording"].append(
                timed(lambda: recorder.step(first - 2), lambda: recorder.step(first - 1), network.train, lambda: recorder.step(first))
            )
            recorder.flush()
            times["written"].append(
                timed(
                    lambda: recorder.step(first + 998),
                    lambda: recorder.step(first + 999),
                    network.train,
                    lambda: recorder.step(first + 1000),
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
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(), "networks": found}, indent=1))


KINDS: Dict[str, Dict[str, Any]] = {"auto": {}, "bfloat16": {"dtype": "bfloat16"}, "float32": {"dtype": "float32"}}

if __name__ == "__main__":
    main()
