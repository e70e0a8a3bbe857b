"""What tests of ways to train share: clones by hooks of their own, and a twin that trains without a recorder."""

import collections
import contextlib
import random
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import torch
from support import Recorder, RecorderTest, read_dump
from torch import Tensor, nn

VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])

Seen = Dict[str, List[Tensor]]
"""What each watched module gave, by path, and what it got under ``<path>.input``; one clone for each call."""


def is_watched(module: nn.Module) -> bool:
    """Whether a module is one that a recorder records by default, as far as the tests' networks have them."""
    name = type(module).__name__
    return "Norm" in name or name in ("ReLU", "GELU", "SiLU", "Tanh", "GELUActivation", "NewGELUActivation", "SiLUActivation")


@contextlib.contextmanager
def watched(model: nn.Module) -> Iterator[Seen]:
    """Clones what goes through a model's normalization layers and activation functions inside the ``with`` block."""
    seen: Seen = collections.defaultdict(list)
    handles = []
    for path, module in model.named_modules():
        if is_watched(module) and "parametrizations." not in path:

            def before(_module: nn.Module, inputs: Any, path: str = path) -> None:
                seen[f"{path}.input"].append(inputs[0].detach().clone())

            def after(_module: nn.Module, _inputs: Any, output: Tensor, path: str = path) -> None:
                seen[path].append(output.detach().clone())

            if "Norm" in type(module).__name__:
                handles.append(module.register_forward_pre_hook(before))
            handles.append(module.register_forward_hook(after))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def key(path: str, call: int) -> str:
    return path if call == 0 else f"{path}#{call}"


def same(before: Any, after: Any) -> bool:
    """Whether two values are equal bit for bit; in nested lists and dicts, too."""
    if isinstance(before, Tensor):
        return before.dtype == after.dtype and torch.equal(before.nan_to_num(), after.nan_to_num())
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(same(value, after[name]) for name, value in before.items())
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(same(a, b) for a, b in zip(before, after))
    return bool(before == after)


def trained_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> Dict[str, Any]:
    """Everything that training leaves behind, apart from losses."""
    return {
        "parameters and buffers": {name: value.clone() for name, value in model.state_dict().items()},
        "gradients": [parameter.grad for parameter in model.parameters() if parameter.grad is not None],
        "optimizer": optimizer.state_dict()["state"],
        "modes": [module.training for module in model.modules()],
        "hooks": [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()],
        "random state": [torch.get_rng_state(), repr(random.getstate())],
    }


Run = Callable[[nn.Module], Tensor]
"""One training step's forward pass, up to the loss."""


class TwinTest(RecorderTest):
    """Trains a network twice from the same seed, once with a recorder, and compares."""

    STEPS, EVERY = 4, 2

    def train(self, build: Callable[[], nn.Module], run: Run, recorded: bool, **options: Any) -> Dict[str, Any]:
        """What training leaves; with a recorder also compares each recorded step with clones by hooks."""
        torch.manual_seed(11)
        random.seed(11)
        model = build()
        recorder: Optional[Recorder] = None
        if recorded:
            recorder = Recorder(model, self.folder, **{"every": self.EVERY, "dtype": "float32", **options})
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        losses, clones = [], {}
        for step in range(self.STEPS):
            optimizer.zero_grad()
            # The twin has the hooks as well: some of PyTorch's fast paths depend on there being any.
            with watched(model) as seen:
                loss = run(model)
            if step % self.EVERY == 0:
                clones[step] = seen
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            if recorder is not None:
                recorder.step(step)
        if recorder is not None:
            recorder.close()
            for step, seen in clones.items():
                self.assert_recorded(self.dump(step), seen)
        return {"losses": losses, **trained_state(model, optimizer)}

    def assert_same_training(self, build: Callable[[], nn.Module], run: Run, **options: Any) -> None:
        plain = self.train(build, run, recorded=False)
        recorded = self.train(build, run, recorded=True, **options)
        for what, before in plain.items():
            self.assertTrue(same(before, recorded[what]), f"{what}: {before} became {recorded[what]}")
        self.assertEqual(self.messages(), [])

    def assert_recorded(self, dump: Tuple[Dict[str, Any], Dict[str, Tensor]], seen: Seen) -> None:
        """Every clone is in the dump, bit for bit, and no call that hooks did not see."""
        metadata, tensors = dump
        notes = metadata["tensors"]
        self.assertTrue(seen, "the hooks saw nothing")
        for path, clones in seen.items():
            is_input = path.endswith(".input")
            layer = path[: -len(".input")] if is_input else path
            for call, clone in enumerate(clones):
                self.assertIn(key(layer, call), notes)
                found = notes[key(layer, call)]["input"] if is_input else key(layer, call)
                self.assertTrue(same(clone, tensors[found]), f"{path}, call {call}")
            self.assertNotIn(key(layer, len(clones)), notes)


def read_step(folder: Any, step: int, rank: int) -> Tuple[Dict[str, Any], Dict[str, Tensor]]:
    """The dump of one rank."""
    return read_dump(folder / f"step_{step:06d}_rank{rank}.safetensors")
