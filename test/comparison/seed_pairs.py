"""Trains pairs of runs of one kind: ``seed_pairs.py FOLDER PAIRS`` writes ``FOLDER/seeds-NETWORK-K/a`` and ``…/b``, two seeds
of a network, and ``FOLDER/data-NETWORK-K/a`` and ``…/b``, one trained network on other batches of its data, for K below PAIRS.
"""

import shutil
import sys
import warnings
from pathlib import Path
from typing import Callable, Dict, Tuple

import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "findings"), str(HERE.parents[1] / "media/recorder")]

from networks import Cnn, Gpt, Mlp  # noqa: E402
from normscope import Recorder  # noqa: E402
from training import Batches, Run, adam, warmup  # noqa: E402

EVERY = 15
Make = Callable[[Run], Tuple[nn.Module, Batches, torch.optim.Optimizer]]


def _cnn(run: Run) -> Tuple[nn.Module, Batches, torch.optim.Optimizer]:
    model = Cnn()
    return model, run.images(), torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)


def _mlp(run: Run) -> Tuple[nn.Module, Batches, torch.optim.Optimizer]:
    model = Mlp(norm=nn.LayerNorm)
    return model, run.images(64), torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)


def _gpt(run: Run) -> Tuple[nn.Module, Batches, torch.optim.Optimizer]:
    model = Gpt()
    return model, run.tokens(16), adam(model)


NETWORKS: Dict[str, Make] = {"cnn": _cnn, "mlp": _mlp, "gpt": _gpt}


def _pair_of_seeds(folder: Path, make: Make, pair: int) -> None:
    for name, seed in (("a", 2 * pair), ("b", 2 * pair + 1)):
        run = Run(folder, name, seed, task=1)
        run.folder = folder / name
        model, batches, optimizer = make(run)
        run.train(model, batches, optimizer, schedule=warmup(10), every=EVERY)


def _pair_of_batches(folder: Path, make: Make, pair: int) -> None:
    run = Run(folder, "a", pair, task=1)
    model, batches, optimizer = make(run)
    for step in range(3 * EVERY):
        x, labels = batches(step)
        optimizer.zero_grad()
        F.cross_entropy(model(x).flatten(0, -2), labels.flatten()).backward()
        optimizer.step()
    for name in ("a", "b"):
        with Recorder(model, folder / name, every=1) as recorder:
            for step in range(4):
                model(batches(step)[0])
                recorder.step(step)


def main(folder: str, pairs: str) -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    warnings.simplefilter("ignore")
    for pair in range(int(pairs)):
        for network, make in NETWORKS.items():
            for kind, train in (("seeds", _pair_of_seeds), ("data", _pair_of_batches)):
                home = Path(folder) / f"{kind}-{network}-{pair}"
                shutil.rmtree(home, ignore_errors=True)
                train(home, make, pair)
                print(home.name, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
