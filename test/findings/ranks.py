"""Several processes that train together: real ones, with gloo, on this machine."""

import json
import multiprocessing
import tempfile
from pathlib import Path
from typing import Any, Callable

import torch
from torch import distributed
from training import Batches, Run

Work = Callable[[Run, int, int], None]
"""What a rank does: its run, its rank, and the number of ranks."""


def train_together(run: Run, work: Work, ranks: int = 2) -> None:
    """Runs a process for each rank; they write into one folder."""
    with tempfile.TemporaryDirectory() as home:
        meeting = (Path(home) / "meeting").as_uri()
        fork = multiprocessing.get_context("fork")
        losses = Path(home) / "losses.json"
        arguments = [(run, work, rank, ranks, meeting, losses) for rank in range(ranks)]
        processes = [fork.Process(target=_rank, args=each) for each in arguments]
        for process in processes:
            process.start()
        for process in processes:
            process.join(300)
        if any(process.exitcode != 0 for process in processes):
            raise RuntimeError(f"ranks ended with {[process.exitcode for process in processes]}")
        run.losses = json.loads(losses.read_text(encoding="utf-8"))


def _rank(run: Run, work: Work, rank: int, ranks: int, meeting: str, losses: Path) -> None:
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=ranks)
    torch.manual_seed(run.seed)
    # The same patterns, but batches of its own.
    images = run.images

    def of_this_rank(*arguments: Any, **options: Any) -> Batches:
        return _every(images(*arguments, **options), rank, ranks)

    run.images = of_this_rank
    work(run, rank, ranks)
    if rank == 0:
        losses.write_text(json.dumps(run.losses), encoding="utf-8")
    distributed.barrier()
    distributed.destroy_process_group()


def _every(batches: Batches, rank: int, ranks: int) -> Batches:
    """A rank's share of the batches: all make the same, and each uses one of them."""
    return lambda step: [batches(step) for _ in range(ranks)][rank]
