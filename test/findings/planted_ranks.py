"""Faults among several processes that train together: real ones, with gloo, on this machine."""

import multiprocessing
import tempfile
from pathlib import Path
from typing import Callable

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from networks import Cnn, Gpt, Mlp
from registry import RANKS, planted
from training import Expected, Run, adam

Work = Callable[[Run, int, int], None]
"""What a rank does: its run, its rank, and the number of ranks."""


def _together(run: Run, work: Work, ranks: int = 2) -> None:
    """Runs a process for each rank; they write into one folder."""
    with tempfile.TemporaryDirectory() as home:
        meeting = (Path(home) / "meeting").as_uri()
        fork = multiprocessing.get_context("fork")
        processes = [fork.Process(target=_rank, args=(run, work, rank, ranks, meeting)) for rank in range(ranks)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(300)
    if any(process.exitcode != 0 for process in processes):
        raise RuntimeError(f"ranks ended with {[process.exitcode for process in processes]}")


def _rank(run: Run, work: Work, rank: int, ranks: int, meeting: str) -> None:
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=ranks)
    torch.manual_seed(run.seed)
    # The same patterns, but batches of its own.
    images = run.images
    run.images = lambda *arguments, **options: _every(images(*arguments, **options), rank, ranks)
    work(run, rank, ranks)
    distributed.barrier()
    distributed.destroy_process_group()


def _every(batches: "Callable[[int], tuple[Tensor, Tensor]]", rank: int, ranks: int) -> "Callable[[int], tuple[Tensor, Tensor]]":
    """A rank's share of the batches: all make the same, and each uses one of them."""
    return lambda step: [batches(step) for _ in range(ranks)][rank]


def _average_gradients(model: nn.Module, ranks: int) -> Callable[[], None]:
    def average() -> None:
        for parameter in model.parameters():
            distributed.all_reduce(parameter.grad)
            parameter.grad /= ranks

    return average


def _sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), 0.05, 0.9)


@planted
def ranks_without_synchronization(run: Run) -> Expected:
    """Each rank trains alone, because nothing averages the gradients."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Mlp(norm=nn.LayerNorm)
        run.train(model, run.images(), _sgd(model))

    _together(run, work)
    return Expected(RANKS, ["layers.*"], (run.every, run.every))


@planted
def rank_with_other_seed(run: Run) -> Expected:
    """Gradients are averaged, but the ranks began with different weights."""

    def work(run: Run, rank: int, ranks: int) -> None:
        torch.manual_seed(run.seed + rank)
        model = Mlp(norm=nn.LayerNorm)
        run.train(model, run.images(), _sgd(model), synchronize=_average_gradients(model, ranks))

    _together(run, work)
    return Expected(RANKS, ["layers.*"], (0, run.every))


@planted
def rank_changes_a_parameter(run: Run) -> Expected:
    """A bit flips in a γ of one rank in mid-run."""
    at = run.moment()
    k = run.choose.randrange(3)
    bad = run.choose.randrange(2)

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Cnn(norm=nn.BatchNorm2d)
        synchronized = DistributedDataParallel(model)

        def before(step: int) -> None:
            if step == at and rank == bad:
                with torch.no_grad():
                    model.layers[k].norm.weight[1] += 1e-3

        run.train(synchronized, run.images(), _sgd(model), before=before)

    _together(run, work)
    return Expected(RANKS, [f"layers.{k}.norm*"], run.after(at))


@planted
def other_data_on_one_rank(run: Run) -> Expected:
    """The data of one rank are not standardized."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Cnn()
        bad = {"scale": 3.0, "offset": 4.0} if rank == ranks - 1 else {}
        run.train(DistributedDataParallel(model), run.images(**bad), _sgd(model))

    _together(run, work)
    return Expected(RANKS, ["layers.0.*"], (0, 0))


@planted
def small_batches_not_synchronized(run: Run) -> Expected:
    """Two samples a rank, from different classes, and batch norms that each rank computes alone."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Cnn()
        batches = run.images(2)

        def sorted_by_rank(step: int) -> "tuple[Tensor, Tensor]":
            images, labels = batches(step)
            return images + 3.0 * rank, labels

        run.train(DistributedDataParallel(model), sorted_by_rank, _sgd(model))

    _together(run, work)
    return Expected(RANKS, ["layers.0.*"], (0, 0))


@planted
def rank_stops(run: Run) -> Expected:
    """One of the ranks writes nothing from a step on."""
    at = run.moment()

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Mlp(norm=nn.LayerNorm)
        if rank == 1:
            run.steps = at
        run.train(model, run.images(), _sgd(model), max_bytes=2**40)

    _together(run, work)
    first = (at // run.every + 1) * run.every
    return Expected(RANKS, None, (first, first), "[Rr]ank 1")
