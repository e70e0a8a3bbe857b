"""A training process that is killed at random moments leaves no file that is read wrongly, and the run goes on."""

import os
import random
import re
import signal
import sys
import time
import unittest
from pathlib import Path
from typing import Dict, List

import torch
from support import Recorder, RecorderTest, normscope, report
from torch import Tensor, nn

KILLS = 50
SEED = 20
BATCH = (16, 32, 10, 10)
STEPS_A_LIFE = 8


def network() -> nn.Module:
    torch.manual_seed(SEED)
    return nn.Sequential(nn.BatchNorm2d(BATCH[1]), nn.ReLU())


def batch(step: int) -> Tensor:
    """Each step's batch can be made again by whoever checks the files."""
    return torch.randn(BATCH, generator=torch.Generator().manual_seed(step)) * (1 + step % 7) + step % 11


def write_slowly() -> None:
    """Spreads a file's writing over many moments, as a slow disk does."""
    normscope.WRITTEN_AT_A_TIME = 2**14
    normscope._Writer._advance = lambda _: time.sleep(0.002)


def train_until_killed(folder: Path) -> None:
    """Goes on where the files end, as a training script goes on from its last checkpoint."""
    model = network()
    last = max([int(name[5:11]) for name in steps_in(folder)], default=-1)
    recorder = Recorder(model, folder, every=1, dtype="float32")
    for step in range(last + 1, last + 1 + STEPS_A_LIFE):
        model(batch(step))
        recorder.step(step)
    signal.pause()


def steps_in(folder: Path) -> List[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith("step_"))


class Killed(RecorderTest):
    def test_at_random_moments(self) -> None:
        torch.set_num_threads(1)
        self.folder.mkdir()
        moments = random.Random(time.time_ns())
        reached = 0
        with normscope._every_module_called(network()):  # Imports the compiler once, and not in each life.
            pass
        for kill in range(KILLS):
            child = os.fork()
            if child == 0:
                try:
                    # Where the disk is fast and the machine busy, few kills would meet a file that is being written.
                    if kill % 2 == 0:
                        write_slowly()
                    train_until_killed(self.folder)
                finally:
                    os._exit(1)
            self.wait_for_a_file(reached)
            # Of any length, because the machine may be fast or busy.
            time.sleep(10 ** moments.uniform(-3.5, -0.7))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            self.assertEqual(os.WTERMSIG(status), signal.SIGKILL)
            reached = len(steps_in(self.folder))
        halves = self.halves()
        self.assertTrue(all(re.fullmatch(r"\.step_\d{6}\.safetensors\.tmp-[0-9a-f]{8}|\.normscope\.json\.tmp-[0-9a-f]{8}", name) for name in halves))
        self.assertGreater(len(halves), 0, "no kill met a file that was being written, so this shows nothing")
        print(f"{len(halves)} of {KILLS} kills met a half-written file; {reached} steps", file=sys.stderr)
        self.assertGreater(reached, KILLS / 4)
        self.assertEqual([int(name[5:11]) for name in steps_in(self.folder)], list(range(reached)))
        self.assert_right_figures(reached)

    def halves(self) -> List[str]:
        """What the killed processes left half-written."""
        return [name for name in self.files() if name.startswith(".")]

    def wait_for_a_file(self, known: int) -> None:
        """Until the child has begun one: before, there is nothing that a kill could spoil."""
        halves = set(self.halves())
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            files = self.files()
            if len(steps_in(self.folder)) > known or any(name.startswith(".step") and name not in halves for name in files):
                return
            time.sleep(0.0005)
        self.fail("The training process wrote nothing.")

    def assert_right_figures(self, steps: int) -> None:
        found = report(self.folder)
        self.assertEqual(found["problems"], [])
        by_layer: Dict[str, Dict[int, Dict[str, float]]] = {
            layer["name"]: {each["step"]: each["methods"]["none"] for each in layer["steps"]} for layer in found["layers"]
        }
        self.assertEqual(sorted(by_layer), ["0", "0.input", "1"])
        model = network().double()
        for step in range(steps):
            x = batch(step).double()
            y = model[0](x)
            for name, value in {"0.input": x, "0": y, "1": model[1](y)}.items():
                figures = by_layer[name][step]
                self.assertAlmostEqual(figures["mean"], float(value.mean()), delta=1e-6 + 1e-6 * abs(float(value.mean())))
                variance = float(value.var(unbiased=False))
                self.assertAlmostEqual(figures["variance"], variance, delta=1e-5 * variance, msg=f"{name} at {step}")


if __name__ == "__main__":
    unittest.main()
