"""Faults among several processes that train together."""

from typing import Callable

import torch
from networks import Cnn, Mlp
from ranks import train_together
from registry import RANKS, planted
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from training import Expected, Run


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

    train_together(run, work)
    return Expected(RANKS, ["layers.*"], (run.every, run.every))


@planted
def rank_with_other_checkpoint(run: Run) -> Expected:
    """Gradients are averaged, but one rank went on from other weights than the others."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Mlp(norm=nn.LayerNorm)
        run.pretrain(model)
        run.train(model, run.images(), _sgd(model), synchronize=_average_gradients(model, ranks))

    train_together(run, work)
    return Expected(RANKS, ["layers.0.*"], (0, 0))


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

    train_together(run, work)
    return Expected(RANKS, [f"layers.{k}.norm*"], run.after(at))


@planted
def other_data_on_one_rank(run: Run) -> Expected:
    """The data of one rank are not standardized."""

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Cnn()
        bad = {"scale": 3.0, "offset": 4.0} if rank == ranks - 1 else {}
        run.train(DistributedDataParallel(model), run.images(**bad), _sgd(model))

    train_together(run, work)
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

    train_together(run, work)
    return Expected(RANKS, ["layers.0.*"], (0, 0))


@planted
def rank_stops(run: Run) -> Expected:
    """One of the ranks writes nothing from a step on."""
    at = run.moment()

    def work(run: Run, rank: int, ranks: int) -> None:
        model = Mlp(norm=nn.LayerNorm)
        until = at if rank == 1 else None
        run.train(DistributedDataParallel(model), run.images(), _sgd(model), until=until)

    train_together(run, work)
    first = (at // run.every + 1) * run.every
    return Expected(RANKS, None, (first, first), "[Rr]ank 1")
