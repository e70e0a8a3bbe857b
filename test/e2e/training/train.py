"""Trains a small network with the recorder, slowly enough to be watched, and writes what it saw itself.

    train.py FOLDER FIGURES

Records every fifth of 40 steps into FOLDER. FIGURES is a JSON file that is whole at any time: for each recorded step
and layer the mean and biased variance of the activations and, for each method, the range of its units' statistics,
all computed here in float64 from the tensors that the network made.
"""

import json
import os
import sys
import time
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "media" / "recorder"))
from normscope import Recorder  # noqa: E402

STEPS, EVERY, PAUSE = 40, 5, 0.12


def statistics(x):
    """Figures of an activation [N, C, H, W] or [N, C] in float64; nothing of Normscope is used."""
    x = x.detach().double()
    space = list(range(2, x.dim()))
    units = {
        "batch": x.transpose(0, 1).flatten(1),
        "layer": x.flatten(1),
        **({"instance": x.flatten(2).flatten(0, 1)} if space else {}),
    }
    return {
        "mean": x.mean().item(),
        "variance": x.var(unbiased=False).item(),
        "min": x.min().item(),
        "max": x.max().item(),
        "units": {
            method: {
                "count": unit.shape[0],
                "mean": [unit.mean(1).min().item(), unit.mean(1).max().item()],
                "variance": [
                    unit.var(1, unbiased=False).min().item(),
                    unit.var(1, unbiased=False).max().item(),
                ],
            }
            for method, unit in units.items()
        },
    }


def main(folder, figures):
    torch.manual_seed(5)
    torch.set_num_threads(1)
    layers = {
        "conv": nn.Conv2d(1, 6, 3),
        "norm": nn.BatchNorm2d(6),
        "relu": nn.ReLU(),
        "flat": nn.Flatten(),
        "linear": nn.Linear(6 * 36, 10),
        "sigmoid": nn.Sigmoid(),
    }
    network = nn.Sequential(OrderedDict(layers))
    seen, expected = {}, {}
    for name, module in network.named_children():
        module.register_forward_hook(lambda _m, _i, output, name=name: seen.__setitem__(name, output.detach().clone()))
    x = torch.rand(64, 1, 8, 8)
    y = (x.sum((1, 2, 3)) > 32).long()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.5)
    recorder = Recorder(network, folder, every=EVERY, dtype="float32")
    for step in range(STEPS + 1):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimiser.step()
        if step % EVERY == 0:
            expected[step] = {name: statistics(output) for name, output in seen.items()}
            partial = figures + ".part"
            Path(partial).write_text(json.dumps(expected))
            os.replace(partial, figures)
        recorder.step(step)
        time.sleep(PAUSE)
    recorder.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
