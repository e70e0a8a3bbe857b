"""Trains pairs of runs from one seed that differ in one planted thing: ``planted_pairs.py FOLDER SEED`` writes the run with
it to ``FOLDER/NAME-SEED/a`` and the one without to ``…/b``, and what is expected of their comparison to ``…/expected.json``.
"""

import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Optional

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "findings"), str(HERE.parents[1] / "media/recorder")]

from networks import Cnn, Gpt, Mlp  # noqa: E402
from training import Run, adam, warmup  # noqa: E402


class Planted(NamedTuple):
    """``plant`` changes a network before it is trained, or gives what to do before each step."""

    make: Callable[[], nn.Module]
    plant: Callable[[nn.Module], Optional[Callable[[int], None]]]
    layer: Optional[str]
    step: int
    says: str = ""


def _epsilon(model: nn.Module) -> None:
    model.blocks[1].ln1.eps = 1e-3


def _batch_norm_defaults(model: nn.Module) -> None:
    """ε = 10⁻³ and momentum 0.01, as Keras has them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.01


def _tanh_gelu(model: nn.Module) -> None:
    """GELU by its tanh formula, which was the default of other libraries and versions."""
    for block in model.blocks:
        block.act = nn.GELU(approximate="tanh")


def _frozen(model: nn.Module) -> Callable[[int], None]:
    return lambda _: model.layers[1].norm.eval() and None


def _perturbed(model: nn.Module) -> Callable[[int], None]:
    """One element of one layer, in one step."""

    def before(step: int) -> None:
        if step == 25:
            handle = model.layers[2].linear.register_forward_hook(lambda _, __, y: _nudged(y, handle))

    return before


def _nudged(y: torch.Tensor, handle: Any) -> torch.Tensor:
    handle.remove()
    nudge = torch.zeros_like(y)
    nudge[3, 5] = 0.01
    return y + nudge


PLANTED: Dict[str, Planted] = {
    "epsilon": Planted(Gpt, _epsilon, "blocks.1.ln1", 0, "eps is 0.001 here and 0.00001 there"),
    "batch-norm-defaults": Planted(Cnn, _batch_norm_defaults, "layers.0.norm", 0, "eps is 0.001 here"),
    "tanh-gelu": Planted(Gpt, _tanh_gelu, "blocks.0.act", 0),
    "frozen-batch-norm": Planted(Cnn, _frozen, "layers.1.norm", 0, "evaluation mode here and in training mode there"),
    "one-step": Planted(lambda: Mlp(norm=nn.LayerNorm), _perturbed, "layers.2.linear", 25),
    "nothing": Planted(Cnn, lambda _: None, None, 0),
}


def _train(home: Path, seed: int, planted: Planted, name: str) -> None:
    run = Run(home, name, seed, task=1)
    run.folder = home / name
    model = planted.make()
    before = planted.plant(model) if name == "a" else None
    optimizer = adam(model) if planted.make is Gpt else torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    batches = run.tokens(16) if planted.make is Gpt else run.images()
    run.train(model, batches, optimizer, before=before or (lambda _: None), schedule=warmup(10), dtype="float32")


def main(folder: str, seed: str) -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    warnings.simplefilter("ignore")
    for name, planted in PLANTED.items():
        home = Path(folder) / f"{name}-{seed}"
        shutil.rmtree(home, ignore_errors=True)
        for run in ("a", "b"):
            _train(home, int(seed), planted, run)
        expected = {"layer": planted.layer, "step": planted.step, "says": planted.says}
        (home / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")
        print(home.name, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
