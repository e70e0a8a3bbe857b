"""One training run: its random choices, its data, the loop that trains and records, and what is expected of it."""

import dataclasses
import json
import random
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch
from normscope import Recorder
from torch import Tensor, nn
from torch.nn import functional as F

Batches = Callable[[int], Tuple[Tensor, Tensor]]
"""Makes the batch of a step: what the network reads, and the labels."""


@dataclasses.dataclass(frozen=True)
class Expected:
    """What the first lines of the findings have to say of a planted fault.

    A finding counts if it says one of ``causes`` (names of registry.py), its layer is one of ``layers`` (globs over full
    names; none: the fault has no layer), its step is within ``steps`` and, where ``says`` is given, its text has that
    expression.
    """

    causes: Sequence[str]
    layers: Optional[Sequence[str]]
    steps: Tuple[int, int]
    says: Optional[str] = None


class Run:
    """A run to train. ``seed`` draws the weights, the data, and where in the network and when a fault is planted;
    from 100 on also the sizes, so that such a run differs in more than its numbers."""

    def __init__(self, home: Path, name: str, seed: int, task: Optional[int] = None) -> None:
        """``task`` draws what there is to learn; without it, the seed does."""
        self.folder = home / f"{name}-{seed}"
        self.seed = seed
        self.task = task
        self.choose = random.Random(f"{name} {seed}")
        self.varied = seed >= 100
        self.every = self.size(5, [4, 5, 10])
        self.steps = 9 * self.every
        self.losses: List[float] = []
        torch.manual_seed(seed)

    def size(self, usual: Any, varied: Sequence[Any]) -> Any:
        """A size: the usual one, or one of several."""
        return self.choose.choice(varied) if self.varied else usual

    def moment(self) -> int:
        """A step in the middle of the run, at which something goes wrong."""
        return self.choose.randrange(self.steps // 3, 2 * self.steps // 3)

    def recorded_moment(self) -> int:
        """A recorded step in the middle of the run: NaN of one step are in all weights, and so in all layers, at the next."""
        return self.seen(self.moment())

    def seen(self, step: int) -> int:
        """The first recorded step at or after a step."""
        return -(-step // self.every) * self.every

    def after(self, step: int) -> Tuple[int, int]:
        """The recorded step at which a fault of a step shows, as a range of one."""
        return self.seen(step), self.seen(step)

    def images(self, batch: int = 32, scale: float = 1.0, offset: float = 0.0) -> Batches:
        """8 × 8 images of ten classes: a smooth pattern each, moved by up to a pixel, with noise; standardized."""
        task, generator = self._generators()
        coarse = torch.randn(10, 1, 4, 4, generator=task)
        patterns = F.interpolate(coarse, size=(10, 10), mode="bilinear", align_corners=False)

        def batch_of(_: int) -> Tuple[Tensor, Tensor]:
            labels = torch.randint(10, (batch,), generator=generator)
            moves = torch.randint(3, (batch, 2), generator=generator).tolist()
            rows = [patterns[k, :, i : i + 8, j : j + 8] for k, (i, j) in zip(labels.tolist(), moves)]
            noise = 0.5 * torch.randn(batch, 1, 8, 8, generator=generator)
            return (torch.stack(rows) + noise) * scale + offset, labels

        return batch_of

    def tokens(self, batch: int = 8, length: int = 24, vocabulary: int = 32) -> Batches:
        """Sequences in which each token is followed by one of three; the labels are the next tokens."""
        task, generator = self._generators()
        successors = torch.randint(vocabulary, (vocabulary, 3), generator=task)

        def batch_of(_: int) -> Tuple[Tensor, Tensor]:
            sequence = [torch.randint(vocabulary, (batch,), generator=generator)]
            for _ in range(length):
                choice = torch.randint(3, (batch,), generator=generator)
                sequence.append(successors[sequence[-1], choice])
            tokens = torch.stack(sequence, 1)
            return tokens[:, :-1], tokens[:, 1:]

        return batch_of

    def _generators(self) -> Tuple[torch.Generator, torch.Generator]:
        """What draws the task, and what draws batches of it."""
        draws = torch.Generator().manual_seed(self.seed + 1)
        return (draws if self.task is None else torch.Generator().manual_seed(self.task)), draws

    def pretrain(self, model: nn.Module, steps: int = 60) -> None:
        """Trains on images without recording."""
        batches = self.images()
        optimizer = torch.optim.SGD(model.parameters(), 0.05, 0.9)
        for step in range(steps):
            images, labels = batches(step)
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def train(
        self,
        model: nn.Module,
        batches: Batches,
        optimizer: Optional[torch.optim.Optimizer] = None,
        *,
        before: Callable[[int], None] = lambda _: None,
        forward: Optional[Callable[[Tensor], Tensor]] = None,
        schedule: Optional[Callable[[int], float]] = None,
        synchronize: Callable[[], None] = lambda: None,
        passes: int = 1,
        until: Optional[int] = None,
        **options: Any,
    ) -> None:
        """Trains for the run's steps and records. ``before`` runs before each step; ``schedule`` gives a factor of the
        learning rate; ``synchronize`` runs between the backward pass and the optimizer's step."""
        optimizer = optimizer or torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
        rates = [group["lr"] for group in optimizer.param_groups]
        options.setdefault("every", self.every)
        with Recorder(model, self.folder, **options) as recorder:
            for step in range(self.steps + 1):
                before(step)
                for group, rate in zip(optimizer.param_groups, rates):
                    group["lr"] = rate * (1.0 if schedule is None else schedule(step))
                optimizer.zero_grad()
                for _ in range(passes):
                    x, labels = batches(step)
                    loss = _loss((forward or model)(x).float(), labels) / passes
                    loss.backward()
                synchronize()
                optimizer.step()
                self.losses.append(loss.item())
                recorder.step(step)
                if step == until:
                    recorder.close()

    def write(self, expected: Optional[Expected]) -> None:
        """Writes beside the run's folder what is expected of it, and how its loss went."""
        few = max(1, len(self.losses) // 10)
        document: Dict[str, Any] = {
            "torch": torch.__version__.split("+")[0],
            "first": _mean(self.losses[:few]),
            "last": _mean(self.losses[-few:]),
            "expected": None if expected is None else dataclasses.asdict(expected),
        }
        path = self.folder.with_suffix(".json")
        path.write_text(json.dumps(document, allow_nan=False) + "\n", encoding="utf-8")


def _loss(outputs: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy with class labels, or the squared error where the labels are values."""
    if labels.is_floating_point():
        return F.mse_loss(outputs, labels)
    return F.cross_entropy(outputs.flatten(0, -2), labels.flatten())


def _mean(losses: List[float]) -> Optional[float]:
    """The mean loss; none where it is not a number."""
    mean = sum(losses) / len(losses) if losses else float("nan")
    return mean if abs(mean) < float("inf") else None


def adam(model: nn.Module, rate: float = 3e-3, decay: float = 0.0) -> torch.optim.Optimizer:
    """AdamW, as transformers are trained."""
    return torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)


def warmup(steps: int) -> Callable[[int], float]:
    """A learning rate that grows linearly to its full height."""
    return lambda step: min(1.0, (step + 1) / steps)


@torch.no_grad()
def fill(parameter: Tensor, value: float) -> None:
    """Sets all of a parameter."""
    parameter.fill_(value)


@torch.no_grad()
def multiply(parameter: Tensor, factor: float) -> None:
    """Multiplies a parameter."""
    parameter.mul_(factor)
