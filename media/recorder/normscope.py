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
- ``normscope.json``: what is known of each layer: module type, axes, ε, groups, momentum, line of source.

Files appear under their name only once they are complete.
"""

from __future__ import annotations

import ast
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import fnmatch
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
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import torch
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
        re.search(r"(Batch|Layer|Group|Instance|RMS)_?Norm", type(module).__name__) is not None
        and not any(is_normalization(child) for child in module.children())
    )


def is_activation(module: nn.Module) -> bool:
    """Whether a module is an activation function: one of torch.nn's, or one without parameters that is named like one."""
    name = type(module).__name__
    if type(module).__module__ == "torch.nn.modules.activation":
        return re.search(r"Attention|[Ss]oftmax|Softmin", name) is None
    named = re.search(r"(ReLU|GELU|SiLU|Swish|Mish|Sigmoid|Tanh|ELU)\w*$", name) is not None
    return named and not list(module.parameters()) and not list(module.children())


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


WRAPPERS = re.compile(r"(?:^|(?<=\.))(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?:\.|$)")
"""Parts of a path that only wrappers add."""


def _unwrapped(model: nn.Module) -> nn.Module:
    """The model inside of torch.compile, DistributedDataParallel and DataParallel."""
    parallel = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    while True:
        inner = getattr(model, "_orig_mod", None) or (model.module if isinstance(model, parallel) else None)
        if inner is None:
            return model
        model = inner


def _named_modules(model: nn.Module) -> Iterator[Tuple[str, nn.Module]]:
    """Each module once, with its path without what wrappers add; the model itself is ``model``."""
    for path, module in _unwrapped(model).named_modules():
        yield WRAPPERS.sub("", path).rstrip(".") or "model", module


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
    events: List[Any] = dataclasses.field(default_factory=list)
    arena: Optional["_Arena"] = None


class _Origin:
    """Which module made a tensor; good until the tensor is changed in place."""

    def __init__(self, tensor: Tensor, layer: str, call: int) -> None:
        self.tensor = weakref.ref(tensor)
        self.version = _version(tensor)
        self.layer = layer
        self.call = call


class _Capture:
    """Hooks on a model, from construction to :meth:`close`, and what they collect.

    The hooks are PyTorch's global ones, which see every module and belong to none, so that a model that is copied or
    pickled meanwhile carries nothing along.
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
        self.order: List[str] = []
        self.problems: List[str] = []
        self.is_full = False
        self._model = _unwrapped(model)
        self._options = options
        self._facts = facts
        self._room = room
        self._memory = memory
        self._origins: Dict[int, _Origin] = {}
        self._inputs: Dict[int, Optional[str]] = {}
        self._chosen: Dict[int, str] = {}
        self._feeders: Dict[int, str] = {}
        for path, module in _named_modules(model):
            if choose(path, module) if choose else is_normalization(module) or is_activation(module):
                self._chosen[id(module)] = path
            elif choose is None and not any(module.children()):
                self._feeders[id(module)] = path
        self._first_device = _first_device(model)
        hooks = nn.modules.module
        self._undo = contextlib.ExitStack()
        self._undo.enter_context(_every_module_called(model, phases))
        if self._first_device is not None:
            self._mark_replicas()
        for handle in (
            hooks.register_module_forward_pre_hook(self._before),
            hooks.register_module_forward_hook(self._after),
        ):
            self._undo.callback(handle.remove)

    def close(self) -> None:
        """Removes the hooks."""
        self._undo.close()
        self._origins.clear()

    def _mark_replicas(self) -> None:
        """DataParallel runs copies of the modules; a mark tells whose copy each is."""
        for module in self._model.modules():
            module.__dict__[REPLICA_OF] = id(module)
            self._undo.callback(module.__dict__.pop, REPLICA_OF, None)

    def is_empty(self) -> bool:
        return not any(records.tensors for records in self.phases.values())

    def _before(self, module: nn.Module, arguments: Tuple[Any, ...]) -> None:
        path = self._chosen.get(_identity(module))
        if path is None or not is_normalization(module):
            return
        with self._guard(path):
            records = self._records()
            tensor = next((value for _, value in _tensors_in(arguments)), None)
            if records is not None and tensor is not None:
                self._inputs[_identity(module)] = self._keep_input(records, path, module, tensor)

    def _after(self, module: nn.Module, arguments: Tuple[Any, ...], output: Any) -> None:
        path = self._chosen.get(_identity(module)) or self._feeders.get(_identity(module))
        if path is None:
            return
        with self._guard(path):
            records = self._records()
            if records is None:
                return
            call = records.calls.get(path, 0)
            records.calls[path] = call + 1
            named = list(_tensors_in(output))
            for suffix, tensor in named:
                layer = path if len(named) == 1 else f"{path}{suffix}"
                if _identity(module) in self._chosen:
                    source = next((value for _, value in _tensors_in(arguments)), None)
                    self._facts.add_output(layer, path, module, tensor, self._layer_of(source))
                    self._keep(records, layer, call, module, tensor, self._inputs.get(_identity(module)))
                else:
                    self._facts.add_output(layer, path, module, tensor, None, declare=False)
                self._origins[id(tensor)] = _Origin(tensor, layer, call)
            if _identity(module) in self._chosen and is_normalization(module):
                self._keep_parameters(records, path, module)
                self._inputs.pop(_identity(module), None)

    @contextlib.contextmanager
    def _guard(self, path: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Whatever it is: it must not end a training run.
            self.problems.append(f"{path} was not recorded: {type(error).__name__}: {error}")

    def _records(self) -> Optional[_Records]:
        """Where to put what runs now; None for another phase, and for a recomputation inside the backward pass."""
        if self.is_full or _is_tracing() or getattr(torch._C, "_current_graph_task_id", lambda: -1)() != -1:
            return None
        if _is_transformed():
            problem = "Calls inside of a torch.func transform were not recorded."
            if problem not in self.problems:
                self.problems.append(problem)
            return None
        return self.phases.get("train" if self._model.training else "eval")

    def _keep_input(self, records: _Records, path: str, module: nn.Module, tensor: Tensor) -> Optional[str]:
        """Keeps the input of a normalization layer, once, and gives its key."""
        origin = self._origin_of(tensor)
        if origin is not None:
            key = _key(origin.layer, origin.call)
            self._facts.add_input(origin.layer, path, module, tensor)
            self._facts.add_link(path, origin.layer)
            if key not in records.tensors:
                self._keep(records, origin.layer, origin.call, module, tensor, None)
            return key if key in records.tensors else None
        layer = f"{path}.input"
        call = records.calls.get(path, 0)
        self._facts.add_input(layer, path, module, tensor)
        self._facts.add_link(path, layer)
        self._keep(records, layer, call, module, tensor, None)
        return _key(layer, call)

    def _origin_of(self, tensor: Tensor) -> Optional[_Origin]:
        origin = self._origins.get(id(tensor))
        unchanged = origin is not None and origin.tensor() is tensor and origin.version == _version(tensor) >= 0
        return origin if unchanged else None

    def _layer_of(self, tensor: Optional[Tensor]) -> Optional[str]:
        origin = self._origins.get(id(tensor))
        return origin.layer if origin is not None and origin.tensor() is tensor else None

    def _keep(
        self,
        records: _Records,
        layer: str,
        call: int,
        module: nn.Module,
        tensor: Tensor,
        input_key: Optional[str],
    ) -> None:
        if call >= self._options.max_calls:
            self.problems.append(f"{layer} ran more than max_calls={self._options.max_calls} times in one step.")
            return
        if self._first_device is not None and tensor.device != self._first_device:
            return
        reason = _unfit(tensor)
        if reason is not None:
            self.problems.append(f"{layer} was not recorded: its tensor is {reason}.")
            return
        kept, samples = self._sampled(tensor, self._facts.sample_axis(layer))
        key = _key(layer, call)
        dtype = kept.dtype if self._options.summarize else _stored_dtype(kept.dtype, self._options.dtype)
        if self._options.summarize:
            summary = _summarize(kept, **self._facts.knobs(layer, kept.dim()))
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
        else:
            records.tensors[key] = self._to_host(kept, dtype, records)
        note: Dict[str, Any] = {"layer": layer, "call": call, "training": module.training}
        if input_key is not None:
            note["input"] = input_key
        if samples != 0:
            note["samples"] = samples
        if tensor.dtype != dtype:
            note["dtype"] = _plain_name(tensor.dtype)
        records.notes[key] = note
        if layer not in self.order:
            self.order.append(layer)

    def _sampled(self, tensor: Tensor, axis: Optional[int]) -> Tuple[Tensor, int]:
        """The first samples of a tensor; and how many it has, where that is more (else 0)."""
        tensor = tensor.detach()
        limit = self._options.max_samples
        if limit is None or axis is None or tensor.dim() < 2 or tensor.shape[axis] <= limit:
            return tensor, 0
        return tensor.narrow(axis, 0, limit), tensor.shape[axis]

    def _keep_parameters(self, records: _Records, path: str, module: nn.Module) -> None:
        for role in ("weight", "bias", "running_mean", "running_var"):
            # A property runs code: a parametrization may count its calls, or draw random numbers.
            is_computed = isinstance(getattr(type(module), role, None), property)
            value = None if is_computed else getattr(module, role, None)
            if not isinstance(value, Tensor) or _unfit(value) is not None:
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


TRACERS = ("FakeTensorMode", "FunctionalTensorMode", "ProxyTorchDispatchMode")


def _is_tracing() -> bool:
    """Whether PyTorch makes a graph of the model: tensors have no values then, and what hooks do would go into it."""
    is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", None)
    if torch.jit.is_tracing() or (is_compiling is not None and is_compiling()):
        return True
    modes = getattr(torch.utils._python_dispatch, "_get_current_dispatch_mode_stack", None)
    return modes is not None and any(type(mode).__name__ in TRACERS for mode in modes())


def _is_transformed() -> bool:
    """Whether a torch.func transform is at work: the tensors are its own wrappers, with fewer axes under vmap."""
    functorch = getattr(torch._C, "_functorch", None)
    return hasattr(functorch, "peek_interpreter_stack") and functorch.peek_interpreter_stack() is not None


REPLICA_OF = "_normscope_replica_of"


def _identity(module: nn.Module) -> int:
    return module.__dict__.get(REPLICA_OF, id(module))


def _key(layer: str, call: int) -> str:
    return layer if call == 0 else f"{layer}#{call}"


def _tensors_in(value: Any, suffix: str = "", depth: int = 0) -> Iterator[Tuple[str, Tensor]]:
    """The floating-point tensors in a module's output, each with where it lies: ``[0]``, ``[hidden][1]``."""
    if isinstance(value, Tensor):
        if value.is_floating_point() and value.dim() > 0:
            yield suffix, value
        return
    if depth > 8:
        return
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    elif isinstance(value, (tuple, list)):
        parts = list(zip(getattr(value, "_fields", range(len(value))), value))
    else:
        return
    for name, part in parts:
        yield from _tensors_in(part, f"{suffix}[{name}]", depth + 1)


def _unfit(tensor: Tensor) -> Optional[str]:
    """Why a tensor cannot be recorded."""
    if tensor.layout != torch.strided:
        return f"not dense ({tensor.layout})"
    if tensor.is_quantized:
        return "quantized"
    if getattr(tensor, "is_nested", False):
        return "nested"
    if tensor.device.type == "meta":
        return "without values (on the meta device)"
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
        inner = getattr(model, "_orig_mod", None) or getattr(model, "module", None)
        if not isinstance(inner, nn.Module):
            return None
        model = inner


@contextlib.contextmanager
def _every_module_called(model: nn.Module, phases: Sequence[str]) -> Iterator[None]:
    """Has every module called one by one, where fused or compiled code would go past the hooks."""
    with contextlib.ExitStack() as undo:
        stance = getattr(getattr(torch, "compiler", None), "set_stance", None)
        if stance is not None:
            # Also before torch.compile is used for the first time, or it would compile the hooks into the model.
            undo.enter_context(stance("force_eager"))
        _ignore_warnings(undo, "Using `torch.compile(module)` when there are global hooks")
        for module in model.modules():
            original = module.__dict__.get("_modules", {}).get("_orig_mod")
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


def _ignore_warnings(undo: contextlib.ExitStack, start: str) -> None:
    """Ignores the warnings whose text starts with ``start``: where warnings are errors, they would end the training."""
    entry = ("ignore", re.compile(re.escape(start)), Warning, None, 0)
    warnings.filters.insert(0, entry)  # type: ignore[attr-defined]

    def remove() -> None:
        with contextlib.suppress(ValueError):  # Another list of filters may be in use by now.
            warnings.filters.remove(entry)  # type: ignore[attr-defined]

    undo.callback(remove)


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
        self._model = model
        self._caller = caller
        self._layers: Dict[str, Dict[str, Any]] = {}
        self._order: List[str] = []

    def add_output(
        self,
        layer: str,
        path: str,
        module: nn.Module,
        tensor: Tensor,
        input_layer: Optional[str],
        declare: bool = True,
    ) -> None:
        """``input_layer``: whose output the module's input is; an activation function has the axes of its input."""
        if "module" in self._layers.get(layer, {}):
            return
        facts: Dict[str, Any] = {"module": _type_name(module)}
        layout = _layout(module, tensor, self._is_sequence_first(path))
        inherited = self._layers.get(input_layer or "", {}).get("layout", "")
        if layout is None and is_activation(module) and len(inherited) == tensor.dim():
            layout = inherited
        if layout is not None:
            facts["layout"] = layout
        if declare and is_normalization(module):
            facts.update(_declared(module))
            facts.update({"momentum": module.momentum} if isinstance(getattr(module, "momentum", None), float) else {})
            if hasattr(module, "normalized_shape"):
                facts["normalizedShape"] = list(module.normalized_shape)
        source = _source_of(self._model, path, self._caller)
        if source is not None:
            facts["source"] = source
        self._layers[layer] = {**facts, **self._layers.get(layer, {})}

    def add_input(self, layer: str, path: str, module: nn.Module, tensor: Tensor) -> None:
        """``layer`` is the input of the normalization layer at ``path``, whose ε and groups are of interest for it."""
        facts = self._layers.setdefault(layer, {})
        layout = _layout(module, tensor, self._is_sequence_first(path))
        for name, value in {**_declared(module), **({"layout": layout} if layout else {})}.items():
            facts.setdefault(name, value)

    def add_link(self, path: str, input_layer: str) -> None:
        """The normalization layer at ``path`` has this layer for its input."""
        self._layers.setdefault(path, {}).setdefault("input", input_layer)

    def sample_axis(self, layer: str) -> Optional[int]:
        """The first axis where the layout is not known; None where there is one sample."""
        axis = self._layers.get(layer, {}).get("layout", "NC").find("N")
        return None if axis < 0 else axis

    def knobs(self, layer: str, rank: int) -> Dict[str, Any]:
        """Layout, ε and groups under which a layer is summarized."""
        facts = self._layers.get(layer, {})
        layout = facts.get("layout") or ("LNC" if rank == 3 and self._is_sequence_first(layer) else USUAL_LAYOUTS[rank])
        return {"layout": layout, "epsilon": facts.get("epsilon", 1e-5), "groups": facts.get("groups", 32)}

    def document(self, order: Sequence[str]) -> Dict[str, Any]:
        """The sidecar document of the layers that were recorded so far; ``order``: those of the last step."""
        self._order += [layer for layer in order if layer not in self._order]
        return {
            "schema": "normscope-run/1",
            "order": list(self._order),
            "layers": {layer: dict(self._layers[layer]) for layer in self._order if layer in self._layers},
        }

    def _is_sequence_first(self, path: str) -> bool:
        """Whether sequences around here are (position, sample, feature): what the nearest ``batch_first`` says."""
        around: List[nn.Module] = [self._model]
        for part in path.split("."):
            child = around[-1]._modules.get(part)
            around.append(around[-1] if child is None else child)
        for module in reversed(around):
            for each in (module, *module.children()):
                if isinstance(getattr(each, "batch_first", None), bool):
                    return not each.batch_first
        return False


def _type_name(module: nn.Module) -> str:
    """The name of a module's type; of a subclass of a normalization layer that holds no other modules, the layer's."""
    kinds = type(module).__mro__ if is_normalization(module) and not any(module.children()) else type(module).__mro__[:1]
    for kind in kinds:
        is_layer = kind is not nn.Module and getattr(nn, kind.__qualname__, None) is kind
        if kind.__module__.startswith("torch.nn.modules.") and is_layer:
            return f"torch.nn.{kind.__qualname__}"
    return f"{type(module).__module__}.{type(module).__qualname__}"


def _declared(module: nn.Module) -> Dict[str, Any]:
    """ε and groups of a normalization layer."""
    declared: Dict[str, Any] = {}
    for name in ("eps", "epsilon", "variance_epsilon"):
        value = getattr(module, name, None)
        if isinstance(value, float) and value > 0:
            declared.setdefault("epsilon", value)
    if isinstance(getattr(module, "num_groups", None), int):
        declared["groups"] = module.num_groups
    return declared


USUAL_LAYOUTS = ("", "C", "NC", "NLC", "NCHW", "NCDHW", "NCDEFG", "NCDEFGH")
CHANNELS_FIRST = ("", "C", "NC", "NCL", "NCHW", "NCDHW")
CHANNELS_LAST = ("", "C", "NC", "NLC", "NHWC", "NDHWC")


def _layout(module: nn.Module, tensor: Tensor, sequence_first: bool) -> Optional[str]:
    """The roles of a tensor's axes where its module's type tells them: N sample, C channel, others space or position."""
    rank = tensor.dim()
    if rank > 5:
        return None
    last = "LNC" if rank == 3 and sequence_first else CHANNELS_LAST[rank]
    is_torch = type(module).__module__.startswith("torch.")
    dimensions = re.search(r"([123])d$", type(module).__name__)
    if dimensions is not None and int(dimensions[1]) == rank - 1 and not isinstance(module, nn.BatchNorm1d):
        return CHANNELS_FIRST[rank + 1][1:] if is_torch else None
    if isinstance(module, (nn.modules.batchnorm._NormBase, nn.GroupNorm)) or dimensions is not None:
        return CHANNELS_FIRST[rank]
    if isinstance(module, (nn.LayerNorm, getattr(nn, "RMSNorm", nn.LayerNorm))):
        axes = len(module.normalized_shape)
        return last if axes == 1 else CHANNELS_FIRST[rank] if axes == rank - 1 > 2 else None
    if isinstance(module, (nn.Linear, nn.Bilinear, nn.Embedding)) or hasattr(module, "batch_first"):
        return last
    weight = module._parameters.get("weight")
    if is_normalization(module) and isinstance(weight, Tensor) and weight.dim() == 1 and rank > 1:
        is_first, is_last = (tensor.shape[axis] == weight.numel() for axis in (1, rank - 1))
        return CHANNELS_FIRST[rank] if is_first and not is_last else last if is_last and not is_first else None
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


def _source_of(model: nn.Module, path: str, caller: _Caller) -> Optional[Dict[str, Any]]:
    """File and line where the module at ``path`` is defined, as near as the text of its parents tells; or None."""
    try:
        parts = [] if path == "model" and "model" not in model._modules else path.split(".")
        chain = [model]
        for part in parts:
            chain.append(chain[-1]._modules.get(part) or _through_wrappers(chain[-1])._modules[part])
        for depth in reversed(range(len(parts))):
            owner = type(_through_wrappers(chain[depth]))
            if not owner.__module__.startswith("torch."):
                return _source_in_class(owner, parts[depth:])
        return _source_in_script(caller, parts)
    except Exception:  # A line of source is a help, not a need.
        return None


def _through_wrappers(module: nn.Module) -> nn.Module:
    for name in ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"):
        module = module._modules.get(name) or module
    return module


def _source_in_class(owner: type, parts: Sequence[str]) -> Optional[Dict[str, Any]]:
    for kind in owner.__mro__:
        if kind.__module__.startswith("torch.") or kind is object:
            continue
        lines, start = inspect.getsourcelines(kind)
        indent = len(lines[0]) - len(lines[0].lstrip())
        tree = ast.parse("".join(line[indent:] if line[:indent].isspace() else line for line in lines))
        found = _definitions(tree, lambda target: _is_attribute(target, parts[0]), parts[0])
        if found:
            line = _within(found[0], parts[1:]).lineno + start - 1
            return _place(inspect.getsourcefile(kind), line)
    return _place(inspect.getsourcefile(owner), inspect.getsourcelines(owner)[1])


def _source_in_script(caller: _Caller, parts: Sequence[str]) -> Optional[Dict[str, Any]]:
    """For a model that is made of torch's own containers: where the script assigns it to its name."""
    if not os.path.isfile(caller.file):
        return None
    tree = ast.parse(Path(caller.file).read_text(encoding="utf-8"))
    found = _definitions(tree, lambda target: isinstance(target, ast.Name) and target.id in caller.names, None)
    # Not `model = wrapped(model)`; and of several functions with a `model` the one that made the recorder.
    made = [node for node in found if node.lineno <= caller.line and not _mentions(node, caller.names)]
    node = max(made, key=lambda each: each.lineno, default=None)
    return None if node is None else _place(caller.file, _within(node, parts).lineno)


def _mentions(tree: ast.AST, names: Sequence[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def _place(file: Optional[str], line: int) -> Optional[Dict[str, Any]]:
    return {"file": os.path.abspath(file), "line": line} if file is not None and os.path.isfile(file) else None


def _is_attribute(target: ast.AST, name: str) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name)


def _definitions(tree: ast.AST, is_target: Callable[[ast.AST], bool], name: Optional[str]) -> List[ast.expr]:
    """The values that are assigned to a target, or given to ``add_module(name, …)``."""
    found: List[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(is_target(target) for target in node.targets):
            found.append(node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None and is_target(node.target):
            found.append(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
            first = node.args[0]
            is_named = isinstance(first, ast.Constant) and first.value == name is not None
            if is_named and node.func.attr in ("add_module", "register_module"):
                found.append(node.args[1])
    return found


def _within(node: ast.AST, parts: Sequence[str]) -> ast.AST:
    """Follows indices and names of children into the arguments of Sequential, ModuleList and ModuleDict."""
    for part in parts:
        elements = list(node.args) if isinstance(node, ast.Call) else []
        if len(elements) == 1 and isinstance(elements[0], (ast.List, ast.Tuple)):
            elements = list(elements[0].elts)
        inner = None
        if part.isdigit() and not any(isinstance(each, ast.Starred) for each in elements):
            inner = elements[int(part)] if int(part) < len(elements) else None
        elif not part.isdigit():
            inner = _named_part(node, part)
        if inner is None:
            return node
        node = inner
    return node


def _named_part(node: ast.AST, name: str) -> Optional[ast.AST]:
    """The value beside the text ``name``: in ``("bn", nn.BatchNorm2d(8))`` or ``{"bn": nn.BatchNorm2d(8)}``."""
    for each in ast.walk(node):
        pairs: List[Tuple[Optional[ast.AST], ast.AST]] = []
        if isinstance(each, ast.Dict):
            pairs = list(zip(each.keys, each.values))
        elif isinstance(each, ast.Tuple) and len(each.elts) == 2:
            pairs = [(each.elts[0], each.elts[1])]
        for key, value in pairs:
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    return None


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
                _write_atomically(path, [json.dumps(merged, indent=2, ensure_ascii=False).encode() + b"\n"])
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
