"""Normscope's recorder: writes what a PyTorch model's normalization layers see while it trains.

    from normscope import Recorder

    recorder = Recorder(model, "runs/bn", every=100)
    for step, (x, y) in enumerate(loader):
        loss = train_step(x, y)
        recorder.step(step)

Open the folder ``runs/bn`` in VS Code with *Normscope: Open Activation Run*; it may still be growing.

This one file is all there is to install: copy it beside your script. It needs PyTorch 1.13 or later and nothing else.
Training is bit for bit the same with it as without: nothing is changed, no random number is drawn, and every failure
ends in one warning. ``python -m normscope --selftest`` tries it out.

What is written, once for each step that records:

- ``step_000100.safetensors`` (``step_000100_rank3.safetensors`` for rank 3 of several): the output of a module under its
  path, the input of a normalization layer under ``<path>.input`` (or under the name of the module whose output it is),
  a second call of a shared module under ``<name>#1``; and γ, β and running statistics of normalization layers under
  ``<path>.weight``, ``.bias``, ``.running_mean`` and ``.running_var``, as they were in the forward pass. Running
  statistics are those after it, so in train mode they hold the recorded batch already.
- ``normscope.json``: what is known of each layer: module type and class, axes, ε, groups, momentum and the module's
  other numbers, line of source.

Files appear under their name only once they are complete.
"""

from __future__ import annotations

import ast
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import fnmatch
import functools
import importlib
import inspect
import json
import math
import mmap
import os
import random
import re
import sys
import threading
import time
import uuid
import warnings
import weakref
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import torch
import torch.nn.utils.parametrize
from torch import Tensor, nn

__version__ = "1.0.0"
__all__ = ["Recorder"]

Layers = Union[str, type, Callable[[str, nn.Module], bool], Sequence[Union[str, type]]]
"""Which modules to record: globs over their paths (``"*.bn1"``), types, or a predicate of path and module."""


class Recorder:
    """Records activations of ``model`` into ``folder``, at the steps that ``every`` chooses.

    Call :meth:`step` once after every training step. The forward passes between two calls belong to the step that the
    second one names. Hooks exist only while a step records; between such steps the model is untouched.

    Args:
        model: a module; wrappers such as ``DistributedDataParallel`` and ``torch.compile`` are seen through. A compiled
            model runs uncompiled on the steps that record.
        folder: the run's folder; made where it is missing. Steps that are there already are kept, so that a run that
            was interrupted goes on.
        every: record the steps that are multiples of it, and the very first one.
        layers: which modules; by default normalization layers with their inputs, the modules that feed them, and
            activation functions.
        probe: the same held-out batch at every step that records, in place of what the model is trained on: that
            separates a change of parameters from a change of data. What the model is called with: a tensor, a tuple of
            arguments, a dict of keyword arguments, or a function that is called with the model. It runs without
            gradients and leaves no trace: buffers, running statistics, random state and flags are as before.
        probe_mode: ``"eval"`` or ``"train"``: which mode the model is in while the probe runs.
        max_samples: how many samples of a batch to keep; all by default.
        dtype: ``"bfloat16"`` or ``"float32"``; tensors that are as small already stay as they are.
        max_bytes: recording ends before the run's files exceed this, over all ranks.
        max_calls: how many calls of one module to keep at one step.
        phases: ``"train"``, ``"eval"``: forward passes with the model in these modes are recorded.
        summarize: keep distributions in place of values, kilobytes for each tensor: for activations that are too large
            to keep. They are computed where the activations are, for every normalization method, with the layer's own
            ε and groups (else 1e-5 and 32), which cannot be changed afterwards.
        overwrite: replace steps that are there already.
    """

    def __init__(
        self,
        model: nn.Module,
        folder: Union[str, "os.PathLike[str]"],
        *,
        every: int = 100,
        layers: Optional[Layers] = None,
        probe: Any = None,
        probe_mode: str = "eval",
        max_samples: Optional[int] = None,
        dtype: Union[str, torch.dtype] = "bfloat16",
        max_bytes: int = 4 * 2**30,
        max_calls: int = 8,
        phases: Sequence[str] = ("train",),
        summarize: bool = False,
        overwrite: bool = False,
    ) -> None:
        if every < 1:
            raise ValueError(f"every={every}: expected a whole number from 1.")
        if max_samples is not None and max_samples < 1:
            raise ValueError(f"max_samples={max_samples}: expected a whole number from 1.")
        if probe_mode not in PHASES or isinstance(phases, str) or not set(phases) <= set(PHASES):
            raise ValueError(f"phases={phases!r}, probe_mode={probe_mode!r}: expected 'train' and 'eval'.")
        self.model = model
        self.folder = Path(folder)
        self.every = every
        self._choose = _predicate(layers)
        self._probe = probe
        self._probe_mode = probe_mode
        self._phases = tuple(phases) if probe is None else (probe_mode,)
        self._max_bytes = max_bytes
        self._overwrite = overwrite
        self._options = _Options(max_samples, _dtype_named(dtype), max_calls, summarize)
        self._facts = _Facts(_unwrapped(model), _caller(model))
        self._writer = _Writer(self.folder)
        self._capture: Optional[_Capture] = None
        self._previous: Optional[int] = None
        self._stride = 1
        self._warned: set = set()
        self._off = False
        with self._guard("The run's folder cannot be looked at"):
            self._used = self._writer.resume(_rank())
            self._is_new = not any(self.folder.glob(f"step_*{_rank_suffix()}.safetensors"))
        if sys.byteorder != "little":
            self._stop("Recording needs a little-endian machine.")
        if probe is None:
            with self._guard("The model cannot be recorded"):
                self._arm()

    def step(self, step: Optional[int] = None) -> None:
        """Says that training step ``step`` (by default one more than the last) is done; call it after each.

        Writes what was recorded since the last call where this step records, and prepares for the next. With a probe,
        the probe runs here, on the parameters as they are now.
        """
        if self._off:
            return
        with self._guard("This step was not recorded"):
            step = int(step) if step is not None else (0 if self._previous is None else self._previous + 1)
            self._end_of_step(step)
            self._previous = step

    @contextlib.contextmanager
    def recording(self, step: int) -> Iterator[None]:
        """Records what runs inside the ``with`` block as step ``step``, whatever ``every`` says; for loops of your own."""
        if not self._off:
            with self._guard("This step was not recorded"):
                self._arm()
        try:
            yield
        finally:
            if not self._off:
                with self._guard("This step was not recorded"):
                    self._write(step)

    def flush(self) -> None:
        """Waits until everything that was recorded is written."""
        self._writer.flush()
        self._report_failures()

    def close(self) -> None:
        """Ends recording and waits until everything is written."""
        self._off = True
        self._disarm()
        self.flush()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # When to record

    def _end_of_step(self, step: int) -> None:
        if self._previous is not None and step > self._previous:
            self._stride = step - self._previous
        if self._records(self._previous, step):
            if self._probe is not None:
                self._run_probe()
            if self._capture is not None:
                self._write(step)
        self._disarm()
        if self._off or self._probe is not None:
            return
        upcoming = step + self._stride
        if self._records(step, upcoming) and (self._overwrite or not self._paths(upcoming)[0].exists()):
            self._arm()

    def _records(self, previous: Optional[int], step: int) -> bool:
        """Whether the steps after ``previous`` up to ``step`` hold a multiple of ``every``; or the run's first."""
        if previous is None:
            return step % self.every == 0 or self._is_new
        return step // self.every > previous // self.every

    def _arm(self) -> None:
        self._disarm()
        if not self._off:
            room = self._max_bytes // _world_size() - self._used
            memory = self._writer.memory
            self._capture = _Capture(self.model, self._choose, self._options, self._phases, self._facts, room, memory)

    def _disarm(self) -> None:
        if self._capture is not None:
            self._capture.close()
        self._capture = None

    def _run_probe(self) -> None:
        self._arm()
        with _undisturbed(self.model, self._probe_mode) as model:
            _call(model, self._probe)

    # What is written

    def _paths(self, step: int) -> List[Path]:
        """A file for each phase; the phase is part of the name where there are several."""
        several = len(self._phases) > 1
        return [
            self.folder / f"step_{step:06d}{f'_{phase}' if several else ''}{_rank_suffix()}.safetensors"
            for phase in self._phases
        ]

    def _write(self, step: int) -> None:
        capture = self._capture
        self._disarm()
        if capture is None or step < 0:
            return
        self._report_failures()
        if self._off:
            return
        for problem in capture.problems:
            self._warn(problem)
        if capture.is_empty():
            self._warn(
                f"Nothing was recorded at step {step}: no chosen layer ran in the phase {' or '.join(self._phases)}."
            )
            return
        if capture.is_full:
            self._stop(
                f"The run's files would exceed max_bytes={self._max_bytes}; recording ended before step {step}."
            )
            return
        document = self._facts.document(capture.order) if _rank() == 0 else None
        for phase, path in zip(self._phases, self._paths(step)):
            records = capture.phases[phase]
            if not records.tensors:
                continue
            if path.exists() and not self._overwrite:
                self._warn(f"{path} was there already and is kept (overwrite=True would replace it).")
                continue
            mark: Dict[str, Any] = {"step": step, "phase": phase}
            if _world_size() > 1:
                mark["rank"] = _rank()
            if self._probe is not None:
                mark["probe"] = True
            self._used += sum(_nbytes(tensor) for tensor in records.tensors.values())
            self._writer.submit(path, records, mark, document)
        self._is_new = False

    # Trouble

    @contextlib.contextmanager
    def _guard(self, what: str) -> Iterator[None]:
        """Turns every failure inside into a warning, and ends recording."""
        try:
            yield
        except Exception as error:  # Whatever it is: it must not end a training run.
            self._stop(f"{what}, and recording ends: {type(error).__name__}: {error}")

    def _stop(self, why: str) -> None:
        self._off = True
        self._disarm()
        self._warn(why)

    def _report_failures(self) -> None:
        failures = self._writer.failures
        if failures:
            path, error = failures[0]
            self._warn(
                f"{path} could not be written: {error}. Training goes on; later steps are tried, "
                f"until {_Writer.PATIENCE} in a row fail.",
                "write",
            )
        if self._writer.in_a_row >= _Writer.PATIENCE:
            self._off = True
            self._disarm()

    def _warn(self, message: str, kind: Optional[str] = None) -> None:
        """Warns, once for each kind of message; also where warnings are errors."""
        kind = kind or re.sub(r"\d+", "", message)
        if kind in self._warned:
            return
        self._warned.add(kind)
        try:
            warnings.warn(f"normscope: {message}", stacklevel=2)
        except Warning:
            print(f"normscope: {message}", file=sys.stderr)


PHASES = ("train", "eval")


@dataclasses.dataclass(frozen=True)
class _Options:
    max_samples: Optional[int]
    dtype: torch.dtype
    max_calls: int
    summarize: bool


def _dtype_named(dtype: Union[str, torch.dtype]) -> torch.dtype:
    named = {"bfloat16": torch.bfloat16, "float32": torch.float32}
    found = named.get(str(dtype).replace("torch.", ""))
    if found is None:
        raise ValueError(f"dtype={dtype!r}: expected 'bfloat16' or 'float32'.")
    return found


def _rank() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank()
    return int(os.environ.get("RANK", "0")) if _world_size() > 1 else 0


def _world_size() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_world_size()
    return int(os.environ.get("WORLD_SIZE", "1"))


def _rank_suffix() -> str:
    return f"_rank{_rank()}" if _world_size() > 1 else ""


# Which modules


def is_normalization(module: nn.Module) -> bool:
    """Whether a module is a normalization layer: one of torch.nn's, or one whose type is named like one."""
    known = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, getattr(nn, "RMSNorm", nn.LayerNorm))
    return isinstance(module, known) or (
        re.search(r"(Batch|Layer|Group|Instance|RMS)_?Norm", _kind_name(module)) is not None
        and not any(is_normalization(child) for _, child in _children(module))
    )


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation function: one of torch.nn's, or one without parameters that is named like one."""
    name = _kind_name(module)
    if _class_of(module).__module__ == "torch.nn.modules.activation":
        return re.search(r"Attention|[Ss]oftmax|Softmin", name) is None
    named = re.search(r"(ReLU|GELU|SiLU|Swish|Mish|Sigmoid|Tanh|ELU)\w*$", name) is not None
    return named and not list(_attribute(module, "_parameters") or ()) and not _children(module)


def _kind_name(module: nn.Module) -> str:
    """The name of a module's class; of a compiled script, that of the class it was made from."""
    if _is_script(module):
        return str(_attribute(module, "original_name"))
    return _class_of(module).__name__


def _is_script(module: nn.Module) -> bool:
    return isinstance(module, torch.jit.ScriptModule)


def _class_of(module: nn.Module) -> type:
    """A module's class without the ones that torch.nn.utils.parametrize and fully_shard put before it."""
    added = ("torch.nn.utils.parametrize", "torch.distributed.")
    return next((kind for kind in type(module).__mro__ if not kind.__module__.startswith(added)), type(module))


def _attribute(value: Any, name: str) -> Any:
    """An attribute, or None where it is missing or its property raises."""
    try:
        return getattr(value, name, None)
    except Exception:  # A module may raise whatever it likes.
        return None


def _children(module: nn.Module) -> List[Tuple[str, nn.Module]]:
    """The child modules and their names, without those that compute parameters (torch.nn.utils.parametrize).

    Reads the dictionary that holds them: a module's own ``children``, ``__len__`` and ``__hash__`` may do anything.
    """
    try:
        named = list((module._modules if _is_script(module) else vars(module)["_modules"]).items())
    except Exception:
        return []
    return [(name, child) for name, child in named if child is not None and not _computes_parameters(name, child)]


def _computes_parameters(name: str, child: nn.Module) -> bool:
    lists = vars(child).get("_modules", {}).values() if name == "parametrizations" else ()
    return any(isinstance(each, nn.utils.parametrize.ParametrizationList) for each in lists)


def _predicate(layers: Optional[Layers]) -> Optional[Callable[[str, nn.Module], bool]]:
    """Whether a module is recorded; None where the default holds."""
    if layers is None:
        return None
    if callable(layers) and not isinstance(layers, type):
        return layers
    several = [layers] if isinstance(layers, (str, type)) else list(layers)
    types = tuple(each for each in several if isinstance(each, type))
    globs = [each for each in several if isinstance(each, str)]
    if len(types) + len(globs) < len(several):
        raise ValueError(f"layers={layers!r}: expected globs, module types or a predicate.")
    return lambda path, module: isinstance(module, types) or any(fnmatch.fnmatchcase(path, glob) for glob in globs)


WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""Names of children that only wrappers add."""


def _unwrapped(model: nn.Module) -> nn.Module:
    """The model inside of torch.compile, DistributedDataParallel and DataParallel."""
    parallel = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    while True:
        inner = dict(_children(model)).get("module" if isinstance(model, parallel) else "_orig_mod")
        if inner is None:
            return model
        model = inner


@dataclasses.dataclass(frozen=True, eq=False)
class _Node:
    """A module in its place in the model."""

    path: str
    """Without what wrappers add; the model itself is ``model``."""
    name: str
    module: nn.Module
    parent: Optional["_Node"]


def _nodes(model: nn.Module) -> Iterator[_Node]:
    """Each module once, by identity, parents before children, in the order of ``named_modules``."""
    seen = set()
    pending = [_Node("model", "", model, None)]
    while pending:
        node = pending.pop()
        if id(node.module) in seen:
            continue
        seen.add(id(node.module))
        yield node
        prefix = "" if _is_root(node) else f"{node.path}."
        for name, child in reversed(_children(node.module)):
            path = node.path if name in WRAPPERS else f"{prefix}{name}"
            pending.append(_Node(path, name, child, node))


def _is_root(node: _Node) -> bool:
    """Whether a node is the model, or the model inside of a wrapper."""
    while node.parent is not None and node.name in WRAPPERS:
        node = node.parent
    return node.parent is None


# What runs while a step records


@dataclasses.dataclass
class _Records:
    """Tensors of one phase, by key, in the order in which the layers ran; and what is said of them."""

    tensors: Dict[str, Tensor] = dataclasses.field(default_factory=dict)
    parameters: Dict[str, Tensor] = dataclasses.field(default_factory=dict)
    notes: Dict[str, Dict[str, Any]] = dataclasses.field(default_factory=dict)
    parameter_notes: Dict[str, Dict[str, str]] = dataclasses.field(default_factory=dict)
    summaries: Dict[str, Dict[str, Any]] = dataclasses.field(default_factory=dict)
    calls: Dict[str, int] = dataclasses.field(default_factory=dict)
    order: Dict[str, int] = dataclasses.field(default_factory=dict)
    """When each layer's first tensor was made, as a number that only grows."""
    events: List[Any] = dataclasses.field(default_factory=list)
    arena: Optional["_Arena"] = None


class _Origin:
    """Which module made a tensor; good until the tensor is changed in place."""

    def __init__(self, tensor: Tensor, layer: str, call: int, time: int) -> None:
        self.tensor = weakref.ref(tensor)
        self.version = _version(tensor)
        self.layer = layer
        self.call = call
        self.time = time


class _Origins:
    """The origins of the tensors that exist.

    A backward hook on a module hands its tensors on as views of themselves, and so may a model: what has the same
    place, shape and strides in the same base is taken for the same tensor.
    """

    def __init__(self) -> None:
        self._of: Dict[Any, Tuple[Any, _Origin]] = {}

    def add(self, tensor: Tensor, origin: _Origin) -> None:
        self._of[id(tensor)] = origin.tensor, origin
        base = _base(tensor)
        if base is not None:
            self._of[(id(base), *_place_in_base(tensor))] = weakref.ref(base), origin

    def find(self, tensor: Tensor) -> Optional[_Origin]:
        owner, origin = self._of.get(id(tensor), (None, None))
        if owner is not None and owner() is tensor:
            return origin
        base = _base(tensor)
        if base is None:
            return None
        owner, origin = self._of.get((id(base), *_place_in_base(tensor)), (None, None))
        if owner is not None and owner() is base:
            return origin
        owner, origin = self._of.get(id(base), (None, None))
        is_whole = owner is not None and owner() is base and _place_in_base(base) == _place_in_base(tensor)
        return origin if is_whole else None

    def clear(self) -> None:
        self._of.clear()


def _base(tensor: Tensor) -> Optional[Tensor]:
    return tensor._base if tensor._is_view() else None


def _place_in_base(tensor: Tensor) -> Tuple[Any, ...]:
    return tensor.dtype, tensor.shape, tensor.stride(), tensor.storage_offset()


@dataclasses.dataclass(frozen=True, eq=False)
class _Watched:
    """A module whose calls are looked at: one that is recorded, or one that may feed a normalization layer."""

    node: _Node
    is_chosen: bool
    is_normalization: bool


@dataclasses.dataclass(eq=False)
class _Call:
    """A call of a watched module that is under way."""

    watched: _Watched
    module: int
    frame: int
    """Identity of the frame that calls the hooks before and after forward."""
    records: _Records
    number: int
    input_key: Optional[str] = None
    given: Optional[Tuple[Any, int]] = None
    """The tensor that a pre-hook may yet replace or change, and its version before."""
    last_hook: Optional["_LastHook"] = None
    handle: Any = None


class _LastHook:
    """A forward hook for one call. It comes after the module's own, so that it sees what leaves the module."""

    def __init__(self, capture: "_Capture") -> None:
        self._capture = weakref.ref(capture)

    def __call__(self, module: nn.Module, arguments: Tuple[Any, ...], output: Any) -> None:
        capture = self._capture()
        if capture is not None:
            capture._after_other_hooks(self, module, arguments, output, sys._getframe(1))

    # A copy of the module in mid-call gets a hook that does nothing.

    def __deepcopy__(self, _: Any) -> Callable[..., None]:
        return _does_nothing

    def __reduce__(self) -> Tuple[Any, ...]:
        return _inert_hook, ()


def _inert_hook() -> Callable[..., None]:
    return _does_nothing


def _does_nothing(*_: Any) -> None:
    pass


class _Capture:
    """Hooks on a model, from construction to :meth:`close`, and what they collect.

    The hooks are PyTorch's global ones, which see every module and belong to none, so that a model that is copied or
    pickled meanwhile carries nothing along. They hold the capture weakly: a capture that is dropped removes them.
    """

    def __init__(
        self,
        model: nn.Module,
        choose: Optional[Callable[[str, nn.Module], bool]],
        options: _Options,
        phases: Sequence[str],
        facts: "_Facts",
        room: int,
        memory: "_Memory",
    ) -> None:
        self.phases = {phase: _Records() for phase in phases}
        self.is_full = False
        self._model = _unwrapped(model)
        self._options = options
        self._facts = facts
        self._room = room
        self._memory = memory
        self._problems: Dict[str, Tuple[str, set]] = {}
        self._time = 0
        self._origins = _Origins()
        self._under_way = threading.local()
        self._lock = threading.RLock()
        self._first_device = _first_device(model)
        self._identity = id if self._first_device is None else _identity_of_replicas
        self._watched: Dict[int, _Watched] = {}
        for node in _nodes(self._model):
            with self._guard(node.path):
                watched = _watch(node, choose)
                if watched is None:
                    continue
                self._watched[self._identity(node.module)] = watched
                if watched.is_chosen and node.parent is not None and _is_script(node.parent.module):
                    self._tell(node.parent.path, "is compiled by TorchScript: the layers inside it are not recorded.")
        self._last_hooks: Dict[int, Any] = {}
        undo = contextlib.ExitStack()
        self._end = weakref.finalize(self, undo.close)
        self._end.atexit = False
        undo.enter_context(_every_module_called(model, phases))
        undo.callback(_remove_all, self._last_hooks)
        self._hook_ids = self._hook(undo)

    def _hook(self, undo: contextlib.ExitStack) -> Tuple[int, int]:
        """Registers the global hooks and gives their ids."""
        weakly, watched, identity = weakref.ref(self), self._watched, self._identity

        def before(module: nn.Module, arguments: Tuple[Any, ...]) -> None:
            if identity(module) in watched:
                capture = weakly()
                if capture is not None:
                    capture._before(module, arguments, sys._getframe(1))

        def after(module: nn.Module, arguments: Tuple[Any, ...], output: Any) -> None:
            if identity(module) in watched:
                capture = weakly()
                if capture is not None:
                    capture._after(module, arguments, output, sys._getframe(1))

        for hook in (before, after):
            setattr(hook, RECORDER_MARK, True)
        hooks = nn.modules.module
        handles = hooks.register_module_forward_pre_hook(before), hooks.register_module_forward_hook(after)
        for handle in handles:
            undo.callback(handle.remove)
        return handles[0].id, handles[1].id

    def close(self) -> None:
        """Removes the hooks."""
        self._end()
        self._origins.clear()

    def is_empty(self) -> bool:
        return not any(records.tensors for records in self.phases.values())

    @property
    def order(self) -> List[str]:
        """The layers in the order in which they first ran; those of a later phase only beside their neighbors."""
        merged: List[str] = []
        for records in self.phases.values():
            merged = _merged_order(merged, sorted(records.order, key=lambda layer: records.order[layer]))
        return merged

    # Before and after a module

    def _before(self, module: nn.Module, arguments: Tuple[Any, ...], frame: Any) -> None:
        watched = self._watched[self._identity(module)]
        path, most = watched.node.path, self._options.max_calls
        under_way = self._calls_under_way(frame)
        records = self.phases.get("train" if _attribute(self._model, "training") else "eval")
        if self.is_full or records is None or records.calls.get(path, 0) > most:
            return
        with self._guard(path):
            if _is_traced() or _is_recomputed(frame):
                return
            if _is_transformed():
                if watched.is_chosen:
                    self._tell(path, "ran inside of torch.func (grad, vmap and the like), where it is not recorded.")
                return
            number = records.calls.get(path, 0)
            records.calls[path] = number + 1
            if number >= most:
                if watched.is_chosen:
                    self._tell(path, f"ran more than max_calls={most} times in one step; later calls are not recorded.")
                return
            call = _Call(watched, id(module), id(frame), records, number)
            under_way.append(call)
            is_last = self._come_last(module, call)
            if watched.is_normalization:
                tensor = _input_of(module, arguments, frame)
                if is_last and tensor is not None:
                    call.input_key = self._keep_input(call, module, tensor)
                elif not is_last:
                    call.given = (None, 0) if tensor is None else (weakref.ref(tensor), _version(tensor))

    def _come_last(self, module: nn.Module, call: _Call) -> bool:
        """Has this call's output taken after all other forward hooks; and whether the pre-hook was the last one."""
        hooks = nn.modules.module
        was_last = _is_last(hooks._global_forward_pre_hooks, self._hook_ids[0])
        _is_last(hooks._global_forward_hooks, self._hook_ids[1])
        if _attribute(module, "_forward_hooks"):
            call.last_hook = _LastHook(self)
            call.handle = nn.Module.register_forward_hook(module, call.last_hook)
            self._last_hooks[id(call.handle)] = call.handle
        return was_last and not _attribute(module, "_forward_pre_hooks")

    def _after(self, module: nn.Module, arguments: Tuple[Any, ...], output: Any, frame: Any) -> None:
        call = self._call_from(frame)
        if call is None:
            return
        if call.watched.is_normalization:
            with self._guard(call.watched.node.path, "has parameters that were not recorded"):
                self._keep_parameters(call, module)
        if call.last_hook is None:
            self._finish(call, module, arguments, output, frame)

    def _after_other_hooks(
        self, hook: _LastHook, module: nn.Module, arguments: Tuple[Any, ...], output: Any, frame: Any
    ) -> None:
        """A hook may see other calls too: of the module inside of itself, and of replicas, which share their hooks."""
        call = self._call_from(frame)
        if call is not None and call.last_hook is hook:
            self._finish(call, module, arguments, output, frame)

    def _finish(self, call: _Call, module: nn.Module, arguments: Tuple[Any, ...], output: Any, frame: Any) -> None:
        path = call.watched.node.path
        with self._guard(path):
            self._end_call(call)
            source = _input_of(module, arguments, frame)
            if call.given is not None:
                call.input_key = self._keep_late_input(call, module, source)
            source_layer = self._layer_of(source)
            named, is_all = _tensors_in(output)
            if not is_all:
                self._tell(path, f"was recorded in part: its output has more than {MAX_PARTS} parts.")
            for suffix, tensor in named:
                layer = path if len(named) == 1 else f"{path}{suffix}"
                self._time += 1
                with self._guard(layer, "is not described"):
                    node, declare = call.watched.node, call.watched.is_chosen
                    if _unfit(tensor) is None:
                        self._facts.add_output(layer, node, suffix, tensor, source_layer, source, declare)
                if call.watched.is_chosen:
                    self._keep(call.records, layer, call.number, self._time, module, tensor, call.input_key)
                self._origins.add(tensor, _Origin(tensor, layer, call.number, self._time))

    # Calls under way

    def _calls_under_way(self, frame: Any) -> List[_Call]:
        """Those of this thread around ``frame``, innermost last, without the ones that ended with an exception.

        Frames are not held, since they hold tensors, so that a later one may have the identity of one that has ended.
        """
        calls = self._under_way.__dict__.setdefault("calls", [])
        if calls:
            running = {}
            while frame.f_back is not None:
                frame = frame.f_back
                running[id(frame)] = frame
            while calls and not _is_call_of(running.get(calls[-1].frame), calls[-1].module):
                self._forget(calls.pop())
        return calls

    def _call_from(self, frame: Any) -> Optional[_Call]:
        calls = self._under_way.__dict__.get("calls", ())
        return next((call for call in reversed(calls) if call.frame == id(frame)), None)

    def _end_call(self, call: _Call) -> None:
        calls = self._under_way.calls
        while calls[-1] is not call:
            self._forget(calls.pop())
        self._remove_last_hook(calls.pop())

    def _forget(self, call: _Call) -> None:
        """Undoes the start of a call that ended with an exception."""
        self._remove_last_hook(call)
        path = call.watched.node.path
        if call.records.calls.get(path) == call.number + 1:
            call.records.calls[path] = call.number

    def _remove_last_hook(self, call: _Call) -> None:
        if call.handle is not None:
            self._last_hooks.pop(id(call.handle), None)
            call.handle.remove()
            call.handle = None

    # Trouble

    @property
    def problems(self) -> List[str]:
        """A message for each kind of problem, which names one of its layers."""
        others = [len(paths) - 1 for _, paths in self._problems.values()]
        more = [f" The same goes for {count} more." if count > 0 else "" for count in others]
        return [f"{message}{each}" for (message, _), each in zip(self._problems.values(), more)]

    def _tell(self, path: str, what: str) -> None:
        found = self._problems.get(what)
        if found is not None:
            found[1].add(path)
        elif len(self._problems) < 50:
            self._problems[what] = f"{_shortened(path, 200)} {what}", {path}

    @contextlib.contextmanager
    def _guard(self, path: str, what: str = "was not recorded") -> Iterator[None]:
        """Turns a failure inside into a problem of the layer at ``path``; one thread at a time."""
        with self._lock:
            try:
                yield
            except Exception as error:  # Whatever it is: it must not end a training run.
                self._tell(path, f"{what}: {type(error).__name__}: {_shortened(_text(error), 300)}")

    # What is kept

    def _keep_input(self, call: _Call, module: nn.Module, tensor: Tensor) -> Optional[str]:
        """Keeps the input of a normalization layer, once, and gives its key."""
        path, records = call.watched.node.path, call.records
        origin = self._origins.find(tensor)
        if origin is not None and origin.version == _version(tensor) >= 0:
            key = _key(origin.layer, origin.call)
            self._facts.add_input(origin.layer, call.watched.node, tensor)
            self._facts.add_link(path, origin.layer)
            if key not in records.tensors:
                self._keep(records, origin.layer, origin.call, origin.time, module, tensor, None)
            return key if key in records.tensors else None
        layer = f"{path}.input"
        self._time += 1
        self._facts.add_input(layer, call.watched.node, tensor)
        self._facts.add_link(path, layer)
        self._keep(records, layer, call.number, self._time, module, tensor, None)
        return _key(layer, call.number)

    def _keep_late_input(self, call: _Call, module: nn.Module, tensor: Optional[Tensor]) -> Optional[str]:
        """Keeps the input after the forward pass, where other pre-hooks came between it and the recorder's."""
        if tensor is None:
            return None
        given, version = call.given or (None, 0)
        before = given() if given is not None else None
        if not _has_library_forward(module):
            shared = before is not None and (before is tensor or _base(tensor) is before)
            if _version(tensor) != (version if shared else 0):
                path = call.watched.node.path
                self._tell(path, "has no input recorded: it was changed in place, by a forward pre-hook or the layer.")
                return None
        return self._keep_input(call, module, tensor)

    def _layer_of(self, tensor: Optional[Tensor]) -> Optional[str]:
        origin = None if tensor is None else self._origins.find(tensor)
        return None if origin is None else origin.layer

    def _keep(
        self,
        records: _Records,
        layer: str,
        call: int,
        time: int,
        module: nn.Module,
        tensor: Tensor,
        input_key: Optional[str],
    ) -> None:
        if self._first_device is not None and tensor.device != self._first_device:
            return
        reason = _unfit(tensor)
        if reason is not None:
            self._tell(layer, f"was not recorded: its tensor is {reason}.")
            return
        kept, samples = self._sampled(tensor, self._facts.sample_axis(layer, tensor.dim()))
        key = _key(layer, call)
        dtype = kept.dtype if self._options.summarize else _stored_dtype(kept.dtype, self._options.dtype)
        if self._options.summarize:
            knobs, is_guess = self._facts.knobs(layer, kept.dim())
            summary = _summarize(kept, **knobs)
            size = summary.numel()
        else:
            size = kept.numel() * _itemsize(dtype)
        self._room -= size
        if self._room < 0:
            self.is_full = True
            return
        if self._options.summarize:
            records.tensors[key] = summary
            records.summaries[key] = {"shape": list(kept.shape), "dtype": _plain_name(kept.dtype)}
            if is_guess:
                records.summaries[key]["layoutGuessed"] = True
        else:
            records.tensors[key] = self._to_host(kept, dtype, records)
        note: Dict[str, Any] = {"layer": layer, "call": call, "training": bool(_attribute(module, "training"))}
        if input_key is not None:
            note["input"] = input_key
        if samples != 0:
            note["samples"] = samples
        if tensor.dtype != dtype:
            note["dtype"] = _plain_name(tensor.dtype)
        records.notes[key] = note
        records.order.setdefault(layer, time)

    def _sampled(self, tensor: Tensor, axis: Optional[int]) -> Tuple[Tensor, int]:
        """The first samples of a tensor; and how many it has, where that is more (else 0)."""
        tensor = tensor.detach()
        limit = self._options.max_samples
        if limit is None or axis is None or tensor.dim() < 2 or tensor.shape[axis] <= limit:
            return tensor, 0
        return tensor.narrow(axis, 0, limit), tensor.shape[axis]

    def _keep_parameters(self, call: _Call, module: nn.Module) -> None:
        path, records = call.watched.node.path, call.records
        for role in ("weight", "bias", "running_mean", "running_var"):
            value = _stored(module, role)
            if value is None or _unfit(value) is not None:
                continue
            if self._first_device is not None and value.device != self._first_device:
                continue
            key = f"{path}.{role}"
            records.parameters[key] = self._to_host(value.detach(), value.dtype, records)
            records.parameter_notes[key] = {"layer": path, "role": role}

    def _to_host(self, tensor: Tensor, dtype: torch.dtype, records: _Records) -> Tensor:
        """A contiguous copy on the host. From a CUDA device it may be under way until the records' events have passed."""
        if tensor.device.type != "cuda":
            records.arena = records.arena or self._memory.take()
            return records.arena.empty(tensor.shape, dtype).copy_(tensor)
        converted = tensor.to(dtype).contiguous()
        host = torch.empty(converted.shape, dtype=dtype, pin_memory=True)
        host.copy_(converted, non_blocking=True)
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(tensor.device))
        records.events.append(event)
        return host


def _identity_of_replicas(module: nn.Module) -> int:
    """The same for a module and its copies that DataParallel runs, which share its dictionary of hooks."""
    return id(vars(module).get("_forward_hooks", module))


def _remove_all(handles: Dict[int, Any]) -> None:
    for handle in list(handles.values()):
        handle.remove()


def _is_last(hooks: Any, hook_id: int) -> bool:
    """Whether only recorders' hooks come after a hook in an ordered dictionary of hooks; else it is last from now on."""
    for each, hook in reversed(hooks.items()):
        if each == hook_id:
            return True
        if not getattr(hook, RECORDER_MARK, False):
            break
    if hook_id in hooks:
        hooks.move_to_end(hook_id)
    return False


RECORDER_MARK = "_is_normscope_recorder"


def _watch(node: _Node, choose: Optional[Callable[[str, nn.Module], bool]]) -> Optional[_Watched]:
    """Whether and how a module is watched. Of the modules that are not chosen only those without children."""
    module = node.module
    is_norm = is_normalization(module)
    if choose(node.path, module) if choose is not None else is_norm or is_activation(module):
        return _Watched(node, True, is_norm)
    return _Watched(node, False, False) if choose is None and not _children(module) else None


def _is_traced() -> bool:
    """Whether torch.jit.trace or torch.export is at work, whose graphs must not hold what the recorder does."""
    exporting = getattr(getattr(torch, "compiler", None), "is_compiling", None)
    return torch._C._get_tracing_state() is not None or (exporting is not None and exporting())


def _is_transformed() -> bool:
    """Whether a transformation of torch.func is at work, which also wraps the tensors that the recorder makes."""
    stack = getattr(getattr(torch._C, "_functorch", None), "peek_interpreter_stack", None)
    return stack is not None and stack() is not None


def _is_recomputed(frame: Any) -> bool:
    """Whether a call is part of a backward pass, as the recomputation of a checkpoint is."""
    task = getattr(torch._C, "_current_graph_task_id", None)
    if task is not None:
        return task() != -1
    codes = _codes_of_backward()
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


@functools.lru_cache(None)
def _codes_of_backward() -> FrozenSet[Any]:
    """The Python code that runs while PyTorch before 2.0 goes backward.

    On the thread of a device nothing is above a Function's ``apply`` and a checkpoint's ``unpack``.
    """
    functions = (torch.autograd.backward, torch.autograd.grad, torch.autograd.function.BackwardCFunction.apply)
    checkpoint = importlib.import_module("torch.utils.checkpoint")
    inner = [
        code
        for function in vars(checkpoint).values()
        for code in getattr(getattr(function, "__code__", None), "co_consts", ())
        if getattr(code, "co_name", None) == "unpack"
    ]
    return frozenset([*(function.__code__ for function in functions), *inner])


def _input_of(module: nn.Module, arguments: Tuple[Any, ...], frame: Any) -> Optional[Tensor]:
    """The first tensor that a module is called with; ``frame``: the one that calls its hooks."""
    if arguments and type(arguments[0]) is Tensor and arguments[0].is_floating_point():
        return arguments[0]
    found, _ = _tensors_in(arguments)
    if not found:
        keywords = _keywords(frame)
        first = next(iter(inspect.signature(module.forward).parameters), None) if keywords else None
        found, _ = _tensors_in([keywords[first]] if first in keywords else list(keywords.values()))
    return found[0][1] if found else None


def _is_call_of(frame: Any, module: int) -> bool:
    """Whether a frame is a call of the module with this identity."""
    return frame is not None and id(frame.f_locals.get("self")) == module


def _keywords(frame: Any) -> Mapping[str, Any]:
    """The keyword arguments of a module's call, which PyTorch gives to no global pre-hook."""
    if frame.f_code.co_filename != nn.Module._call_impl.__code__.co_filename:
        return {}
    keywords = frame.f_locals.get("kwargs")
    return keywords if isinstance(keywords, dict) else {}


def _stored(module: nn.Module, name: str) -> Optional[Tensor]:
    """A parameter, buffer or plain tensor of a module.

    One that is computed (torch.nn.utils.parametrize, a property) is not: spectral norm's computation changes buffers.
    """
    if _is_script(module):
        value = _attribute(module, name)
    else:
        own = vars(module)
        places = (own.get("_parameters") or {}, own.get("_buffers") or {}, own)
        value = next((place[name] for place in places if name in place), None)
    return value if isinstance(value, Tensor) else None


def _library_class(module: nn.Module) -> Optional[type]:
    """The class of torch.nn that a module is of or that its class derives from."""
    for kind in type(module).__mro__:
        if kind is not nn.Module and kind.__module__.startswith("torch.nn.modules."):
            if getattr(nn, kind.__qualname__, None) is kind:
                return kind
    return None


def _has_library_forward(module: nn.Module) -> bool:
    kind = _library_class(module)
    return kind is not None and "forward" not in vars(module) and type(module).forward is kind.forward


def _key(layer: str, call: int) -> str:
    return layer if call == 0 else f"{layer}#{call}"


MAX_PARTS = 10_000
"""Parts of an output that are looked at."""


def _tensors_in(value: Any) -> Tuple[List[Tuple[str, Tensor]], bool]:
    """The floating-point tensors in a module's output, each with where it lies: ``[0]``, ``[hidden][1]``.

    Also says whether that is all of them: nested values are followed to a depth of 8, and MAX_PARTS of them.
    """
    found: Dict[str, Tensor] = {}
    looked_at = 0

    def walk(value: Any, suffix: str, above: Tuple[int, ...]) -> None:
        nonlocal looked_at
        looked_at += 1
        if isinstance(value, Tensor):
            if value.is_floating_point() and value.dim() > 0:
                while suffix in found:  # Keys such as 1 and "1".
                    suffix += "'"
                found[suffix] = value
        elif len(above) <= 8 and id(value) not in above:
            for name, part in _parts(value):
                if looked_at > MAX_PARTS:
                    return
                walk(part, f"{suffix}[{name}]", (*above, id(value)))

    walk(value, "", ())
    return list(found.items()), looked_at <= MAX_PARTS


def _parts(value: Any) -> Iterator[Tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((field.name, _attribute(value, field.name)) for field in dataclasses.fields(value))
    elif isinstance(value, (tuple, list)):
        yield from zip(getattr(value, "_fields", range(len(value))), value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return ""


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _unfit(tensor: Tensor) -> Optional[str]:
    """Why a tensor cannot be recorded."""
    if tensor.layout != torch.strided:
        return f"not dense ({tensor.layout})"
    if tensor.is_quantized:
        return "quantized"
    if getattr(tensor, "is_nested", False):
        return "nested"
    if tensor.device.type == "meta" or type(tensor).__name__ in ("FakeTensor", "FunctionalTensor"):
        return "without values (on the meta device or fake)"
    if type(tensor).__name__ == "DTensor":
        return "spread over several devices (DTensor)"
    if tensor.dtype not in SAFETENSORS_TYPES:
        return f"of type {tensor.dtype}"
    return "empty" if tensor.numel() == 0 else None


def _version(tensor: Tensor) -> int:
    """Counts changes in place; -1 where that is not known."""
    try:
        return tensor._version
    except RuntimeError:  # Tensors of inference mode.
        return -1


def _plain_name(dtype: torch.dtype) -> str:
    return str(dtype).replace("torch.", "")


def _stored_dtype(own: torch.dtype, wanted: torch.dtype) -> torch.dtype:
    return wanted if _itemsize(own) > _itemsize(wanted) else own


def _itemsize(dtype: torch.dtype) -> int:
    return torch.empty((), dtype=dtype).element_size()


def _nbytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _first_device(model: nn.Module) -> Optional[torch.device]:
    """The device that holds the first part of a DataParallel model's batch; None for other models."""
    while True:
        if isinstance(model, nn.DataParallel):
            return torch.device("cuda", model.device_ids[0]) if model.device_ids else None
        children = dict(_children(model))
        inner = children.get("_orig_mod", children.get("module"))
        if inner is None:
            return None
        model = inner


@contextlib.contextmanager
def _every_module_called(model: nn.Module, phases: Sequence[str]) -> Iterator[None]:
    """Has every module called one by one, where fused or compiled code would go past the hooks."""
    with contextlib.ExitStack() as undo:
        stance = getattr(getattr(torch, "compiler", None), "set_stance", None)
        if stance is not None and "torch._dynamo" in sys.modules:
            undo.enter_context(stance("force_eager"))
        for node in _nodes(model):
            module = node.module
            original = dict(_children(module)).get("_orig_mod")
            if stance is None and original is not None:
                _replace(undo, module, "forward", original.forward)
            if stance is None and module.__dict__.get("_compiled_call_impl") is not None:
                _replace(undo, module, "_compiled_call_impl", None)
            # PyTorch 1.13 has no switch for the fused path of evaluation, but does not take it for other activations.
            if "eval" in phases and isinstance(module, nn.TransformerEncoderLayer) and MHA is None:
                _replace(undo, module, "activation_relu_or_gelu", 0)
        if "eval" in phases and MHA is not None and MHA.get_fastpath_enabled():
            MHA.set_fastpath_enabled(False)
            undo.callback(MHA.set_fastpath_enabled, True)
        yield


MHA = getattr(torch.backends, "mha", None)


def _replace(undo: contextlib.ExitStack, module: nn.Module, name: str, value: Any) -> None:
    attributes = module.__dict__
    undo.callback(attributes.__setitem__, name, attributes[name])
    attributes[name] = value


# Distributions in place of values


def _summarize(tensor: Tensor, layout: str, epsilon: float, groups: int) -> Tensor:
    """The distributions of a tensor before and after each normalization method, as the bytes of a safetensors file.

    Its metadata ``summary`` says which methods are defined and gives moments, extremes and noise floor of each, all of
    the finite values, and where the cells of its histogram ``<method>.counts`` lie (see :class:`_Cells`);
    ``<method>.channels`` holds mean and standard deviation of every channel after the method. Work is done in float32
    on the tensor's device, from a common shift, so that a mean far greater than the deviation costs no digits.
    """
    with torch.no_grad():
        x = _samples_channels_positions(tensor, layout)
        x = x if x.dtype == torch.float64 else x.float()
        finite = x.isfinite()
        about: Dict[str, Any] = {"layout": layout, "epsilon": epsilon, **_element_counts(tensor, x, finite)}
        mask = None if about["finite"] == about["count"] else finite
        samples, channels, positions = x.shape
        groups = next(divisor for divisor in range(min(groups, channels), 0, -1) if channels % divisor == 0)
        per_position = layout.endswith("C") and len(set(layout) - {"N", "C"}) == 1 and len(layout) in (2, 3)
        about.update({"groups": groups, "layerScope": "position" if per_position else "example", "methods": {}})
        x = x if mask is None else torch.where(mask, x, torch.zeros_like(x))
        shift = float(_mean(x, mask, (0, 1, 2)))
        centred = _masked(x - shift, mask)
        in_layer = (1,) if per_position and positions > 1 else (1, 2)
        reasons = {
            "batch": samples * positions < 2 and "One sample with one position: each channel is a single element.",
            "layer": math.prod(x.shape[axis] for axis in in_layer) < 2 and "One channel: each unit is a single element.",
            "instance": positions < 2 and "One spatial element: each (sample, channel) is a single element.",
            "group": channels // groups * positions < 2
            and f"One channel in each of {groups} groups: each unit is a single element.",
        }
        axes = {"batch": (0, 2), "layer": in_layer, "instance": (2,), "group": (2, 3), "rms": in_layer}
        arrays: Dict[str, Tensor] = {}
        for method in METHODS:
            if reasons.get(method):
                about["methods"][method] = {"undefined": reasons[method]}
                continue
            each, y = _normalized(method, x, centred, mask, shift, axes.get(method, (0, 2)), groups, epsilon)
            cells = _histogram(y, mask)
            arrays[f"{method}.counts"] = _narrow(cells.counts)
            arrays[f"{method}.channels"] = _channels(y, centred, mask, shift if method == "none" else None)
            about["methods"][method] = {**each, **cells.about(), **({"halves": cells.halves} if cells.halves else {})}
    text = json.dumps(_without_nan(about), separators=(",", ":"), allow_nan=False)
    chunks = _safetensors(arrays, {"summary": text})
    return torch.frombuffer(bytearray(b"".join(bytes(chunk) for chunk in chunks)), dtype=torch.uint8)


def _without_nan(value: Any) -> Any:
    """JSON has neither NaN nor infinities: they become null."""
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


METHODS = ("none", "batch", "layer", "instance", "group", "rms")


def _samples_channels_positions(tensor: Tensor, layout: str) -> Tensor:
    rest = [axis for axis, role in enumerate(layout) if role not in "NC"]
    if "N" not in layout:
        tensor, layout, rest = tensor.unsqueeze(0), "N" + layout, [axis + 1 for axis in rest]
    ordered = tensor.permute(layout.index("N"), layout.index("C"), *rest)
    return ordered.reshape(*ordered.shape[:2], -1)


def _element_counts(tensor: Tensor, x: Tensor, finite: Tensor) -> Dict[str, Any]:
    count, good = x.numel(), int(finite.sum())
    found: Dict[str, Any] = {"count": count, "finite": good, "nan": 0, "posInf": 0, "negInf": 0}
    found["zeros"] = int((x == 0).sum())
    if good < count:
        found["nan"] = int(x.isnan().sum())
        found["posInf"] = int((x == math.inf).sum())
        found["negInf"] = count - good - found["nan"] - found["posInf"]
        first = int((~tensor.isfinite()).reshape(-1).to(torch.uint8).argmax())
        value = float(tensor.reshape(-1)[first])
        index = [first // math.prod(tensor.shape[axis + 1 :]) % length for axis, length in enumerate(tensor.shape)]
        found["firstNonFinite"] = {
            "kind": "nan" if math.isnan(value) else "posInf" if value > 0 else "negInf",
            "index": index,
        }
    return found


def _masked(x: Tensor, mask: Optional[Tensor]) -> Tensor:
    return x if mask is None else x.mul_(mask)


def _count(x: Tensor, mask: Optional[Tensor], axes: Sequence[int]) -> Union[int, Tensor]:
    if mask is None:
        return math.prod(x.shape[axis] for axis in axes)
    return mask.sum(axes, keepdim=True).clamp(min=1)


def _mean(x: Tensor, mask: Optional[Tensor], axes: Sequence[int]) -> Tensor:
    return x.sum(axes, keepdim=True) / _count(x, mask, axes)


def _normalized(
    method: str,
    x: Tensor,
    centred: Tensor,
    mask: Optional[Tensor],
    shift: float,
    axes: Sequence[int],
    groups: int,
    epsilon: float,
) -> Tuple[Dict[str, Any], Tensor]:
    """The moments of a tensor after a method, and the tensor [samples, channels, positions] itself."""
    split = [each if each is None or method != "group" else each.unflatten(1, (groups, -1)) for each in (centred, mask)]
    values, finite = split
    mean = _mean(values, finite, axes)
    deviation = _masked(values - mean, finite)
    # What rounding left of the mean [Chan, Golub & LeVeque 1983, the corrected two-pass algorithm].
    rest = _mean(deviation, finite, axes)
    deviation = _masked(deviation.sub_(rest), finite)
    variance = _mean(deviation.square(), finite, axes)
    counts = torch.full_like(mean, _count(values, None, axes)) if finite is None else finite.sum(axes, keepdim=True)
    weight, unit_mean, unit_variance = (
        each.to("cpu", torch.float64).reshape(-1)[counts.reshape(-1).cpu() > 0]
        for each in (counts, mean.double() + rest.double() if mean.device.type != "mps" else mean + rest, variance)
    )
    unit_mean = unit_mean + shift
    total = float(weight.sum())
    if method == "none":
        whole = float((weight * unit_mean).sum() / total) if total else math.nan
        spread = float((weight * (unit_variance + (unit_mean - whole).square())).sum() / total) if total else math.nan
        return {"mean": whole, "variance": spread}, x
    if method == "rms":
        square = unit_variance + unit_mean.square()
        scale = (square + epsilon).rsqrt()
        whole = float((weight * unit_mean * scale).sum() / total) if total else math.nan
        spread = float((weight * square * scale.square()).sum() / total) - whole**2 if total else math.nan
        spreads = square
        squares = variance + (mean + rest + shift).square()
        y = x * (squares + epsilon).rsqrt()
    else:
        whole = 0.0 if total else math.nan
        spread = float((weight * unit_variance / (unit_variance + epsilon)).sum() / total) if total else math.nan
        spreads = unit_variance
        y = deviation.mul_((variance + epsilon).rsqrt())
        y = y.flatten(1, 2) if method == "group" else y
    about = {"mean": whole, "variance": spread, "unitCount": mean.numel()}
    if total:
        about["unitMean"] = [float(unit_mean.min()), float(unit_mean.max())]
        about["unitVariance"] = [float(spreads.min()), float(spreads.max())]
    return about, y


def _channels(y: Tensor, centred: Tensor, mask: Optional[Tensor], shift: Optional[float]) -> Tensor:
    """Mean and standard deviation of every channel; of the raw values (with a ``shift``) from the centred ones."""
    values = y if shift is None else centred
    mean = _mean(values, mask, (0, 2))
    deviation = (values - mean) if mask is None else (values - mean).mul_(mask)
    std = _mean(deviation.square_(), mask, (0, 2)).sqrt()
    return torch.stack([(mean + (shift or 0.0)).reshape(-1), std.reshape(-1)]).to("cpu", torch.float32)


def _narrow(counts: Tensor) -> Tensor:
    """The same counts in as few bytes as hold them."""
    greatest = int(counts.max()) if counts.numel() else 0
    return counts.to(torch.uint8 if greatest < 2**8 else torch.int16 if greatest < 2**15 else torch.int32)


CELLS_IN_HALF_WIDTH = 160
"""Cells that half the distance from p15 to p85 is divided into at the least, as the panel does for raw dumps."""
MAX_WINDOW = 4096
TAIL_CELLS = 32
"""Beyond the window, cells double their width about every so many cells."""


@dataclasses.dataclass
class _Cells:
    """A histogram. ``width`` is a power of two; cell k of the window is [(first + k)·width, (first + k + 1)·width), so
    that an edge lies at 0. Beyond it, edge i lies TAIL_CELLS·(2^(i/TAIL_CELLS) − 1)·width from the window.
    ``counts``: the ``below`` cells before the window, outermost first, the window, the cells above it."""

    width: float
    first: int
    window: int
    below: int
    counts: Tensor
    least: float
    greatest: float
    halves: Optional[Dict[str, float]]

    def about(self) -> Dict[str, Any]:
        return {
            "width": self.width,
            "first": self.first,
            "window": self.window,
            "below": self.below,
            "min": self.least,
            "max": self.greatest,
        }

    def edges(self) -> Tensor:
        above = self.counts.numel() - self.below - self.window
        tail = lambda cells: TAIL_CELLS * (2.0 ** (torch.arange(1, cells + 1, dtype=torch.float64) / TAIL_CELLS) - 1)  # noqa: E731
        inside = torch.arange(self.window + 1, dtype=torch.float64)
        places = torch.cat([-tail(self.below).flip(0), inside, self.window + tail(above)])
        return (places + self.first) * self.width


def _histogram(y: Tensor, mask: Optional[Tensor]) -> _Cells:
    """The histogram of the finite values, and how far apart the even and the odd samples' are."""
    parts = [y[0::2], y[1::2]] if len(y) > 1 else [y]
    if mask is None:
        halves = [part.reshape(-1) for part in parts]
    else:
        halves = [part[each] for part, each in zip(parts, [mask[0::2], mask[1::2]])]
    filled = [half for half in halves if half.numel() > 0]
    if not filled:
        return _Cells(1.0, 0, 0, 0, torch.zeros(0, dtype=torch.int64), math.nan, math.nan, None)
    least = min(float(half.min()) for half in filled)
    greatest = max(float(half.max()) for half in filled)
    sample = torch.cat([half[:: 1 + half.numel() // 2**13] for half in filled]).sort().values.to("cpu", torch.float64)
    for _ in range(2):
        cells = _filled(halves, least, greatest, sample)
        edges, cumulative = cells.edges(), cells.counts.cumsum(0)
        levels = (torch.linspace(0, 1, 1001, dtype=torch.float64) * (int(cumulative[-1]) - 1)).to(torch.int64)
        found = torch.searchsorted(cumulative, levels, right=True)
        half_width = float(edges[found[850]] - edges[found[150]]) / 2
        if half_width <= 0 or cells.width <= half_width / 100:
            break
        # The sample misled: choose again from what the first histogram shows.
        sample = edges[found].clamp(least, greatest)
    return cells


def _filled(halves: Sequence[Tensor], least: float, greatest: float, sample: Tensor) -> _Cells:
    at = lambda q: float(sample[round(q * (len(sample) - 1))])  # noqa: E731
    spreads = [(at(0.85) - at(0.15)) / 2, (at(0.99) - at(0.01)) / 2, (greatest - least) / 2]
    spread = next((each for each in spreads if 0 < each < math.inf), None)
    largest = max(abs(least), abs(greatest), 2.0**-100)
    wanted = largest * 2.0**-20 if spread is None else max(spread / CELLS_IN_HALF_WIDTH, largest * 2.0**-100)
    width = 2.0 ** math.floor(math.log2(wanted))
    low, high = max(least, at(0.0005)), min(greatest, at(0.9995))
    first = math.floor(low / width)
    window = min(MAX_WINDOW, max(1, math.floor(high / width) - first + 1))
    if window == MAX_WINDOW:
        first = max(first, math.floor(at(0.5) / width) - MAX_WINDOW // 2)
    # As float32 can hold it, so that the places below are exact.
    first = int(torch.tensor(float(first), dtype=halves[0].dtype))
    below = _tail_cell(first - least / width) + 1 if least < first * width else 0
    above = _tail_cell(greatest / width - first - window) + 1 if greatest >= (first + window) * width else 0
    counted = [_counted(half, width, first, window, below, above) for half in halves]
    cells = _Cells(width, first, window, below, torch.stack(counted).sum(0), least, greatest, None)
    if len(counted) == 2 and all(int(each.sum()) > 0 for each in counted):
        cells.halves = _distances(counted[0], counted[1], cells.edges())
    return cells


def _tail_cell(distance: float) -> int:
    return math.floor(TAIL_CELLS * math.log2(1 + max(0.0, distance) / TAIL_CELLS))


def _counted(values: Tensor, width: float, first: int, window: int, below: int, above: int) -> Tensor:
    """Counts of the cells below, in and above the window, on the host."""
    places = values.mul(1 / width).floor_().sub_(first)
    inside = torch.bincount(places.clamp(-1, window).add_(1).to(torch.int32), minlength=window + 2).cpu()
    tails = [torch.zeros(cells, dtype=torch.int64) for cells in (below, above)]
    if int(inside[0]) > 0:
        far = first - values[places < 0].to("cpu", torch.float64) / width
        tails[0] = torch.bincount(_tail_cells(far, below), minlength=below)
    if int(inside[-1]) > 0:
        far = values[places >= window].to("cpu", torch.float64) / width - first - window
        tails[1] = torch.bincount(_tail_cells(far, above), minlength=above)
    return torch.cat([tails[0].flip(0), inside[1:-1], tails[1]])


def _tail_cells(distance: Tensor, cells: int) -> Tensor:
    places = (TAIL_CELLS * torch.log2(1 + distance.clamp(min=0) / TAIL_CELLS)).floor()
    return places.to(torch.int64).clamp(max=cells - 1)


def _distances(even: Tensor, odd: Tensor, edges: Tensor) -> Dict[str, float]:
    """Wasserstein-1, Kolmogorov–Smirnov and Jensen–Shannon (base 2, over 128 bins of equal pooled mass)."""
    p, q = even / even.sum(), odd / odd.sum()
    p, q = p.double(), q.double()
    after = (p - q).cumsum(0)
    before = torch.cat([torch.zeros(1, dtype=torch.float64), after[:-1]])
    crossing = (before.square() + after.square()) / (2 * (before.abs() + after.abs())).clamp(min=1e-300)
    area = torch.where(before * after >= 0, (before + after).abs() / 2, crossing)
    cumulative = torch.stack([p, q]).cumsum(1)
    pooled = cumulative.sum(0)
    ends: List[int] = []
    while True:
        start = float(pooled[ends[-1]]) if ends else 0.0
        end = int(torch.searchsorted(pooled, start + 2 / 128))
        if end >= len(pooled) - 1:
            break
        ends.append(end)
    ends.append(len(pooled) - 1)
    bins = cumulative[:, ends]
    bins = bins - torch.cat([torch.zeros(2, 1, dtype=torch.float64), bins[:, :-1]], 1)
    bins = bins.clamp(min=0)
    middle = bins.mean(0)
    js = (torch.xlogy(bins, bins) - torch.xlogy(bins, middle)).sum() / (2 * math.log(2))
    return {
        "w1": float((area * (edges[1:] - edges[:-1])).sum()),
        "ks": float(after.abs().max()),
        "js": max(0.0, float(js)),
    }


# The probe


@contextlib.contextmanager
def _undisturbed(model: nn.Module, mode: str) -> Iterator[nn.Module]:
    """The model, in a mode, with everything that a forward pass may change put back afterwards."""
    inner = _unwrapped(model)
    keep_flags = mode == "train" and inner.training
    saved: List[Tuple[Dict[str, Any], Dict[str, Any]]] = []
    buffers: Dict[int, Tensor] = {}
    with torch.no_grad(), _seeded(inner), _no_autocast_cache():
        for module in inner.modules():
            parts = (module.__dict__, module._parameters, module._buffers, module._modules)
            saved += [(part, dict(part)) for part in parts]
        try:
            for module in inner.modules():
                # The forward pass gets copies, so that nobody who holds the buffers sees a change.
                for name, buffer in module._buffers.items():
                    if buffer is not None:
                        module._buffers[name] = buffers.setdefault(id(buffer), buffer.clone())
                if not keep_flags:
                    module.training = mode == "train"
            yield inner
        finally:
            for part, before in saved:
                part.clear()
                part.update(before)


@contextlib.contextmanager
def _seeded(model: nn.Module) -> Iterator[None]:
    """The same random numbers each time, and the random state as before afterwards."""
    devices = {tensor.device for tensor in [*model.parameters(), *model.buffers()]}
    cuda = sorted(device.index for device in devices if device.type == "cuda")
    mps = getattr(torch, "mps", None) if any(device.type == "mps" for device in devices) else None
    numpy = sys.modules.get("numpy")
    python_state = random.getstate()
    numpy_state = numpy.random.get_state() if numpy is not None else None
    mps_state = mps.get_rng_state() if mps is not None else None
    try:
        with torch.random.fork_rng(devices=cuda):
            # torch.manual_seed would reach devices that are not this model's.
            torch.default_generator.manual_seed(0)
            for index in cuda:
                torch.cuda.default_generators[index].manual_seed(0)
            if mps is not None:
                mps.manual_seed(0)
            random.seed(0)
            if numpy is not None:
                numpy.random.seed(0)
            yield
    finally:
        random.setstate(python_state)
        if numpy is not None:
            numpy.random.set_state(numpy_state)
        if mps is not None:
            mps.set_rng_state(mps_state)


@contextlib.contextmanager
def _no_autocast_cache() -> Iterator[None]:
    """Weights that are cast without gradients must not be reused by the training that goes on."""
    before = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(before)


def _call(model: nn.Module, probe: Any) -> None:
    """Calls the model with a probe batch; of a tuple or list (inputs, labels) as many as its forward takes."""
    if callable(probe) and not isinstance(probe, Tensor):
        probe(model)
        return
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    batch = _moved(probe, device)
    if isinstance(batch, Mapping):
        model(**batch)
    elif isinstance(batch, (tuple, list)):
        parameters = inspect.signature(model.forward).parameters.values()
        variadic = any(each.kind is each.VAR_POSITIONAL for each in parameters)
        positional = sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters)
        model(*(batch if variadic else batch[:positional]))
    else:
        model(batch)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {key: _moved(each, device) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_moved(each, device) for each in value]
    return value


# What is known of the layers


class _Facts:
    """What ``normscope.json`` says of each layer, gathered while the layers run."""

    def __init__(self, model: nn.Module, caller: "_Caller") -> None:
        self._caller = caller
        self._layers: Dict[str, Dict[str, Any]] = {}
        self._ranks: Dict[str, Optional[int]] = {}
        self._order: List[str] = []
        self._without_source: Dict[str, _Node] = {}

    def add_output(
        self,
        layer: str,
        node: _Node,
        suffix: str,
        tensor: Tensor,
        input_layer: Optional[str],
        source: Optional[Tensor],
        declare: bool = True,
    ) -> None:
        """``tensor``: the part ``suffix`` of the output of ``node``; ``source``: its input, made by ``input_layer``."""
        known = self._layers.setdefault(layer, {})
        if "module" in known:
            self._check_rank(layer, tensor.dim())
            return
        module = node.module
        facts: Dict[str, Any] = {"module": _type_name(module)}
        inherited = self._layers.get(input_layer or "", {}).get("layout")
        if source is None or inherited is None or len(inherited) != source.dim():
            inherited = None
        layout = _layout(node, suffix, tensor, inherited, source is not None and source.shape == tensor.shape)
        if layout is not None:
            facts["layout"] = layout
        if declare and is_normalization(module):
            facts.update(_declared(module))
        facts.update(_described(module))
        self._without_source[layer] = node
        self._layers[layer] = {**facts, **known}
        self._check_rank(layer, tensor.dim())

    def add_input(self, layer: str, node: _Node, tensor: Tensor) -> None:
        """``layer`` is the input of the normalization layer at ``node``, whose ε and groups are of interest for it."""
        facts = self._layers.setdefault(layer, {})
        layout = _layout(node, "", tensor, None, True)
        knobs = {name: value for name, value in _declared(node.module).items() if name in ("epsilon", "groups")}
        for name, value in {**knobs, **({"layout": layout} if layout else {})}.items():
            facts.setdefault(name, value)
        self._check_rank(layer, tensor.dim())

    def add_link(self, path: str, input_layer: str) -> None:
        """The normalization layer at ``path`` has this layer for its input."""
        self._layers.setdefault(path, {}).setdefault("input", input_layer)

    def _check_rank(self, layer: str, rank: int) -> None:
        """No layout fits tensors of several ranks."""
        if self._ranks.setdefault(layer, rank) != rank:
            self._ranks[layer] = None
        if self._ranks[layer] is None:
            self._layers[layer].pop("layout", None)

    def sample_axis(self, layer: str, rank: int) -> Optional[int]:
        """The first axis where the layout is not known; None where there is one sample."""
        layout = self._layers.get(layer, {}).get("layout")
        axis = 0 if layout is None or len(layout) != rank else layout.find("N")
        return None if axis < 0 else axis

    def knobs(self, layer: str, rank: int) -> Tuple[Dict[str, Any], bool]:
        """Layout, ε and groups under which a layer is summarized; and whether the layout is a guess."""
        facts = self._layers.get(layer, {})
        layout = facts.get("layout")
        is_guess = layout is None or len(layout) != rank
        usual = USUAL_LAYOUTS[rank] if rank < len(USUAL_LAYOUTS) else f"NC{POSITIONS[: rank - 2]}"
        knobs = {"epsilon": facts.get("epsilon", 1e-5), "groups": facts.get("groups", 32)}
        return {"layout": usual if is_guess else layout, **knobs}, is_guess

    def document(self, order: Sequence[str]) -> Dict[str, Any]:
        """The sidecar document of the layers that were recorded so far; ``order``: those of the last step."""
        self._order = _merged_order(self._order, order)
        self._add_sources([layer for layer in self._order if layer in self._without_source])
        return {
            "schema": "normscope-run/1",
            "order": list(self._order),
            "layers": {layer: dict(self._layers[layer]) for layer in self._order if layer in self._layers},
        }

    def _add_sources(self, layers: Sequence[str]) -> None:
        sources = _Sources(self._caller)
        for layer in layers:
            source = sources.find(self._without_source.pop(layer))
            if source is not None:
                self._layers[layer]["source"] = source


def _merged_order(known: Sequence[str], seen: Sequence[str]) -> List[str]:
    """``known``, with each layer of ``seen`` that is new after the layer that it ran after."""
    present = set(known)
    after: Dict[Optional[str], List[str]] = {}
    previous: Optional[str] = None
    for layer in seen:
        if layer in present:
            previous = layer
        else:
            after.setdefault(previous, []).append(layer)
    merged = list(after.get(None, ()))
    for layer in known:
        merged += [layer, *after.get(layer, ())]
    return merged


def _type_name(module: nn.Module) -> str:
    """The name of a module's type; of a subclass of a normalization layer that holds no other modules, the layer's."""
    library = _library_class(module)
    own = _class_of(module)
    if library is not None and (own is library or is_normalization(module) and not _children(module)):
        return f"torch.nn.{library.__qualname__}"
    return f"{own.__module__}.{own.__qualname__}"


def _described(module: nn.Module) -> Dict[str, Any]:
    """A module's class, its base in torch.nn, whether it computes something else than that, and its numbers."""
    own, library = _class_of(module), _library_class(module)
    return {
        "class": f"{own.__module__}.{own.__qualname__}",
        **({} if library is None else {"base": f"torch.nn.{library.__qualname__}"}),
        "ownForward": not _has_library_forward(module),
        "attributes": _numbers(module),
    }


def _numbers(module: nn.Module) -> Dict[str, Any]:
    """The numbers, flags and short lists of numbers among a module's attributes, and a momentum of None."""
    found: Dict[str, Any] = {}
    for name, value in list(vars(module).items()):
        if name.startswith("_") or name == "training" or len(name) > 100 or len(found) == 50:
            continue
        number = _number(value)
        if number is None and isinstance(value, (tuple, list)) and 0 < len(value) <= 8:
            each = [_number(item) for item in value]
            number = None if None in each else each
        if number is not None or (name == "momentum" and value is None):
            found[name] = number
    return found


def _number(value: Any) -> Union[bool, int, float, None]:
    """A flag or a number as JSON can hold it exactly, else None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else None
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _declared(module: nn.Module) -> Dict[str, Any]:
    """ε, groups, momentum and shape of a normalization layer."""
    declared: Dict[str, Any] = {}
    for name in ("eps", "epsilon", "variance_epsilon"):
        value = _number(_attribute(module, name))
        if isinstance(value, float) and value > 0:
            declared.setdefault("epsilon", value)
    groups, momentum = _attribute(module, "num_groups"), _attribute(module, "momentum")
    if isinstance(groups, int) and groups > 0:
        declared["groups"] = int(groups)
    if isinstance(momentum, float) and 0 <= momentum <= 1:
        declared["momentum"] = float(momentum)
    shape = _attribute(module, "normalized_shape")
    shape = [shape] if isinstance(shape, int) else shape
    if isinstance(shape, (tuple, list)) and shape and all(isinstance(each, int) and each > 0 for each in shape):
        declared["normalizedShape"] = [int(each) for each in shape]
    return declared


USUAL_LAYOUTS = ("", "C", "NC", "NLC", "NCHW", "NCDHW")
POSITIONS = "DEFGHIJKLMOPQRSTUVWXYZAB"
CHANNELS_FIRST = ("", "C", "NC", "NCL", "NCHW", "NCDHW")
CHANNELS_LAST = ("", "C", "NC", "NLC", "NHWC", "NDHWC")


def _layout(node: _Node, suffix: str, tensor: Tensor, inherited: Optional[str], is_same_shape: bool) -> Optional[str]:
    """The roles of a tensor's axes: N sample, C channel, others space or position; None where they are not known.

    ``tensor``: part ``suffix`` of the output of a module. ``inherited``: the layout of the module's input where that is
    known. Only what PyTorch documents of its own modules counts, and what follows from a layer's input and weight: a
    tensor (·, ·, C) is NLC or LNC, and only what made it or what is around it tells which.
    """
    module, rank = node.module, tensor.dim()
    same = inherited if inherited is not None and len(inherited) == rank else None
    if is_activation(module) or isinstance(module, (nn.Identity, nn.modules.dropout._DropoutNd)):
        return (same or _sequence_layout(_said_around(node), rank)) if is_same_shape else None
    if not _has_library_forward(module):
        return _layout_of_own_norm(node, tensor, same if is_same_shape else None) if is_normalization(module) else None
    said = _says_sequence_first(module)
    if said is not None:
        return _sequence_layout(said, rank) if suffix in ("", "[0]") else None
    name = _library_class(module).__name__
    dimensions = re.search(r"(?:Conv|ConvTranspose|BatchNorm|InstanceNorm|Pool|Unpool)([123])d$", name)
    if dimensions is not None and rank == int(dimensions[1]) + 1 and not isinstance(module, nn.BatchNorm1d):
        return CHANNELS_FIRST[rank + 1][1:]
    if isinstance(module, (nn.modules.batchnorm._NormBase, nn.GroupNorm)) or dimensions is not None:
        return CHANNELS_FIRST[rank] if rank <= 5 else None
    if isinstance(module, (nn.LayerNorm, getattr(nn, "RMSNorm", nn.LayerNorm))):
        return _channels_last(node, rank, same) if len(module.normalized_shape) == 1 else same
    if isinstance(module, (nn.Linear, nn.Bilinear, nn.Embedding)):
        return _channels_last(node, rank, same)
    return None


def _channels_last(node: _Node, rank: int, same: Optional[str]) -> Optional[str]:
    """Of a layer whose channels are the last axis; ``same``: the layout of its input, of the same rank."""
    if same is not None and same.endswith("C"):
        return same
    return _sequence_layout(_said_around(node), rank) or (CHANNELS_LAST[rank] if rank in (1, 2, 4, 5) else None)


def _layout_of_own_norm(node: _Node, tensor: Tensor, same: Optional[str]) -> Optional[str]:
    """Of a normalization layer that computes something of its own: the channels are the axis that is as long as γ."""
    weight, rank = _stored(node.module, "weight"), tensor.dim()
    if same is not None or weight is None or weight.dim() != 1 or not 2 <= rank <= 5:
        return same
    is_first, is_last = (tensor.shape[axis] == weight.numel() for axis in (1, rank - 1))
    if is_first and not is_last:
        return CHANNELS_FIRST[rank]
    return _channels_last(node, rank, None) if is_last and (rank == 2 or not is_first) else None


def _sequence_layout(is_sequence_first: Optional[bool], rank: int) -> Optional[str]:
    if is_sequence_first is None or rank not in (2, 3):
        return None
    return "LC" if rank == 2 else "LNC" if is_sequence_first else "NLC"


def _says_sequence_first(module: nn.Module) -> Optional[bool]:
    """Whether a recurrent or attention module of torch.nn takes (position, sample, feature); None of other modules."""
    says = module
    if isinstance(module, (nn.TransformerEncoder, nn.TransformerDecoder)):
        says = next((layer for _, layer in _children(_attribute(module, "layers"))), None)
    if isinstance(says, (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)):
        says = _attribute(says, "self_attn")
    if not isinstance(says, (nn.RNNBase, nn.MultiheadAttention, nn.Transformer)) or not _has_library_forward(module):
        return None
    batch_first = _attribute(says, "batch_first")
    return not batch_first if isinstance(batch_first, bool) else None


def _said_around(node: _Node) -> Optional[bool]:
    """What the nearest module around says; nothing beyond one that is not of torch.nn, which may do anything."""
    around = node.parent
    while around is not None and _class_of(around.module).__module__.startswith("torch.nn.modules."):
        said = _says_sequence_first(around.module)
        if said is not None:
            return said
        around = around.parent
    return None


# Where a layer is defined


@dataclasses.dataclass(frozen=True)
class _Caller:
    """Where the recorder was made: file and line, and the names that the model has there."""

    file: str
    line: int
    names: Tuple[str, ...]


def _caller(model: nn.Module) -> _Caller:
    frame = sys._getframe(2)
    known = {**frame.f_globals, **frame.f_locals}
    names = tuple(name for name, value in known.items() if value is model or value is _unwrapped(model))
    return _Caller(frame.f_code.co_filename, frame.f_lineno, names)


class _Sources:
    """Finds where layers are defined, as near as the text of the modules around them tells.

    Each file is parsed once, and each class and expression is indexed once.
    """

    def __init__(self, caller: _Caller) -> None:
        self._caller = caller
        self._classes: Dict[str, Dict[str, List[ast.ClassDef]]] = {}
        self._members: Dict[type, List[Tuple[str, ast.ClassDef, Dict[str, ast.expr]]]] = {}
        self._named: Dict[int, Dict[str, ast.expr]] = {}
        self._listed: Dict[int, List[ast.expr]] = {}
        self._in_script: Optional[List[ast.expr]] = None

    def find(self, node: _Node) -> Optional[Dict[str, Any]]:
        """File and line of a layer's definition; None where it cannot be told."""
        try:
            parts: List[str] = []
            while node.parent is not None:
                if node.name not in WRAPPERS:
                    parts.insert(0, node.name)
                node = node.parent
                owner = _class_of(node.module)
                if parts and not owner.__module__.startswith("torch."):
                    return self._find_in_class(owner, parts)
            return self._find_in_script(parts)
        except Exception:  # A line of source is a help, not a need.
            return None

    def _find_in_class(self, owner: type, parts: Sequence[str]) -> Optional[Dict[str, Any]]:
        if owner not in self._members:
            self._members[owner] = list(self._texts_of(owner))
        texts = self._members[owner]
        for file, _, members in texts:
            if parts[0] in members:
                return _line_in(file, self._within(members[parts[0]], parts[1:]).lineno)
        file, definition, _ = texts[0]
        return _line_in(file, min(each.lineno for each in (definition, *definition.decorator_list)))

    def _texts_of(self, owner: type) -> Iterator[Tuple[str, ast.ClassDef, Dict[str, ast.expr]]]:
        """File, definition and members of a class and of those that it derives from, PyTorch's aside."""
        for kind in owner.__mro__:
            file = None
            if not kind.__module__.startswith("torch.") and kind is not object:
                with contextlib.suppress(TypeError, OSError):
                    file = inspect.getsourcefile(kind)
            if file is None:
                continue
            if file not in self._classes:
                self._classes[file] = _classes_in(_parsed(file))
            for definition in self._classes[file].get(kind.__qualname__, ())[-1:]:
                yield file, definition, _members_of(definition)

    def _find_in_script(self, parts: Sequence[str]) -> Optional[Dict[str, Any]]:
        """For a model that is made of torch's own containers: where the script assigns it to its name."""
        caller = self._caller
        if self._in_script is None:
            found = _definitions(_parsed(caller.file), caller.names) if os.path.isfile(caller.file) else []
            # Not `model = wrapped(model)`; and of several functions with a `model` the one that made the recorder.
            self._in_script = [
                each for each in found if each.lineno <= caller.line and not _mentions(each, caller.names)
            ]
        expression = max(self._in_script, key=lambda each: each.lineno, default=None)
        return None if expression is None else _line_in(caller.file, self._within(expression, parts).lineno)

    def _within(self, node: ast.expr, parts: Sequence[str]) -> ast.expr:
        """Follows indices and names of children into the arguments of Sequential, ModuleList and ModuleDict."""
        for part in parts:
            if part.isdigit():
                elements = self._listed.get(id(node))
                if elements is None:
                    elements = self._listed[id(node)] = _elements_of(node)
                inner = elements[int(part)] if int(part) < len(elements) else None
            else:
                named = self._named.get(id(node))
                if named is None:
                    named = self._named[id(node)] = _named_parts(node)
                inner = named.get(part)
            if inner is None:
                return node
            node = inner
        return node


def _parsed(file: str) -> ast.Module:
    return ast.parse(Path(file).read_bytes())


def _line_in(file: str, line: int) -> Optional[Dict[str, Any]]:
    return {"file": os.path.abspath(file), "line": line} if os.path.isfile(file) else None


def _classes_in(tree: ast.Module) -> Dict[str, List[ast.ClassDef]]:
    """The class definitions of a file by qualified name, as Python gives it."""
    found: Dict[str, List[ast.ClassDef]] = {}
    pending: List[Tuple[ast.AST, str]] = [(tree, "")]
    for node, prefix in pending:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found.setdefault(f"{prefix}{child.name}", []).append(child)
                pending.append((child, f"{prefix}{child.name}."))
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                pending.append((child, f"{prefix}{child.name}.<locals>."))
            elif not isinstance(child, ast.expr):
                pending.append((child, prefix))
    return found


def _members_of(definition: ast.ClassDef) -> Dict[str, ast.expr]:
    """What a class first assigns to each attribute of an object, or gives to ``add_module`` under each name."""
    found: Dict[str, ast.expr] = {}
    nodes: List[ast.AST] = [definition]
    for node in nodes:
        nodes += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.ClassDef)]
        for target, value in _assignments(node):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                found.setdefault(target.attr, value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
            first, value = node.args
            if node.func.attr in ("add_module", "register_module") and isinstance(first, ast.Constant):
                found.setdefault(str(first.value), value)
    return found


def _definitions(tree: ast.AST, names: Sequence[str]) -> List[ast.expr]:
    """What is assigned to variables of these names."""
    return [
        value
        for node in ast.walk(tree)
        for target, value in _assignments(node)
        if isinstance(target, ast.Name) and target.id in names
    ]


def _assignments(node: ast.AST) -> List[Tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    return [(node.target, node.value)] if isinstance(node, ast.AnnAssign) and node.value is not None else []


def _mentions(tree: ast.AST, names: Sequence[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def _elements_of(node: ast.expr) -> List[ast.expr]:
    """The arguments of a call, or the elements of the list that is its only one; none where some are unpacked."""
    elements = list(node.args) if isinstance(node, ast.Call) else []
    if len(elements) == 1 and isinstance(elements[0], (ast.List, ast.Tuple)):
        elements = list(elements[0].elts)
    return [] if any(isinstance(each, ast.Starred) for each in elements) else elements


def _named_parts(node: ast.expr) -> Dict[str, ast.expr]:
    """The values beside texts: in ``("bn", nn.BatchNorm2d(8))`` or ``{"bn": nn.BatchNorm2d(8)}``."""
    found: Dict[str, ast.expr] = {}
    for each in ast.walk(node):
        pairs: List[Tuple[Optional[ast.expr], ast.expr]] = []
        if isinstance(each, ast.Dict):
            pairs = list(zip(each.keys, each.values))
        elif isinstance(each, ast.Tuple) and len(each.elts) == 2:
            pairs = [(each.elts[0], each.elts[1])]
        for key, value in pairs:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found.setdefault(key.value, value)
    return found


# Memory on the host


class _Arena:
    """Host memory for the tensors of one step, taken from front to back."""

    BLOCK = 32 * 2**20

    def __init__(self) -> None:
        self._blocks: List[Tensor] = []
        self._block = 0
        self._used = 0

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """A contiguous tensor, good until :meth:`reset`."""
        size = math.prod(shape) * _itemsize(dtype)
        # Plain tensors also inside of torch.inference_mode, whose own may not be written to outside of it.
        with torch.inference_mode(False):
            while self._block < len(self._blocks) and self._used + size > self._blocks[self._block].numel():
                self._block += 1
                self._used = 0
            if self._block == len(self._blocks):
                self._blocks.append(_mapped(max(size, self.BLOCK)))
            start = self._used
            self._used += -(-size // 64) * 64
            return self._blocks[self._block][start : start + size].view(dtype).view(shape)

    def reset(self, limit: int) -> None:
        """Gives all of it free to be taken again, and the blocks beyond ``limit`` bytes back."""
        kept = 0
        for index, block in enumerate(self._blocks):
            kept += block.numel()
            if kept > limit:
                del self._blocks[index:]
                break
        self._block = self._used = 0


class _Memory:
    """Arenas that are free. A step takes one that an earlier step is done with: in fresh memory each page is a fault,
    and all of them together cost several times the copy."""

    LIMIT = 2**30
    """Bytes that are kept from step to step."""

    def __init__(self) -> None:
        self._free: List[_Arena] = []

    def take(self) -> _Arena:
        with contextlib.suppress(IndexError):
            return self._free.pop()
        return _Arena()

    def give_back(self, arena: _Arena) -> None:
        """Nobody may use the arena's tensors from now on. One arena is kept: more are only needed side by side."""
        arena.reset(self.LIMIT)
        self._free[:] = [arena]


def _mapped(size: int) -> Tensor:
    """Bytes of their own from the system, in large pages where it has them: few faults in place of thousands."""
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    memory = mmap.mmap(-1, size, **private)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(memory, dtype=torch.uint8)


# Files


class _Writer:
    """Writes files one after the other on a thread of its own, at most two steps behind."""

    PATIENCE = 3
    """Failures in a row after which recording ends."""

    def __init__(self, folder: Path) -> None:
        self.failures: List[Tuple[Path, Exception]] = []
        self.in_a_row = 0
        self.memory = _Memory()
        self._folder = folder
        self._slots = threading.BoundedSemaphore(2)
        # The interpreter waits for this thread's work when it ends.
        self._executor = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="normscope")
        self._document: Optional[Dict[str, Any]] = None

    def resume(self, rank: int) -> int:
        """Removes what an interrupted run of this rank left half-written, and gives the bytes of its files."""
        used = 0
        for path in self._folder.glob("*.safetensors") if self._folder.is_dir() else ():
            if _rank_of(path.name) == rank:
                used += path.stat().st_size
        for path in self._folder.glob(".step_*.safetensors.tmp-*") if self._folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if _rank_of(path.name) == rank and time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                    path.unlink()
        return used

    def submit(
        self, path: Path, records: _Records, mark: Mapping[str, Any], document: Optional[Dict[str, Any]]
    ) -> None:
        """Queues one file, after the sidecar document where that has changed. Waits while two are under way."""
        self._slots.acquire()
        try:
            self._executor.submit(self._run, path, records, mark, document)
        except BaseException:
            self._slots.release()
            raise

    def flush(self) -> None:
        with contextlib.suppress(RuntimeError):  # Nothing is under way once the interpreter ends.
            self._executor.submit(lambda: None).result()

    def _run(
        self, path: Path, records: _Records, mark: Mapping[str, Any], document: Optional[Dict[str, Any]]
    ) -> None:
        try:
            for event in records.events:
                event.synchronize()
            self._folder.mkdir(parents=True, exist_ok=True)
            if document is not None and document != self._document:
                self._write_document(document)
            about = {**mark, "tensors": records.notes, "parameters": records.parameter_notes, "recorder": __version__}
            if records.summaries:
                about["summaries"] = records.summaries
            metadata = {"format": "pt", "normscope": json.dumps(about, separators=(",", ":"))}
            _write_atomically(path, _safetensors({**records.tensors, **records.parameters}, metadata))
            self.in_a_row = 0
        except Exception as error:  # Told by the recorder; training goes on.
            self.failures.append((path, error))
            self.in_a_row += 1
        finally:
            if records.arena is not None:
                self.memory.give_back(records.arena)
            self._slots.release()

    def _write_document(self, document: Dict[str, Any]) -> None:
        """Keeps what a person or an earlier run put there, and leaves alone what is not JSON."""
        path = self._folder / "normscope.json"
        try:
            present = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            merged = _merged_document(present, document)
            if merged != present:
                # A lone surrogate, which a layer's name may hold, becomes an escape that JSON knows.
                text = json.dumps(merged, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
                _write_atomically(path, [text + b"\n"])
            self._document = document
        except (ValueError, TypeError, AttributeError) as error:
            self.failures.append((path, error))
            self._document = document


ABANDONED_AFTER = 600
"""Seconds without a change after which a temporary file is nobody's."""


def _rank_of(name: str) -> int:
    found = re.search(r"_rank(\d+)\.safetensors", name)
    return int(found[1]) if found is not None else 0


def _merged_document(present: Mapping[str, Any], ours: Mapping[str, Any]) -> Dict[str, Any]:
    """``ours`` over what is there; layers, keys, and layouts that a person chose stay."""
    layers = {**present.get("layers", {})}
    for name, facts in ours["layers"].items():
        before = layers.get(name, {})
        layers[name] = {**before, **facts, **({"layout": before["layout"]} if "layout" in before else {})}
    order = [*ours["order"], *(name for name in present.get("order", []) if name not in ours["order"])]
    return {**present, **ours, "order": order, "layers": layers}


def _write_atomically(path: Path, chunks: Sequence[Any]) -> None:
    """Writes beside ``path`` under another name and renames, so that nobody ever sees half a file."""
    temporary = path.with_name(f".{path.name}.tmp-{uuid.uuid4().hex[:8]}")
    try:
        with open(temporary, "xb") as stream:
            for chunk in chunks:
                stream.write(chunk)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


SAFETENSORS_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.uint8: "U8",
    torch.int16: "I16",
    torch.int32: "I32",
    **{
        getattr(torch, name): code
        for name, code in (("float8_e4m3fn", "F8_E4M3"), ("float8_e5m2", "F8_E5M2"))
        if hasattr(torch, name)
    },
}


def _safetensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> List[Any]:
    """A safetensors file's bytes in pieces, the tensors' without copies.

    Wider types come first, so that every tensor is aligned [https://huggingface.co/docs/safetensors, format].
    """
    header: Dict[str, Any] = {"__metadata__": dict(metadata)}
    chunks: List[Any] = []
    offset = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        size = _nbytes(tensor)
        header[name] = {
            "dtype": SAFETENSORS_TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + size],
        }
        chunks.append((ctypes.c_char * size).from_address(tensor.data_ptr()))
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return [len(text).to_bytes(8, "little") + text, *chunks]


# python -m normscope --selftest


def _selftest() -> None:
    """Trains a small network with and without a recorder, and reads back what was written."""
    import tempfile

    def train(folder: Optional[str]) -> List[Tensor]:
        torch.manual_seed(1)
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        recorder = Recorder(model, folder, every=2, probe=torch.ones(2, 3, 8, 8)) if folder else None
        for step in range(5):
            loss = model(torch.randn(16, 3, 8, 8)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if recorder is not None:
                recorder.step(step)
        if recorder is not None:
            recorder.close()
        return [*model.state_dict().values(), torch.rand(1)]

    with tempfile.TemporaryDirectory() as folder:
        plain, recorded = train(None), train(folder)
        if not all(torch.equal(a, b) for a, b in zip(plain, recorded)):
            raise SystemExit("failed: training differs with a recorder")
        files = sorted(Path(folder).glob("*.safetensors"))
        if [file.name for file in files] != [f"step_{step:06d}.safetensors" for step in (0, 2, 4)]:
            raise SystemExit(f"failed: wrote {[file.name for file in files]}")
        for file in files:
            content = file.read_bytes()
            size = int.from_bytes(content[:8], "little")
            header = json.loads(content[8 : 8 + size])
            end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
            if len(content) != 8 + size + end or not {"0", "1", "2", "1.weight"} <= header.keys():
                raise SystemExit(f"failed: {file.name} is not whole")
        layers = json.loads((Path(folder) / "normscope.json").read_text(encoding="utf-8"))["layers"]
        if layers["1"]["module"] != "torch.nn.BatchNorm2d" or layers["1"]["layout"] != "NCHW":
            raise SystemExit(f"failed: normscope.json says {layers['1']}")
    print(f"ok: normscope {__version__} with PyTorch {torch.__version__}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--selftest"]:
        raise SystemExit("usage: python -m normscope --selftest")
    _selftest()
