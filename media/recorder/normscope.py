"""Normscope's recorder: writes what a PyTorch model's normalization layers see while it trains.

    from normscope import Recorder

    recorder = Recorder(model, "runs/bn")
    for step, (x, y) in enumerate(loader):
        loss = train_step(x, y)
        recorder.step(step, loss=loss)

Open the folder ``runs/bn`` in VS Code with *Normscope: Open Activation Run*; it may still be growing.

This one file is all there is to install: copy it beside your script. It needs PyTorch 1.13 or later and nothing else.
``python -m normscope --selftest`` tries it out.

Training without ``torch.compile`` is bit for bit the same as without the recorder: losses, parameters, buffers and random
state. With ``torch.compile``, a step that records runs uncompiled. The backends ``eager`` and ``aot_eager`` still give the
same bits. ``inductor`` rounds differently there (in 20 steps, every 5th recorded, losses differed by at most 6e-8 and
parameters by at most 5.4e-7), and its dropout draws other random numbers unless
``torch._inductor.config.fallback_random`` is set. With a probe, training steps stay compiled and give the same bits.
Whatever fails, training goes on; each kind of failure gives one warning.

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

import array
import ast
import atexit
import bisect
import collections
import contextlib
import copy
import ctypes
import dataclasses
import fnmatch
import functools
import hashlib
import importlib
import inspect
import itertools
import json
import math
import mmap
import operator
import os
import random
import re
import sys
import threading
import time
import types
import uuid
import warnings
import weakref
from pathlib import Path
from typing import (
    Any,
    Callable,
    Container,
    Deque,
    Dict,
    FrozenSet,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

import torch
import torch.nn.utils.parametrize
import torch.utils._python_dispatch
from torch import Tensor, nn

__version__ = "1.1.0"
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
        every: record the steps that are multiples of it, and the very first one. By default, steps 0, 1, 2, 5, 10, 20, 50
            and then the multiples of 100: what goes wrong at the beginning is over before step 100.
        dense_start: whether steps 1, 2, 5, 10, 20, 50, … below ``every`` are recorded, too; by default where ``every`` is
            not given.
        layers: which modules; by default normalization layers with their inputs, the modules that feed them, and
            activation functions.
        probe: the same held-out batch at every step that records, in place of what the model is trained on: that
            separates a change of parameters from a change of data. What the model is called with: a tensor, a tuple of
            arguments, a dict of keyword arguments, or a function that is called with the model. It runs without
            gradients, with the same random numbers each time, and leaves no trace: the model works on copies of the
            batch and of everything that its modules hold (parameters, buffers, other tensors, containers, counters,
            generators, helper objects), so it takes as much memory again as the model's tensors while it runs. Random
            state, modes, hooks and PyTorch's settings are as before. Not protected: iterators, variables of Python modules,
            files, the memory of C++ objects. The model must not run in another thread meanwhile.

            Among several ranks, a model whose forward pass communicates is probed only at steps where every rank's
            recorder does so; where one does not, the others wait up to :data:`AGREEMENT_SECONDS` once, and the probe
            ends with a warning. Models whose parameters are spread over the ranks (FSDP, DTensor, ZeRO-3) have none.
        probe_mode: ``"eval"`` or ``"train"``: which mode the model is in while the probe runs.
        max_samples: how many samples of a batch to keep; all by default.
        dtype: the type in which tensors are stored. ``"auto"`` stores each in two bytes per value where that resolves
            the deviation of every channel (rounding of at most half a percent of it) and holds the greatest value, else
            in float32, or in float64 where float32 does not resolve it either. ``"float16"``, ``"bfloat16"``,
            ``"float32"`` or ``"float64"`` (or PyTorch's types) store tensors of wider types in that one whatever it
            costs; the file and one warning say what that loses. No tensor is stored in a wider type than it has.
        max_bytes: recording ends before the run's files exceed this, over all ranks.
        max_calls: how many calls of one module to keep at one step.
        phases: ``"train"``, ``"eval"``: forward passes with the model in these modes are recorded. In evaluation PyTorch
            runs an ``nn.TransformerEncoderLayer`` as one fused operation, with other rounding than its layers one by
            one. That stays so, because your results would change; the layers inside of it are seen only by a probe.
        summarize: keep distributions in place of values, kilobytes for each tensor: for activations that are too large
            to keep. They are computed where the activations are, for every normalization method, with the layer's own
            ε and groups (else 1e-5 and 32), which cannot be changed afterwards.
        overwrite: replace steps that are there already.
        knobs: what distinguishes the run from others of a sweep, such as ``{"lr": 0.1, "width": 256, "seed": 3}``:
            numbers, booleans or texts by name. Normscope compares runs by them.
    """

    def __init__(
        self,
        model: nn.Module,
        folder: Union[str, "os.PathLike[str]"],
        *,
        every: Optional[int] = None,
        dense_start: Optional[bool] = None,
        layers: Optional[Layers] = None,
        probe: Any = None,
        probe_mode: str = "eval",
        max_samples: Optional[int] = None,
        dtype: Union[str, torch.dtype] = "auto",
        max_bytes: int = 4 * 2**30,
        max_calls: int = 8,
        phases: Sequence[str] = ("train",),
        summarize: bool = False,
        overwrite: bool = False,
        knobs: Optional[Mapping[str, Union[int, float, bool, str]]] = None,
    ) -> None:
        is_dense = every is None if dense_start is None else dense_start
        every = 100 if every is None else every
        least_one = {"every": every, "max_calls": max_calls, "max_samples": 1 if max_samples is None else max_samples}
        for name, number in least_one.items():
            if number is None or not number >= 1:  # Not so for NaN either.
                raise ValueError(f"{name}={number!r}: must be an integer >= 1.")
        if probe_mode not in PHASES or isinstance(phases, str) or not phases or not set(phases) <= set(PHASES):
            raise ValueError(f"phases={phases!r}, probe_mode={probe_mode!r}: must be 'train' or 'eval'.")
        self.model = model
        self.folder = Path(folder)
        self.every = every
        self._choose = _predicate(layers)
        self._probe = None if probe is None else _Probe(model, probe, probe_mode)
        self._phases = tuple(phases) if probe is None else (probe_mode,)
        self._max_bytes = max_bytes
        self._overwrite = overwrite
        self._options = _Options(max_samples, _dtype_named(dtype), max_calls, summarize)
        self._facts = _Facts(_unwrapped(model), _caller(model), _checked_knobs(knobs))
        self._schedule = _Schedule(every, is_dense)
        self._capture: Optional[_Capture] = None
        self._warned: set = set()
        self._off = False
        self._why_off: Optional[str] = None
        self._lock = threading.RLock()
        with contextlib.suppress(OSError):  # The working directory may be gone.
            # Absolute, so that a script that changes its working directory goes on in the same folder.
            self.folder = Path(os.path.abspath(self.folder))
        self._writer = _Writer(self.folder, max_bytes, overwrite, _model_hash(model))
        weakref.finalize(self, self._writer.finish)
        with self._guard("The run's folder cannot be read"):
            self._end_others_in_this_folder()
            _RECORDERS.add(self)
            self._schedule.is_new = self._writer.resume()
        if self._writer.holds_another_model and not overwrite:
            self._stop(_another_model(self.folder))
        if sys.byteorder != "little":
            self._stop("Recording needs a little-endian machine.")
        if probe is None:
            with self._guard("The model cannot be recorded"):
                self._arm()

    def step(self, step: Optional[int] = None, **scalars: Any) -> None:
        """Ends training step ``step`` (by default one more than the last); call it after each.

        Writes what was recorded since the last call if this step records, and prepares for the next. With a probe,
        the probe runs here, on the parameters as they are now.

        ``scalars`` are numbers or tensors of one element to chart over the steps, such as ``loss=loss, lr=lr``. They are
        read only if this step records; a tensor on a GPU is copied without waiting for it.
        """
        if self._off:
            if self._why_off is not None:
                self._warn(self._why_off)
            return
        try:  # Not a context manager, whose own cost would be most of a step that does not record.
            with self._lock:
                self._end_of_step(self._schedule.number(step), scalars)
        except Exception as error:
            self._fail("This step was not recorded", error)

    @contextlib.contextmanager
    def recording(self, step: int) -> Iterator[None]:
        """Records what runs inside the ``with`` block as step ``step``, whatever ``every`` says; for your own loops."""
        outer = None
        if not self._off:
            with self._guard("This step was not recorded"):
                outer, self._capture = self._capture, None
                if outer is not None:
                    outer.is_paused = True
                self._arm()
        try:
            yield
        finally:
            with self._guard("This step was not recorded"):
                self._write(step)
                self._disarm()
                self._capture = outer
                if outer is not None:
                    outer.is_paused = False
                if self._off:
                    self._disarm()

    def flush(self) -> None:
        """Waits until everything that was recorded is written; gives up once the disk takes nothing for 30 seconds."""
        if not self._writer.flush():
            self._warn(f"Some steps are not written yet: {self.folder} accepts no data.")
        self._report()

    def close(self) -> None:
        """Ends recording and waits until everything is written, as :meth:`flush` does."""
        self._end()
        self.flush()
        self._writer.finish()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # A copy or pickle of a model that holds its recorder gets one that has ended.

    def __getstate__(self) -> Dict[str, Any]:
        return {"folder": self.folder, "every": self.every}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.folder, self.every = state["folder"], state["every"]
        self._off, self._why_off = True, COPIED
        self._capture, self._probe = None, None
        self._warned = set()
        self._lock = threading.RLock()
        self._writer = _Writer(self.folder, 0, False, "")

    # When to record

    def _end_of_step(self, step: int, scalars: Mapping[str, Any]) -> None:
        is_due = self._schedule.is_due(step)
        is_ready = self._capture is not None or self._probe is not None
        if is_due and is_ready:
            if self._probe is not None:
                self._run_probe(step)
            if self._capture is not None:
                self._write(step, scalars)
        if self._capture is not None:
            self._disarm()
        upcoming = self._schedule.end(step, is_missed=is_due and not is_ready and not self._is_there(step))
        if upcoming is None or self._off or self._probe is not None:
            return
        if not self._is_there(upcoming):
            self._arm()

    def _arm(self) -> None:
        self._disarm()
        if not self._off:
            memory = self._writer.memory
            room = self._writer.room()
            self._capture = _Capture(self.model, self._choose, self._options, self._phases, self._facts, room, memory)

    def _disarm(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.close()
            for records in capture.phases.values():
                self._writer.release(records)

    def _run_probe(self, step: int) -> None:
        late = _uninitialized(self.model)
        if late is not None:
            self._warn(f"The probe did not run at step {step}: {late} gets its shape in the first training step.")
            return
        refusal = self._probe.run(step, self._arm)
        if refusal is not None:
            self._stop(refusal)

    # What is written

    def _paths(self, step: int) -> List[Path]:
        """A file per phase; the phase is part of the name if there are several."""
        several = len(self._phases) > 1
        return [
            self.folder / f"step_{step:06d}{f'_{phase}' if several else ''}{_rank_suffix()}.safetensors"
            for phase in self._phases
        ]

    def _is_there(self, step: int) -> bool:
        """Whether the step's file was there before, and stays."""
        return not self._overwrite and self._writer.knows(self._paths(step)[0])

    def _write(self, step: int, scalars: Mapping[str, Any] = types.MappingProxyType({})) -> None:
        capture, self._capture = self._capture, None
        if capture is None:
            return
        capture.close()
        self._report()
        try:
            if step < 0 or self._off:
                return
            for problem in capture.problems:
                self._warn(problem)
            if capture.is_full:
                self._stop(_full(self._max_bytes, step))
            elif capture.is_empty():
                reason = capture.why_empty()
                if reason is not None:
                    self._warn(f"Nothing was recorded at step {step}: {reason}.")
            else:
                self._submit(step, capture, scalars)
        finally:
            for records in capture.phases.values():
                self._writer.release(records)

    def _submit(self, step: int, capture: "_Capture", scalars: Mapping[str, Any]) -> None:
        """Hands each phase's records to the writer, which then owns their memory."""
        document = self._facts.document(capture.order) if _rank() == 0 else None
        for phase, path in zip(self._phases, self._paths(step)):
            records = capture.phases[phase]
            if not records.tensors:
                continue
            if not self._overwrite and self._writer.knows(path):
                self._warn(f"{path} already exists and is kept. Pass overwrite=True to replace it.")
                continue
            about: Dict[str, Any] = {"step": step, "phase": phase}
            if _world_size() > 1:
                about["rank"] = _rank()
            if self._probe is not None:
                about["probe"] = True
            kept = self._kept_scalars(scalars, capture, records)
            if not self._writer.submit(_Step(path, step, records, about, document, kept)):
                self._warn(f"{path} was not written: the disk accepted no data for {_Writer.PATIENCE:.0f} seconds.")
                return
            capture.phases[phase] = _Records()
        self._schedule.is_new = False

    def _kept_scalars(
        self, scalars: Mapping[str, Any], capture: "_Capture", records: "_Records"
    ) -> Dict[str, Union[float, Tensor]]:
        """The numbers of a step; of tensors copies on the host, which are complete once the records' events have passed."""
        kept: Dict[str, Union[float, Tensor]] = {}
        for name, value in scalars.items():
            try:
                if not isinstance(value, Tensor):
                    kept[name] = float(value)
                    continue
                reason = "complex" if value.is_complex() else _unreadable(value)
                if reason is None and value.numel() != 1:
                    reason = f"of shape {list(value.shape)}, not a single number"
                if reason is None:
                    kept[name] = capture.to_host(value.detach().reshape(()), records)
                else:
                    self._warn(f"{name} was not recorded: its tensor is {reason}.")
            except Exception as error:
                self._warn(f"{name} was not recorded: {type(error).__name__}: {error}")
        return kept

    # Trouble

    @contextlib.contextmanager
    def _guard(self, what: str) -> Iterator[None]:
        """Turns every failure inside into a warning, and ends recording; one thread at a time."""
        try:
            with self._lock:
                yield
        except Exception as error:  # Whatever it is: it must not end a training run.
            self._fail(what, error)

    def _fail(self, what: str, error: Exception) -> None:
        self._stop(f"{what}. Recording ends: {type(error).__name__}: {error}")

    def _stop(self, why: Optional[str] = None) -> None:
        self._end()
        if why is not None:
            self._warn(why)

    def _end(self) -> None:
        """Records nothing from now on; the other ranks do not wait for this one's probe."""
        self._off = True
        with contextlib.suppress(Exception):  # It may be what failed.
            self._disarm()
        if self._probe is not None:
            with contextlib.suppress(Exception):
                self._probe.end()

    def _report(self) -> None:
        """Passes on what the writer has to say."""
        for message, kind in self._writer.take_messages():
            self._warn(message, kind)
        if self._writer.has_ended and not self._off:
            self._stop()

    def _warn(self, message: str, kind: Optional[str] = None) -> None:
        """Warns, once per kind of message; never raises, whatever the script made of warnings."""
        kind = kind or re.sub(r"\d+", "", message)
        if kind in self._warned:
            return
        self._warned.add(kind)
        try:
            warnings.warn(f"normscope: {message}", stacklevel=2)
        except Exception:  # Warnings are errors here, or the script shows them in a way that fails.
            _print(message)

    # Other recorders and other processes

    def _end_others_in_this_folder(self) -> None:
        """Two recorders in one folder would mix their files: the newest goes on, as when a notebook cell runs again."""
        for other in list(_RECORDERS):
            if not other._off and os.path.realpath(other.folder) == os.path.realpath(self.folder):
                other._stop(
                    f"Another Recorder was made for {self.folder}, so this one stops recording. "
                    "Give each Recorder its own folder."
                )

    def _become_fork(self) -> None:
        """In a forked child: the hooks come off, and the writer, whose thread stayed in the parent, is let go."""
        self._writer.abandon()
        self._lock = threading.RLock()  # Another thread, which is not here, may have held it.
        self._probe = None  # Its vote is the parent's to give.
        if self._capture is not None:
            self._capture.abandon()
        if not self._off:
            self._why_off = FORKED
        self._end()


FORKED = (
    "This process is a fork of the one that made the recorder, so it does not record. Make a Recorder in the process "
    "that trains."
)
COPIED = (
    "This recorder is a copy, because its model was copied or pickled, so it does not record. Make a new Recorder for the "
    "copied model."
)


_RECORDERS: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


def _after_fork() -> None:
    global _held_lock
    _held_lock = threading.RLock()
    for recorder in list(_RECORDERS):
        recorder._become_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Schedule:
    """Which steps record: a run's first, and the first at or beyond each mark. Marks are the multiples of ``every``, and if
    the start is dense, below it 1, 2, 5, 10, 20, 50, …. Steps that go back, as after a return to a checkpoint, begin again with the next mark.

    Hooks go up before a step's number is known. Where steps come at a regular stride, the next is foreseen; else every
    step that might reach a mark is prepared for, and one that came unforeseen is made up for by the next.
    """

    MEMORY = 8
    """Regular strides after which a leap is forgotten."""

    def __init__(self, every: int, is_dense: bool) -> None:
        self.is_new = True
        self._every = every
        self._early = _early_marks(every) if is_dense else [0]
        self._previous: Optional[int] = None
        self._stride: Optional[int] = None
        self._longest = 1
        self._irregular = 0
        self._is_missed = False

    def number(self, step: Optional[int]) -> int:
        """A step's number; one more than the last where none is given."""
        if step is not None:
            return int(step)
        return 0 if self._previous is None else self._previous + 1

    def is_due(self, step: int) -> bool:
        if self._previous is None or step < self._previous:
            return self._last_mark(step) == step or self.is_new
        return self._is_missed or self._last_mark(step) > self._previous

    def _last_mark(self, step: int) -> int:
        """The last mark up to a step."""
        if 0 <= step < self._every:
            return self._early[bisect.bisect_right(self._early, step) - 1]
        return int(step // self._every * self._every)

    def end(self, step: int, is_missed: bool) -> Optional[int]:
        """Ends a step. Gives the one that the next may reach if that may record, else None."""
        if self._previous is not None and step != self._previous:
            self._learn(step - self._previous)
        self._previous = step
        self._is_missed = is_missed
        stride = 2 * self._longest if self._irregular else self._stride or 1
        upcoming = step + stride
        mark = self._last_mark(upcoming)
        may_record = mark > step if stride > 0 else mark == upcoming
        return upcoming if is_missed or may_record else None

    def _learn(self, stride: int) -> None:
        if self._stride is None:
            self._stride = stride
        elif stride != self._stride:
            self._longest = max(stride, self._stride, self._longest if self._irregular else 1)
            self._irregular = self.MEMORY
            self._stride = stride
        elif self._irregular:
            self._irregular -= 1


def _early_marks(every: int) -> List[int]:
    """0, 1, 2, 5, 10, 20, 50, … as far as they are less than ``every``."""
    marks = [0]
    for power in itertools.count():
        for digit in (1, 2, 5):
            mark = digit * 10**power
            if mark >= every:
                return marks
            marks.append(mark)
    return marks


PHASES = ("train", "eval")


@dataclasses.dataclass(frozen=True)
class _Options:
    max_samples: Optional[int]
    dtype: Optional[torch.dtype]
    max_calls: int
    summarize: bool


def _dtype_named(dtype: Union[str, torch.dtype]) -> Optional[torch.dtype]:
    """The type to store tensors in; None where each tensor's values decide (``"auto"``)."""
    named = {"auto": None, **{_plain_name(each): each for each in STORED_TYPES}}
    name = str(dtype).replace("torch.", "")
    if name not in named:
        raise ValueError(f"dtype={dtype!r}: expected one of {', '.join(map(repr, named))}.")
    return named[name]


def _rank() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank()
    return _whole_number("RANK", 0) if _world_size() > 1 else 0


def _world_size() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_world_size()
    return max(1, _whole_number("WORLD_SIZE", 1))


def _whole_number(variable: str, default: int) -> int:
    """An environment variable that a launcher may have set to a number."""
    text = os.environ.get(variable, "").strip()
    return int(text) if text.isdecimal() else default


def _rank_suffix() -> str:
    return f"_rank{_rank()}" if _world_size() > 1 else ""


# Which modules


def is_normalization(module: nn.Module) -> bool:
    """Whether a module is a normalization layer: one of torch.nn's, or one whose type is named like one."""
    known = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, getattr(nn, "RMSNorm", nn.LayerNorm))
    if isinstance(module, known):
        return True
    name, children = _kind_name(module), _children(module)
    if re.search(r"(Batch|Layer|Group|Instance|RMS)_?Norm", name) is not None:
        return not any(is_normalization(child) for _, child in children)
    # ScaleNorm, PixelNorm, L2Norm, FilterResponseNormalization; with children, it is a wrapper such as PreNorm.
    is_named = re.search(r"[Nn]orm(alization)?(_?[123][dD])?$", name) is not None
    return is_named and not children and not _class_of(module).__module__.startswith("torch.nn.")


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
        raise ValueError(f"layers={layers!r}: expected globs, module types, or a predicate.")
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
    layouts: Dict[str, Optional[str]] = dataclasses.field(default_factory=dict)
    parameter_notes: Dict[str, Dict[str, str]] = dataclasses.field(default_factory=dict)
    summaries: Dict[str, Dict[str, Any]] = dataclasses.field(default_factory=dict)
    calls: Dict[str, int] = dataclasses.field(default_factory=dict)
    order: Dict[str, int] = dataclasses.field(default_factory=dict)
    """When each layer's first tensor was made, as a number that only grows."""
    events: List[Any] = dataclasses.field(default_factory=list)
    arena: Optional["_Arena"] = None
    dtype: Optional[torch.dtype] = None


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
    is_fusible: bool = False


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
        self.phases = {phase: _Records(dtype=options.dtype) for phase in phases}
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
        self.is_paused = False
        self._is_closed = False
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
        undo.enter_context(_every_module_called(model))
        undo.callback(_remove_all, self._last_hooks)
        self._hook_ids = self._hook(undo)

    def _hook(self, undo: contextlib.ExitStack) -> Tuple[int, int]:
        """Registers the global hooks and gives their ids."""
        # No modules: one may hold the recorder, which then would never be dropped.
        weakly, watched, identity = weakref.ref(self), frozenset(self._watched), self._identity

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
        """Removes the hooks. Calls that are under way in other threads add nothing from now on."""
        self._end()
        with self._lock:
            self._is_closed = True
            self._origins.clear()

    def abandon(self) -> None:
        """In a forked child, which does not have the thread that may hold the lock."""
        self._lock = threading.RLock()

    def is_empty(self) -> bool:
        return not any(records.tensors for records in self.phases.values())

    def why_empty(self) -> Optional[str]:
        """Why nothing was recorded; None where ``problems`` says it."""
        chosen = {each.node.path for each in self._watched.values() if each.is_chosen}
        if not any(path in chosen for records in self.phases.values() for path in records.calls):
            return f"none of the chosen layers ran in the phase {' or '.join(self.phases)}"
        return None if self._problems else "no output of the chosen layers is a floating-point tensor with at least one axis"

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
        if watched.is_fusible:
            return
        path, most = watched.node.path, self._options.max_calls
        under_way = self._calls_under_way(frame)
        records = self.phases.get("train" if _attribute(self._model, "training") else "eval")
        if self.is_full or records is None or records.calls.get(path, 0) > most:
            return
        with self._guard(path):
            if self._is_closed or self.is_paused or _is_tracing() or _is_recomputed(frame):
                return
            if _is_transformed():
                if watched.is_chosen:
                    self._tell(path, "was not recorded, because it ran inside a torch.func transform (grad, vmap, …).")
                return
            number = records.calls.get(path, 0)
            records.calls[path] = number + 1
            if number >= most:
                if watched.is_chosen:
                    self._tell(path, f"ran more than max_calls={most} times in one step. Later calls are not recorded.")
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
        watched = self._watched[self._identity(module)]
        if watched.is_fusible:
            self._note_fused(watched.node)
            return
        call = self._call_from(frame)
        if call is None:
            return
        if call.watched.is_normalization:
            with self._guard(call.watched.node.path, "has parameters that were not recorded"):
                if not self._is_closed:
                    self._keep_parameters(call, module)
        if call.last_hook is None:
            self._finish(call, module, arguments, output, frame)

    def _note_fused(self, layer: _Node) -> None:
        """Says that PyTorch ran an encoder layer as one operation, in which no module of it is called."""
        records = self.phases.get("eval")
        if records is None or layer.module.training:
            return
        inside = [self._watched.get(id(module)) for module in layer.module.modules()]
        paths = [each.node.path for each in inside if each is not None and each.is_chosen]
        if paths and not any(path in records.calls for path in paths):
            self._tell(
                layer.path,
                "ran as one fused PyTorch operation in evaluation mode, so the layers inside it were not recorded. "
                "A probe records them.",
            )

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
            if self._is_closed:
                return
            source = _input_of(module, arguments, frame)
            if call.given is not None:
                call.input_key = self._keep_late_input(call, module, source)
            source_layer = self._layer_of(source)
            named, is_all = _tensors_in(output)
            if not is_all:
                self._tell(path, f"was recorded only partly: its output has more than {MAX_PARTS} parts.")
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
        more = [f" The same applies to {count} more." if count > 0 else "" for count in others]
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
                text = _shortened(_text(error), 300).rstrip(".")
                self._tell(path, f"{what}: {type(error).__name__}: {text}.")

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
                self._tell(path, "was recorded without its input: a forward pre-hook or the layer changed it in place.")
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
        if self._options.summarize:
            knobs, is_guess = self._facts.knobs(layer, kept.dim())
            summary = _summarize(kept, **knobs)
            size = summary.numel()
        else:
            size = kept.numel() * _least_itemsize(kept.dtype, self._options.dtype)
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
            records.tensors[key] = self.to_host(kept, records)
            records.layouts[key] = self._facts.layout(layer)
        note: Dict[str, Any] = {"layer": layer, "call": call, "training": bool(_attribute(module, "training"))}
        if input_key is not None:
            note["input"] = input_key
        if samples != 0:
            note["samples"] = samples
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
        for role, name in _roles(module).items():
            value = _stored(module, name)
            if value is None or _unfit(value) is not None:
                continue
            if self._first_device is not None and value.device != self._first_device:
                continue
            key = f"{path}.{name}"
            records.parameters[key] = self.to_host(value.detach(), records)
            records.parameter_notes[key] = {"layer": path, "role": role}

    def to_host(self, tensor: Tensor, records: _Records) -> Tensor:
        """A contiguous copy on the host. From a CUDA device it may be under way until the records' events have passed."""
        if tensor.device.type != "cuda":
            records.arena = records.arena or self._memory.take()
            return records.arena.empty(tensor.shape, tensor.dtype).copy_(tensor)
        tensor = tensor.contiguous()
        host = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu", pin_memory=True)
        host.copy_(tensor, non_blocking=True)
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(tensor.device))
        records.events.append(event)
        return host


def _identity_of_replicas(module: nn.Module) -> int:
    """The same for a module and its copies that DataParallel runs, which share its dictionary of hooks."""
    return id(vars(module).get("_forward_hooks", module))


TRACERS = ("FakeTensorMode", "FunctionalTensorMode", "ProxyTorchDispatchMode")


def _is_tracing() -> bool:
    """Whether PyTorch makes a graph of the model: tensors have no values then, and what hooks do would go into it."""
    if torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():
        return True
    is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", None)
    if torch.jit.is_tracing() or (is_compiling is not None and is_compiling()):
        return True
    modes = getattr(torch.utils._python_dispatch, "_get_current_dispatch_mode_stack", None)
    return modes is not None and any(type(mode).__name__ in TRACERS for mode in modes())


def _is_transformed() -> bool:
    """Whether a torch.func transform is at work: the tensors are its own wrappers, with fewer axes under vmap."""
    functorch = getattr(torch._C, "_functorch", None)
    return hasattr(functorch, "peek_interpreter_stack") and functorch.peek_interpreter_stack() is not None


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
    if isinstance(module, nn.TransformerEncoderLayer):
        return _Watched(node, False, False, is_fusible=True)
    return _Watched(node, False, False) if choose is None and not _children(module) else None


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


ROLES = {
    "weight": r"weight|gamma|scale|gain|alpha|g|w|a_?2",
    "bias": r"bias|beta|shift|offset|b|b_?2",
    "running_mean": r"(running|moving)_(mean|avg)",
    "running_var": r"(running|moving)_var(iance)?",
}
"""What γ, β and running statistics are called, in PyTorch's words and in those of other people."""


def _roles(module: nn.Module) -> Dict[str, str]:
    """The names under which a normalization layer holds γ, β and running statistics, by PyTorch's names for them."""
    roles = {role: role for role in ROLES if _stored(module, role) is not None}
    if _is_script(module) or _has_library_forward(module):
        return roles
    own = vars(module)
    learned = [name for name, value in (own.get("_parameters") or {}).items() if isinstance(value, Tensor)]
    others = [*learned, *(own.get("_buffers") or {}), *(name for name, value in own.items() if isinstance(value, Tensor))]
    for role, names in ROLES.items():
        found = next((name for name in others if re.fullmatch(names, name) is not None), None)
        if role not in roles and found is not None:
            roles[role] = found
    if not roles and len(learned) == 1:
        roles["weight"] = learned[0]
    return roles


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
    """The key of a layer's tensor in a file; one that ends in ``#`` and a number always ends in the number of a call."""
    is_plain = call == 0 and layer != "__metadata__" and re.search(r"#\d+$", layer) is None
    return layer if is_plain else f"{layer}#{call}"


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
    reason = _unreadable(tensor)
    if reason is not None:
        return reason
    if tensor.dtype not in SAFETENSORS_TYPES:
        return f"of type {tensor.dtype}"
    return "empty" if tensor.numel() == 0 else None


def _unreadable(tensor: Tensor) -> Optional[str]:
    """Why the values of a tensor cannot be read, whatever their type."""
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
    return None


def _version(tensor: Tensor) -> int:
    """Counts changes in place; -1 where that is not known."""
    try:
        return tensor._version
    except RuntimeError:  # Tensors of inference mode.
        return -1


def _plain_name(dtype: torch.dtype) -> str:
    return str(dtype).replace("torch.", "")


def _itemsize(dtype: torch.dtype) -> int:
    return torch.empty((), dtype=dtype, device="cpu").element_size()


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
def _every_module_called(model: nn.Module) -> Iterator[None]:
    """Has compiled modules called one by one, because compiled code goes past the hooks."""
    with contextlib.ExitStack() as undo:
        undo.enter_context(_no_warning(HOOKS_OF_COMPILED))
        if hasattr(getattr(torch, "compiler", None), "set_stance"):
            # Also before torch.compile is used for the first time, or it would compile the hooks into the model.
            undo.callback(_hold_stance(importlib.import_module("torch._dynamo.eval_frame")))
        else:
            _hold_originals(model, undo)
        del model  # It may hold the recorder, which then would never be dropped.
        yield


def _hold_originals(model: nn.Module, undo: contextlib.ExitStack) -> None:
    """Has compiled modules call what they were made from, where PyTorch before 2.6 has no switch for that."""
    for node in _nodes(model):
        module = node.module
        original = dict(_children(module)).get("_orig_mod")
        if original is not None:
            undo.callback(_hold_attribute(module, "forward", original.forward))
        if module.__dict__.get("_compiled_call_impl") is not None:
            undo.callback(_hold_attribute(module, "_compiled_call_impl", None))


HOOKS_OF_COMPILED = r"Using `torch\.compile\(module\)` when there are global hooks"
"""How PyTorch's warning about the recorder's own hooks begins."""


# Settings that several recorders share


class _Held:
    """A setting that recorders hold: how many they are, what it was before, and what they made it."""

    def __init__(self) -> None:
        self.holders = 0
        self.before: Any = None
        self.ours: Any = None


_held: Dict[Any, _Held] = {}
_held_lock = threading.RLock()  # A recorder that is garbage may let go while another takes hold.


def _hold(
    key: Any,
    read: Callable[[], Any],
    write: Callable[[Any], Any],
    ours: Any,
    retire: Callable[[Any, Any], None] = lambda ours, before: None,
) -> Callable[[], None]:
    """Gives a setting the value ``ours`` until the function that this returns has been called, once.

    Several may hold a setting and let go in any order; the last one puts back what was there before. A value that
    somebody else has set in the meantime stays. ``retire`` gets a value of ours that is out of use, and what was there
    before it.
    """
    with _held_lock:
        held = _held.setdefault(key, _Held())
        held.holders += 1
        if held.holders == 1 or read() is not held.ours:
            if held.holders > 1:
                retire(held.ours, held.before)
            held.before, held.ours = read(), ours
            write(ours)

    def let_go() -> None:
        with _held_lock:
            held.holders -= 1
            if held.holders > 0:
                return
            if _held.get(key) is held:  # Not so where this module was loaded again.
                del _held[key]
            if read() is held.ours:
                write(held.before)
            retire(held.ours, held.before)

    return let_go


def _hold_attribute(module: nn.Module, name: str, value: Any) -> Callable[[], None]:
    attributes = module.__dict__
    write = functools.partial(attributes.__setitem__, name)
    return _hold((id(module), name), lambda: attributes.get(name), write, value)


def _hold_stance(dynamo: Any) -> Callable[[], None]:
    """Has compiled code run uncompiled until the function that this returns has been called."""

    def retire(ours: Any, before: Any) -> None:
        # A `with set_stance(...)` that began meanwhile brings back the stance that it found, which may be ours.
        for field in dataclasses.fields(ours):
            object.__setattr__(ours, field.name, getattr(before, field.name))

    stance = dynamo.DynamoStance("force_eager")
    return _hold("stance", lambda: dynamo._stance, dynamo._set_stance, stance, retire)


@contextlib.contextmanager
def _no_warning(beginning: str) -> Iterator[None]:
    """Ignores a warning, and may end in any order with other changes of the filters."""
    entry = ("ignore", re.compile(beginning), Warning, None, 0)
    warnings.filters.insert(0, entry)
    warnings._filters_mutated()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # Somebody has put the filters back already.
            warnings.filters.remove(entry)
            warnings._filters_mutated()


# The types in which tensors are stored


STORED_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""What ``dtype`` may ask for."""

AUTOMATIC_TYPES = (torch.float16, torch.float32)
"""What ``dtype="auto"`` tries. In as many bytes as float16, bfloat16 holds far greater values, but rounds eight times as
much: hardly any channel's deviation allows for that."""

TOLERATED_ROUNDING = 0.005
"""Rounding, in standard deviations, up to which ``dtype="auto"`` narrows a tensor."""

UNRESOLVED_ROUNDING = 0.1
"""Rounding, in standard deviations, above which there is a warning; the panel then rests no finding on the tensor."""

FEW = 0.005
"""Share of the samples, positions or (sample, channel) pairs that may be rounded more than the error that is stated."""

DRAWN = 64
"""Elements of a channel that the width of its bulk is estimated from."""

PIECE = 2**15 - 1
"""Elements of a piece: it fits the processor's cache, and PyTorch works on it with the calling thread alone
[aten/src/ATen/TensorIterator.h, GRAIN_SIZE], so that training keeps the others."""


def _least_itemsize(own: torch.dtype, asked: Optional[torch.dtype]) -> int:
    """Bytes per value that a tensor takes at the least once it is stored."""
    return min(_itemsize(own), _itemsize(asked or AUTOMATIC_TYPES[0]))


def _narrow_records(records: _Records) -> List[str]:
    """Narrows each tensor of a step, where it lies, to the type that was asked for or that its values allow.

    The note of a tensor that got narrower says: ``dtype``, its own type; ``storageError``, how large the rounding is
    (see :func:`_storage_error`); ``overflowed``, how many finite values became infinite. Returns what to warn of.
    """
    problems: List[str] = []
    with torch.inference_mode():
        for key, tensor in records.tensors.items():
            if key in records.summaries:
                continue
            dtype, error, is_in_range = _stored_type(tensor, records.layouts.get(key), records.dtype)
            if dtype == tensor.dtype:
                continue
            note = records.notes[key]
            note["dtype"] = _plain_name(tensor.dtype)
            note["storageError"] = float(f"{min(error, 1e9):.3g}")
            records.tensors[key], overflowed = _narrowed(tensor, dtype, is_in_range)
            if overflowed > 0:
                note["overflowed"] = overflowed
            lost = [f"its rounding is up to {error:.2g} standard deviations"] if error > UNRESOLVED_ROUNDING else []
            lost += [f"{overflowed} values are beyond its range"] if overflowed > 0 else []
            if lost:
                problems.append(
                    f"{_plain_name(dtype)} does not resolve {key}: {' and '.join(lost)}. Record with dtype=\"auto\"."
                )
    return problems


def _stored_type(tensor: Tensor, layout: Optional[str], asked: Optional[torch.dtype]) -> Tuple[torch.dtype, float, bool]:
    """The type in which a tensor is stored, its rounding there, and whether the type holds the greatest value."""
    candidates = AUTOMATIC_TYPES if asked is None else (asked,)
    narrower = [dtype for dtype in candidates if _itemsize(dtype) < _itemsize(tensor.dtype)]
    views = [_figures(tensor, each, asked is not None) for each in _possible_layouts(layout, tensor.dim())] if narrower else []
    for dtype in narrower:
        error = max(_storage_error(figures, dtype) for figures in views)
        is_in_range = _is_in_range(tensor, views[0], dtype)
        if asked is not None or (error <= TOLERATED_ROUNDING and is_in_range):
            return dtype, error, is_in_range
    return tensor.dtype, 0.0, True


def _narrowed(tensor: Tensor, dtype: torch.dtype, is_in_range: bool) -> Tuple[Tensor, int]:
    """The tensor in a narrower type, in the front of its own memory; and how many finite values became infinite."""
    source = tensor.view(-1)
    target = source.view(dtype)[: source.numel()]
    overflowed = 0
    # A piece is read as a whole before it is written, and never lies behind the place where it is written.
    for start in range(0, source.numel(), PIECE):
        piece = source[start : start + PIECE]
        narrow = piece.to(dtype)
        if not is_in_range:
            overflowed += int((narrow.isinf() & piece.isfinite()).sum())
        target[start : start + PIECE].copy_(narrow)
    return target.view(tensor.shape), overflowed


def _possible_layouts(layout: Optional[str], rank: int) -> List[str]:
    """The layout; where it is not known, those that a tensor of this rank may have."""
    if layout is not None and len(layout) == rank and "C" in layout:
        return [layout]
    return [CHANNELS_FIRST[rank], CHANNELS_LAST[rank]] if 2 < rank < 6 else ["N" * (rank - 1) + "C"]


@dataclasses.dataclass(frozen=True)
class _UnitFigures:
    """What decides how well a type resolves a tensor. Constant channels and units have the variance 0.

    ``units``: mean squares and variances (each of shape (units,)) of the channels, and then of the other sets of
    elements that a method normalizes: all, each sample, each (sample, channel), each position. ``bulk``: median and half
    the distance between the percentiles 15 and 85 of every channel, which no outlier moves.
    """

    units: List[Tuple[Tensor, Tensor]]
    bulk: Tuple[Tensor, Tensor]


def _storage_error(figures: _UnitFigures, dtype: torch.dtype) -> float:
    """The largest rounding error of a value of typical size, in standard deviations of its channel or other unit.

    Of a unit, typical is the root mean square, so that the error bounds what rounding does to its mean (in deviations)
    and deviation (relative): both are at most the root mean square of the rounding errors. Of a channel's bulk, typical
    is one half-width from the median, and the error is relative to the half-width, because rounding is monotonic: a
    percentile of rounded values is the rounded percentile.
    """
    about = torch.finfo(dtype)
    relative, absolute = about.eps / 2, about.tiny * about.eps / 2
    errors = [((relative * square.sqrt() + absolute) / variance.sqrt())[variance > 0] for square, variance in figures.units]
    median, width = figures.bulk
    in_bulk = ((relative * (median.abs() + width) + absolute) / width)[width > 0]
    worst = [float(each.max()) for each in (errors[0], in_bulk) if each.numel() > 0]
    for (square, _), each in zip(figures.units[1:], errors[1:]):
        beyond = int(FEW * square.numel()) + 1
        if each.numel() >= beyond:
            worst.append(float(each.topk(beyond).values[-1]))
    return max(worst, default=0.0)


def _figures(tensor: Tensor, layout: str, exact: bool) -> _UnitFigures:
    """Works in float32 on tensors of that type, unless ``exact``: where a deviation is then below a thousandth of the
    mean, which no two-byte type resolves, it is taken for a thousandth."""
    x, positions = _as_units(tensor, layout)
    is_wide = exact or tensor.dtype == torch.float64
    sums = _over_units(x, positions, WIDE_POWERS if is_wide else POWERS, torch.sum, torch.add, 0.0)
    if not all(bool(each.isfinite().all()) for each in sums):
        is_wide = True
        sums = _over_units(x, positions, FINITE_POWERS, torch.sum, torch.add, 0.0)
    noise, underflow = (2e-15, 1e-290) if is_wide else (1e-6, 1e-30)
    squares = [(square / (count[0] if count else x.numel() / square.numel())).nan_to_num(0.0) for _, square, *count in sums]
    means = [(total / (count[0] if count else x.numel() / total.numel())).nan_to_num(0.0) for total, _, *count in sums]
    variances = [square - mean.square() for square, mean in zip(squares, means)]
    doubtful = [(variance <= noise * square) | (square < underflow) for square, variance in zip(squares, variances)]
    if any(bool(each.any()) for each in doubtful):
        extremes = _over_units(x, positions, EXTREMES, torch.amax, torch.maximum, -math.inf)
        constant = [high <= -minus_low for high, minus_low in extremes]
        if not is_wide and any(bool((square < underflow)[~flat].any()) for square, flat in zip(squares, constant)):
            return _figures(tensor, layout, True)
        variances = [
            torch.where(flat, 0.0 * square, torch.maximum(variance, noise * square + 1e-300))
            for flat, square, variance in zip(constant, squares, variances)
        ]
    return _UnitFigures(list(zip(squares, variances)), _bulk(x, positions))


def _as_units(tensor: Tensor, layout: str) -> Tuple[Tensor, int]:
    """A view with three axes, of which one is the channels' and one the positions', and which one that is: 2 of (samples,
    channels, positions), 1 of (samples, positions, channels), 0 of (positions, samples, channels)."""
    shape, channel = tensor.shape, layout.index("C")
    if channel < len(shape) - 1:
        return tensor.reshape(math.prod(shape[:channel]), shape[channel], -1), 2
    if layout == "LNC":
        return tensor, 0
    return tensor.reshape(shape[0] if layout[0] == "N" and len(shape) > 2 else 1, -1, shape[-1]), 1


def _over_units(
    x: Tensor,
    positions: int,
    values: Sequence[Callable[[Tensor], Tensor]],
    reduce: Callable[..., Tensor],
    combine: Callable[[Tensor, Tensor], Tensor],
    start: float,
) -> List[Tensor]:
    """Reduces some values of the elements over the units of :class:`_UnitFigures`, each to (len(values), units)."""
    around = [x.shape[axis] for axis in range(3) if axis != positions]
    pairs = torch.full((len(values), *around), start, dtype=torch.float64, device="cpu")
    rows = torch.full((len(values), *x.shape[:2]), start, dtype=torch.float64, device="cpu") if positions < 2 else pairs
    for i, j in _pieces(x.shape):
        place = ((j,), (i,), (i, j))[positions]
        for each, pair, row in zip(values, pairs, rows):
            piece = each(x[i, j])
            pair[place].copy_(combine(pair[place], reduce(piece, positions)))
            if positions < 2:
                row[i, j] = reduce(piece, 2)
    samples = reduce(pairs, 2)
    return [reduce(pairs, 1), reduce(samples, 1).unsqueeze(1), samples, pairs.flatten(1), rows.flatten(1)]


def _pieces(shape: Sequence[int]) -> Iterator[Tuple[slice, slice]]:
    """Places along the first two of three axes."""
    inner = min(shape[1], max(1, PIECE // shape[2]))
    outer = max(1, PIECE // (inner * shape[2])) if inner == shape[1] else 1
    for i in range(0, shape[0], outer):
        for j in range(0, shape[1], inner):
            yield slice(i, i + outer), slice(j, j + inner)


def _finite(piece: Tensor, otherwise: float) -> Tensor:
    return torch.where(piece.isfinite(), piece.double(), torch.full((), otherwise, dtype=torch.float64, device="cpu"))


POWERS = (lambda piece: piece, torch.square)
WIDE_POWERS = (lambda piece: piece.double(), lambda piece: piece.double().square())
FINITE_POWERS = (
    lambda piece: _finite(piece, 0.0),
    lambda piece: _finite(piece, 0.0).square(),
    lambda piece: piece.isfinite().double(),
)
EXTREMES = (lambda piece: _finite(piece, -math.inf), lambda piece: _finite(-piece, -math.inf))


def _bulk(x: Tensor, positions: int) -> Tuple[Tensor, Tensor]:
    """Median and half-width of every channel, of some of its finite elements drawn at random, always the same ones."""
    elements = x.movedim(1, 2) if positions == 2 else x
    many = elements.shape[0] * elements.shape[1]
    places = torch.arange(many, device="cpu")
    if many > DRAWN:
        places = torch.randint(many, (DRAWN,), device="cpu", generator=torch.Generator("cpu").manual_seed(0))
    i, j = torch.div(places, elements.shape[1], rounding_mode="floor"), places % elements.shape[1]
    drawn = _finite(elements[i, j].t().contiguous(), math.inf).sort(dim=1).values
    last = drawn.isfinite().sum(1, keepdim=True) - 1
    ranks = (torch.tensor([[0.15, 0.5, 0.85]], device="cpu") * last).round().long().clamp(min=0)
    low, median, high = drawn.gather(1, ranks).nan_to_num(0.0, 0.0, 0.0).unbind(1)
    return median, (high - low) / 2


def _is_in_range(tensor: Tensor, figures: _UnitFigures, dtype: torch.dtype) -> bool:
    """Whether a type holds the greatest of the finite values."""
    limit = torch.finfo(dtype).max
    mean_square, _ = figures.units[1]
    # No value is beyond the root of the sum of all squares; that sum is there already.
    if float(mean_square) * tensor.numel() <= limit**2:
        return True
    return all(float(_finite(piece, 0.0).abs().max()) <= limit for piece in tensor.view(-1).split(PIECE))


# Distributions in place of values


def _summarize(tensor: Tensor, layout: str, epsilon: float, groups: int) -> Tensor:
    """The distributions of a tensor before and after each normalization method, as the bytes of a safetensors file.

    Its metadata ``summary`` says which methods are defined and gives moments, extremes and noise floor of each, all of
    the finite values, and where the cells of its histogram ``<method>.counts`` lie (see :class:`_Cells`);
    ``<method>.channels`` holds mean and standard deviation of every channel after the method.

    All arithmetic is in float64, on blocks of the tensor (see :func:`_blocks`): on its own device where that computes
    in float64, else on the CPU. Moments are right to 1e-6 of σ and σ², percentiles to 1 % of the half-width
    (p85 − p15)/2, or of the distance from the median where that is over 30 half-widths. Besides some ten blocks it takes
    up to 200 bytes of host memory for each unit: (sample, channel), (sample, group), or (sample, position) of sequences.

    Raises:
        ValueError: the tensor holds no values that can be read here.
    """
    if not _is_readable(tensor):
        raise ValueError("its values cannot be read inside torch.func transforms or with fake tensors")
    device = tensor.device if tensor.device.type in ("cpu", "cuda") else torch.device("cpu")
    with torch.no_grad(), torch.autocast(device.type, enabled=False):
        x = _samples_channels_positions(tensor.detach(), layout)
        samples, channels, positions = _extent(x)
        groups = next(divisor for divisor in range(max(1, min(groups, channels)), 0, -1) if channels % divisor == 0)
        per_position = layout.endswith("C") and len(set(layout) - {"N", "C"}) == 1 and len(layout) in (2, 3)
        units, elements, sample = _measured(x, device, groups, per_position)
        about: Dict[str, Any] = {"layout": layout, "epsilon": epsilon, **elements, "groups": groups}
        if elements["finite"] < elements["count"]:
            about["firstNonFinite"] = _first_non_finite(tensor)
        about["layerScope"] = "position" if per_position else "example"
        in_layer = channels if per_position and positions > 1 else channels * positions
        reasons = {
            "batch": samples * positions < 2 and "One sample with one position: each channel is a single element.",
            "layer": in_layer < 2 and "One channel: each unit is a single element.",
            "instance": positions < 2 and "One spatial element: each (sample, channel) is a single element.",
            "group": channels // groups * positions < 2
            and f"One channel per group (G = {groups}): each unit is a single element.",
        }
        maps = {method: _map(method, units, epsilon) for method in METHODS if not reasons.get(method)}
        for method in [method for method, its_map in maps.items() if not _is_usable(its_map)]:
            del maps[method]
            reasons[method] = "The values are so large that their squares exceed float64."
        cells, channel_moments = _histograms(x, device, maps, units, sample)
        about["methods"] = {}
        arrays: Dict[str, Tensor] = {}
        for method in METHODS:
            if method not in maps:
                about["methods"][method] = {"undefined": reasons[method]}
                continue
            arrays[f"{method}.counts"] = _narrow(cells[method].counts.sum(0))
            arrays[f"{method}.channels"] = _mean_and_deviation(channel_moments[method])
            about["methods"][method] = {
                **_whole_and_units(method, channel_moments[method], units),
                **cells[method].about(),
            }
    text = json.dumps(_without_nan(about), separators=(",", ":"), allow_nan=False)
    chunks = _safetensors(arrays, {"summary": text})
    return torch.frombuffer(bytearray(b"".join(bytes(chunk) for chunk in chunks)), dtype=torch.uint8)


def _is_readable(tensor: Tensor) -> bool:
    """False for wrappers of transforms such as vmap, and for fake tensors: both have no memory of their own."""
    if tensor.device.type not in ("cpu", "cuda", "mps"):
        return tensor.device.type != "meta"
    try:
        return tensor.data_ptr() != 0
    except RuntimeError:
        return False


def _without_nan(value: Any) -> Any:
    """JSON has neither NaN nor infinities: they become null."""
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _json_number(value: float) -> Union[float, str]:
    """Where JSON has no number, the text that Python reads as one."""
    return value if math.isfinite(value) else str(value)


METHODS = ("none", "batch", "layer", "instance", "group", "rms")
UNITS = {"batch": "batch", "layer": "layer", "instance": "instance", "group": "group", "rms": "layer"}
"""The units whose moments a method divides by."""


# Parts of a tensor


def _samples_channels_positions(tensor: Tensor, layout: str) -> Tensor:
    """A view of [samples, channels, axes of space or position …]."""
    rest = [axis for axis, role in enumerate(layout) if role not in "NC"]
    if "N" not in layout:
        tensor, layout, rest = tensor.unsqueeze(0), "N" + layout, [axis + 1 for axis in rest]
    return tensor.permute(layout.index("N"), layout.index("C"), *rest)


def _extent(x: Tensor) -> Tuple[int, int, int]:
    return x.shape[0], x.shape[1], math.prod(x.shape[2:])


BLOCK = {"cpu": 2**17, "cuda": 2**21}
"""About how many values of a tensor are worked on at a time: what fits into a core's cache; what fills a GPU."""


@dataclasses.dataclass(frozen=True)
class _Block:
    """A part of a tensor, [samples, channels, positions] in float64. Its samples are all even, or all odd, ones."""

    samples: slice
    positions: slice
    raw: Tensor
    finite: Optional[Tensor]
    """Where the values are finite; None where all are."""
    x: Tensor
    """The values, 0 in place of those that are not finite."""

    @property
    def half(self) -> int:
        return self.samples.start % 2

    def of(self, units: Tensor) -> Tensor:
        """What belongs to this part of [figures, samples or 1, any, positions or 1]: a view."""
        rows = units[:, self.samples] if units.shape[1] > 1 else units
        return rows[..., self.positions] if rows.shape[3] > 1 else rows


def _blocks(x: Tensor, device: torch.device) -> Iterator[_Block]:
    """A tensor in parts of about ``BLOCK`` values, or of one position of one sample where that has more channels."""
    samples, channels, positions = _extent(x)
    room = max(1, BLOCK[device.type] // channels)
    across, along = max(1, room // positions), min(positions, room)
    for half in range(min(2, samples)):
        for first in range(half, samples, 2 * across):
            rows = slice(first, min(samples, first + 2 * across), 2)
            part = x[rows]
            part = part.reshape(len(part), channels, positions)
            for start in range(0, positions, along):
                span = slice(start, min(positions, start + along))
                raw = part[:, :, span].to(device).to(torch.float64)
                # Overflow takes the slow way too, which is right as well.
                finite = None if math.isfinite(float(raw.sum())) else raw.isfinite()
                yield _Block(rows, span, raw, finite, raw if finite is None else raw.where(finite, _zero(device)))


def _zero(device: torch.device) -> Tensor:
    return torch.zeros((), dtype=torch.float64, device=device)


def _first_non_finite(tensor: Tensor) -> Dict[str, Any]:
    """The first value that is not finite and its index, found without a copy: the least and the greatest
    value of a slice tell whether it holds one."""
    part = tensor.detach()
    part = part.to(torch.bfloat16) if _itemsize(part.dtype) == 1 else part  # float8 has no amin.
    index: List[int] = []
    while part.dim() > 0:
        rest = tuple(range(1, part.dim()))
        ends = [part.amin(rest), part.amax(rest)] if rest else [part]
        bad = torch.stack([~each.isfinite().cpu() for each in ends]).any(0)
        index.append(int(bad.to(torch.uint8).argmax()))
        part = part[index[-1]]
    value = float(part)
    return {"kind": "nan" if math.isnan(value) else "posInf" if value > 0 else "negInf", "index": index}


# Moments: tensors of [5, …]. A column for each unit: count, mean, sum of squared deviations, least value, and least
# value of the negative.


def _moments(x: Tensor, finite: Optional[Tensor], axes: Tuple[int, ...]) -> Tensor:
    """Of the finite values over some axes, by the corrected two-pass algorithm [Chan, Golub & LeVeque 1983]."""
    total = x.sum(axes, keepdim=True)
    if finite is None:
        count = torch.full_like(total, math.prod(x.shape[axis] for axis in axes))
        least, greatest = x.amin(axes, keepdim=True), x.amax(axes, keepdim=True)
    else:
        count = finite.sum(axes, keepdim=True, dtype=torch.float64)
        least = x.where(finite, _zero(x.device) + math.inf).amin(axes, keepdim=True)
        greatest = x.where(finite, _zero(x.device) - math.inf).amax(axes, keepdim=True)
    mean = total / count.clamp(min=1)
    deviation = x - mean
    if finite is not None:
        deviation.mul_(finite)
    rest = deviation.sum(axes, keepdim=True) / count.clamp(min=1)
    squares = (deviation.square_().sum(axes, keepdim=True) - count * rest.square()).clamp_(min=0)
    # The sum of equal values is rounded, and so is their mean.
    equal = least == greatest
    mean = torch.where(equal, least, mean + rest)
    return torch.stack([count, mean, squares.masked_fill_(equal, 0), least, -greatest])


def _merged(moments: Tensor, axis: int) -> Tensor:
    """The moments of all units along an axis together, which stays, of length 1 [Chan, Golub & LeVeque 1983, eq. 2.1]."""
    count, mean, squares = moments[:3]
    total = count.sum(axis, keepdim=True)
    weight = count / total.clamp(min=1)
    middle = (weight * mean).sum(axis, keepdim=True)
    middle = middle + (weight * (mean - middle)).sum(axis, keepdim=True)
    extremes = moments[3:].amin(axis + 1, keepdim=True)
    equal = extremes[0] == -extremes[1]
    middle = torch.where(equal, extremes[0], middle)
    spread = (squares + count * (mean - middle).square()).sum(axis, keepdim=True).masked_fill_(equal, 0)
    return torch.cat([torch.stack([total, middle, spread]), extremes])


def _moments_after(moments: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """The moments of (x − shift)·scale, scale > 0."""
    count, mean, squares, least, negative = moments
    parts = [count, (mean - shift) * scale, squares * scale.square(), (least - shift) * scale, (negative + shift) * scale]
    return torch.stack(parts)


def _no_moments(*shape: int) -> Tensor:
    moments = torch.zeros(5, *shape, dtype=torch.float64, device="cpu")
    moments[3:] = math.inf
    return moments


def _add(target: Tensor, moments: Tensor) -> None:
    """Merges moments into those of the same units."""
    target.copy_(_merged(torch.stack([target, moments.cpu()], 1), 0).squeeze(1))


def _variance(moments: Tensor) -> Tensor:
    return moments[2] / moments[0]


def _measured(
    x: Tensor, device: torch.device, groups: int, per_position: bool
) -> Tuple[Dict[str, Tensor], Dict[str, Any], Tuple[Tensor, Tensor]]:
    """The moments of each method's units, [5, samples or 1, channels, groups or 1, positions or 1] on the host; the
    counts of elements by kind; and a sample: indices [3, …] of samples, channels and positions, and the values there."""
    samples, channels, positions = _extent(x)
    units = {
        "batch": _no_moments(1, channels, 1),
        "layer": _no_moments(samples, 1, positions if per_position else 1),
        **({"group": _no_moments(samples, groups, 1)} if channels // groups * positions > 1 else {}),
        **({"instance": _no_moments(samples, channels, 1)} if positions > 1 else {}),
    }
    count = samples * channels * positions
    elements: Dict[str, Any] = {"count": count, "finite": count, "nan": 0, "posInf": 0, "negInf": 0, "zeros": 0}
    places: List[Tensor] = []
    values: List[Tensor] = []
    for block in _blocks(x, device):
        for name, moments in _block_moments(block, units, groups, per_position).items():
            _add(block.of(units[name]), moments)
        elements["zeros"] += block.raw.numel() - int(block.raw.count_nonzero())
        if block.finite is not None:
            elements["nan"] += int(block.raw.isnan().sum())
            elements["posInf"] += int((block.raw == math.inf).sum())
            elements["negInf"] += int((block.raw == -math.inf).sum())
        indices, sampled = _sampled_block(block, count)
        places.append(indices)
        values.append(sampled)
    elements["finite"] -= elements["nan"] + elements["posInf"] + elements["negInf"]
    return units, elements, (torch.cat(places, 1), torch.cat(values))


def _block_moments(block: _Block, names: Container[str], groups: int, per_position: bool) -> Dict[str, Tensor]:
    """The moments of the units that lie in a block, or of the parts of units that do."""
    x, finite = block.x, block.finite
    found: Dict[str, Tensor] = {}
    if "instance" in names:
        fine = found["instance"] = _moments(x, finite, (2,))
        found["batch"], found["layer"] = _merged(fine, 0), _merged(fine, 1)
        if "group" in names:
            found["group"] = _merged(fine.unflatten(2, (groups, -1)), 2).flatten(3)
    else:
        found["batch"], found["layer"] = _moments(x, finite, (0,)), _moments(x, finite, (1,))
        if "group" in names:
            x, mask = (each if each is None else each.unflatten(1, (groups, -1)) for each in (x, finite))
            found["group"] = _moments(x, mask, (2,)).flatten(3)
    if per_position:
        found["layer"] = _moments(block.x, finite, (1,))
    return found


SAMPLE = 2**14
"""Values by which the cells of histograms are chosen."""
GOLDEN = 0.6180339887498949


def _sampled_block(block: _Block, total: int) -> Tuple[Tensor, Tensor]:
    """A block's share of the sample: one value of each of equal stretches, at a golden-ratio offset, so that no length of
    an axis beats with it. Indices in the tensor, and the finite values there."""
    size = block.x.numel()
    wanted = min(size, -(-SAMPLE * size // total))
    steps = torch.arange(wanted, dtype=torch.float64, device="cpu")
    jitter = (steps * GOLDEN).frac() if wanted < size else 0.0
    flat = ((steps + jitter) * (size / wanted)).to(torch.int64).clamp_(max=size - 1)
    _, channels, positions = block.x.shape
    by = [_quotient(flat, channels * positions), _quotient(flat, positions) % channels, flat % positions]
    inside = tuple(each.to(block.x.device) for each in by)
    values = block.x[inside].cpu()
    indices = torch.stack([by[0] * block.samples.step + block.samples.start, by[1], by[2] + block.positions.start])
    if block.finite is None:
        return indices, values
    kept = block.finite[inside].cpu()
    return indices[:, kept], values[kept]


def _quotient(value: Tensor, divisor: int) -> Tensor:
    return torch.div(value, divisor, rounding_mode="floor")


# Methods


def _map(method: str, units: Mapping[str, Tensor], epsilon: float) -> Tensor:
    """Shift and scale of each unit of a method, [2, samples or 1, channels, groups or 1, positions or 1]."""
    if method == "none":
        return torch.tensor([0.0, 1.0], dtype=torch.float64, device="cpu").view(2, 1, 1, 1)
    moments = units[UNITS[method]]
    filled = moments[0] > 0
    spread = _spread(method, moments).where(filled, _zero(moments.device))
    shift = torch.zeros_like(spread) if method == "rms" else moments[1]
    return torch.stack([shift, (spread + epsilon).rsqrt()])


def _is_usable(shift_and_scale: Tensor) -> bool:
    """False where a mean or a variance exceeds float64."""
    return bool(shift_and_scale.isfinite().all() and (shift_and_scale[1] > 0).all())


def _spread(method: str, moments: Tensor) -> Tensor:
    """The variance by which a method divides; of RMS norm the mean of squares."""
    return _variance(moments) + (moments[1].square() if method == "rms" else 0.0)


def _of_channels(part: Tensor, channels: int) -> Tensor:
    """Figures of groups, or of all channels together, as figures that broadcast over channels."""
    return part if part.shape[2] in (1, channels) else part.repeat_interleave(channels // part.shape[2], 2)


def _whole_and_units(method: str, channels: Tensor, units: Mapping[str, Tensor]) -> Dict[str, Any]:
    """Mean and variance after a method, and the ranges of its units' mean and variance before it."""
    whole = _merged(channels, 1).reshape(5)
    is_empty = float(whole[0]) == 0
    about: Dict[str, Any] = {"mean": math.nan if is_empty else float(whole[1]), "variance": float(_variance(whole))}
    if method == "none":
        return about
    moments = units[UNITS[method]]
    about["unitCount"] = moments[0].numel()
    if not is_empty:
        for name, figure in (("unitMean", moments[1]), ("unitVariance", _spread(method, moments))):
            of_filled = figure[moments[0] > 0]
            about[name] = [float(of_filled.min()), float(of_filled.max())]
    return about


def _mean_and_deviation(channels: Tensor) -> Tensor:
    """[2, channels]; in float32 where that resolves each channel's deviation to a millionth."""
    count, mean, _, _, _ = channels.reshape(5, -1)
    deviation = _variance(channels).sqrt().reshape(-1)
    both = torch.stack([mean.where(count > 0, _zero(mean.device) + math.nan), deviation])
    short = both.to(torch.float32)
    is_exact = (short.double() - both).abs() <= 1e-6 * deviation
    return short if bool((is_exact | both.isnan()).all()) else both


def _narrow(counts: Tensor) -> Tensor:
    """The same counts in as few bytes as hold them."""
    greatest = int(counts.max()) if counts.numel() else 0
    types = ((torch.uint8, 2**8), (torch.int16, 2**15), (torch.int32, 2**31), (torch.float64, math.inf))
    return counts.to(next(dtype for dtype, limit in types if greatest < limit))


# Histograms

CELLS_IN_HALF_WIDTH = 160
"""Cells that half the distance from p15 to p85 is divided into at the least, as the panel does for raw dumps."""
MAX_WINDOW = 2**15
PLAIN_WINDOW = 2**12
"""Up to this number of cells, the window holds all values, without tails."""
TAIL_CELLS = 128
"""Beyond the window, cells double their width about every TAIL_CELLS cells: each is 0.5 % of its distance wide."""


@dataclasses.dataclass
class _Cells:
    """A histogram. ``width`` is a power of two; cell k of the window is [(first + k)·width, (first + k + 1)·width), so
    that an edge lies at 0. Beyond it, edge i lies TAIL_CELLS·(2^(i/TAIL_CELLS) − 1)·width from the window.
    ``counts``, of even and of odd samples: the ``below`` cells before the window, outermost first, the window, the cells
    above it."""

    width: float
    first: int
    window: int
    below: int
    counts: Tensor
    least: float
    greatest: float

    def about(self) -> Dict[str, Any]:
        even, odd = self.counts
        return {
            "width": self.width,
            "first": self.first,
            "window": self.window,
            "below": self.below,
            "tailCells": TAIL_CELLS,
            "min": self.least,
            "max": self.greatest,
            **({"halves": _distances(even, odd, self.edges())} if even.sum() > 0 and odd.sum() > 0 else {}),
        }

    def edges(self) -> Tensor:
        """Cut at the least and the greatest value."""
        above = self.counts.shape[1] - self.below - self.window
        below, inside, above_it = (
            torch.arange(from_, to, dtype=torch.float64, device="cpu")
            for from_, to in ((1, self.below + 1), (0, self.window + 1), (1, above + 1))
        )
        tail = lambda cells: TAIL_CELLS * (2.0 ** (cells / TAIL_CELLS) - 1)  # noqa: E731
        places = torch.cat([-tail(below).flip(0), inside, self.window + tail(above_it)])
        return ((places + self.first) * self.width).clamp(self.least, self.greatest)


def _histograms(
    x: Tensor,
    device: torch.device,
    maps: Mapping[str, Tensor],
    units: Mapping[str, Tensor],
    sample: Tuple[Tensor, Tensor],
) -> Tuple[Dict[str, _Cells], Dict[str, Tensor]]:
    """The histogram of the finite values after each method, and the moments of each channel, [5, 1, channels, 1]."""
    cells: Dict[str, _Cells] = {}
    channels: Dict[str, Tensor] = {}
    unknown: List[str] = []
    for method, its_map in maps.items():
        moments = units["batch" if method == "none" else UNITS[method]]
        shift, scale = its_map
        least, greatest = float(((moments[3] - shift) * scale).min()), float(((-moments[4] - shift) * scale).max())
        cells[method] = _chosen(_sampled_after(its_map, x, sample), least, greatest)
        fine = _units_in_channels(method, its_map, units)
        if fine is None:
            channels[method] = _no_moments(1, x.shape[1], 1)
            unknown.append(method)
        else:
            channels[method] = _merged(_moments_after(fine, *_of_channels(its_map, x.shape[1])), 0)
    wanted = [method for method, each in cells.items() if each.window > 0]
    for attempt in range(2):
        for block in _blocks(x, device):
            for method in wanted:
                shift, scale = _of_channels(block.of(maps[method]), x.shape[1]).to(device)
                y = block.x if method == "none" else (block.x - shift).mul_(scale)
                if attempt == 0 and method in unknown:
                    y = y if block.finite is None else y.mul_(block.finite)
                    _add(channels[method], _moments(y, block.finite, (0, 2)))
                _count(cells[method], block.half, y.reshape(-1) if block.finite is None else y[block.finite])
        if attempt == 0:
            finer = {method: _finer(cells[method]) for method in wanted}
            cells.update({method: each for method, each in finer.items() if each is not None})
            wanted = [method for method, each in finer.items() if each is not None]
        if not wanted:
            break
    return cells, channels


def _units_in_channels(method: str, its_map: Tensor, units: Mapping[str, Tensor]) -> Optional[Tensor]:
    """Moments of units that lie in one channel each and have one shift and scale each; None where no such were taken."""
    if method in ("none", "batch"):
        return units["batch"]
    return units.get("instance") if its_map.shape[3] == 1 else None


def _sampled_after(its_map: Tensor, x: Tensor, sample: Tuple[Tensor, Tensor]) -> Tensor:
    """The sorted sample after a method."""
    (samples, channels, positions), values = sample
    _, rows, columns, places = its_map.shape
    group = _quotient(channels, x.shape[1] // columns)
    shift, scale = its_map[:, samples if rows > 1 else samples * 0, group, positions if places > 1 else positions * 0]
    return ((values - shift) * scale).sort().values


def _chosen(sample: Tensor, least: float, greatest: float) -> _Cells:
    """Empty cells for values from ``least`` to ``greatest``, fine where those of a sorted sample lie."""
    if not (math.isfinite(least) and math.isfinite(greatest) and least <= greatest and len(sample)):
        return _Cells(1.0, 0, 0, 0, torch.zeros(2, 0, dtype=torch.int64, device="cpu"), math.nan, math.nan)
    at = lambda q: float(sample[round(q * (len(sample) - 1))])  # noqa: E731
    spreads = [at(0.85) / 2 - at(0.15) / 2, at(0.99) / 2 - at(0.01) / 2, greatest / 2 - least / 2]
    spread = next((each for each in spreads if each > 0), None)
    largest = max(abs(least), abs(greatest), sys.float_info.min)
    # k·width must be exact where most values lie, and x/width finite.
    bulk = max(abs(at(0.15)), abs(at(0.85))) * 2.0**-50
    wanted = largest * 2.0**-20 if spread is None else max(spread / CELLS_IN_HALF_WIDTH, bulk, largest * 2.0**-1000)
    width = 2.0 ** max(-1000, math.floor(math.log2(wanted)))
    first, window = _window([at(q) / width for q in (0.0005, 0.01, 0.5, 0.99, 0.9995)], least / width, greatest / width)
    below = _tail_cell(first - least / width) + 1 if least < first * width else 0
    above = _tail_cell(greatest / width - first - window) + 1 if greatest >= (first + window) * width else 0
    counts = torch.zeros(2, below + window + above, dtype=torch.int64, device="cpu")
    return _Cells(width, first, window, below, counts, least, greatest)


def _window(quantiles: Sequence[float], least: float, greatest: float) -> Tuple[int, int]:
    """First cell and length of the window, of quantiles and extremes in cell widths: everything where that takes few
    cells; else p0.05 to p99.95, or p1 to p99; else around the median, with room on the side of the longer tail."""
    outer_low, low, middle, high, outer_high = quantiles
    for from_, to, limit in (
        (least, greatest, PLAIN_WINDOW),
        (max(least, outer_low), min(greatest, outer_high), MAX_WINDOW),
        (low, high, MAX_WINDOW),
    ):
        if to - from_ < limit - 1:
            return math.floor(from_), math.floor(to) - math.floor(from_) + 1
    below = min(7 / 8, max(1 / 8, (middle - low) / (high - low)))
    return math.floor(middle - MAX_WINDOW * below), MAX_WINDOW


def _tail_cell(distance: float) -> int:
    return math.floor(TAIL_CELLS * math.log2(1 + max(0.0, distance) / TAIL_CELLS))


def _finer(cells: _Cells) -> Optional[_Cells]:
    """Cells that are chosen again, from what a histogram shows, where its own are too wide: the sample misled."""
    edges, cumulative = cells.edges(), cells.counts.sum(0).cumsum(0)
    levels = torch.linspace(0, 1, 1001, dtype=torch.float64, device="cpu") * (int(cumulative[-1]) - 1)
    found = torch.searchsorted(cumulative, levels.to(torch.int64), right=True)
    half_width = float(edges[found[850]]) / 2 - float(edges[found[150]]) / 2
    if half_width <= 0 or cells.width <= half_width / 100:
        return None
    return _chosen(edges[found], cells.least, cells.greatest)


def _count(cells: _Cells, half: int, values: Tensor) -> None:
    """Adds values to the counts of even (0) or odd (1) samples."""
    if values.numel() == 0:
        return
    target = cells.counts[half]
    width, first, window, below = cells.width, cells.first, cells.window, cells.below
    places = values.div(width).floor_().clamp_(first - 1, first + window).sub_(first - 1)
    counts = _bincount(places.to(torch.int32), window + 2).cpu()
    target[below : below + window] += counts[1:-1]
    if int(counts[0]) > 0:
        far = first - values[places < 1].cpu() / width
        target[:below] += torch.bincount(_tail_cells(far, below), minlength=below).flip(0)
    if int(counts[-1]) > 0:
        far = values[places > window].cpu() / width - first - window
        above = len(target) - below - window
        target[below + window :] += torch.bincount(_tail_cells(far, above), minlength=above)


def _bincount(places: Tensor, cells: int) -> Tensor:
    if not (places.is_cuda and torch.are_deterministic_algorithms_enabled()):
        return torch.bincount(places, minlength=cells)
    # PyTorch refuses torch.bincount then, though counts of integers do not depend on the order.
    counts = torch.zeros(cells, dtype=torch.int64, device=places.device)
    return counts.index_put_((places.long(),), torch.ones_like(counts[:1]), accumulate=True)


def _tail_cells(distance: Tensor, cells: int) -> Tensor:
    places = (TAIL_CELLS * torch.log2(1 + distance.clamp(min=0) / TAIL_CELLS)).floor()
    return places.to(torch.int64).clamp(max=cells - 1)


def _distances(even: Tensor, odd: Tensor, edges: Tensor) -> Dict[str, float]:
    """Wasserstein-1, Kolmogorov–Smirnov and Jensen–Shannon (base 2, over 128 bins of equal pooled mass)."""
    p, q = even.double() / even.sum(), odd.double() / odd.sum()
    after = (p - q).cumsum(0)
    before = torch.cat([after.new_zeros(1), after[:-1]])
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
    bins = bins - torch.cat([bins.new_zeros(2, 1), bins[:, :-1]], 1)
    bins = bins.clamp(min=0)
    middle = bins.mean(0)
    js = (torch.xlogy(bins, bins) - torch.xlogy(bins, middle)).sum() / (2 * math.log(2))
    return {
        "w1": float((area * (edges[1:] - edges[:-1])).sum()),
        "ks": float(after.abs().max()),
        "js": max(0.0, float(js)),
    }


# The probe


class _Probe:
    """A batch that a model is called with to see its layers, without a trace in the model or in the process.

    Where several ranks train together, a forward pass that communicates hangs unless every rank runs it. So it first
    runs with communication forbidden; a model that turns out to communicate runs only where all ranks agree to it. It
    does so each time: a rank where the probe fails before it communicates then does not agree.
    """

    def __init__(self, model: nn.Module, batch: Any, mode: str) -> None:
        self._model = model
        self._batch = batch
        self._mode = mode
        self._communicates = False
        self._agreement = _Agreement(_unwrapped(model), mode)

    def run(self, step: int, arm: Callable[[], None]) -> Optional[str]:
        """Runs the probe, with ``arm`` called before; or says why it never can."""
        refusal = _spread_over_ranks(_unwrapped(self._model))
        if refusal is not None:
            return refusal
        if _world_size() > 1:
            guard = _NoCommunication()
            try:
                with self._ready(arm) as forward, guard, _no_call_past(guard):
                    forward()
            except Exception:
                if not guard.tripped:
                    raise
            self._communicates = self._communicates or guard.tripped
            if not self._communicates:
                return None
        with self._ready(arm) as forward:
            # The vote comes last: nothing but the forward pass itself can fail after it.
            refusal = self._agreement.refusal(step) if self._communicates else None
            if refusal is None:
                forward()
        return refusal

    def end(self) -> None:
        """Tells the other ranks that this one takes no further part."""
        self._agreement.end()

    @contextlib.contextmanager
    def _ready(self, arm: Callable[[], None]) -> Iterator[Callable[[], Any]]:
        arm()
        with _undisturbed(self._model, self._mode) as model:
            yield _prepared(model, self._batch)


def _uninitialized(model: nn.Module) -> Optional[str]:
    """The name of a parameter or buffer that gets its shape in the first forward pass, which must be the training's."""
    tensors = [*_unwrapped(model).named_parameters(), *_unwrapped(model).named_buffers()]
    return next((name for name, tensor in tensors if nn.parameter.is_lazy(tensor)), None)


def _spread_over_ranks(model: nn.Module) -> Optional[str]:
    """Why a copy of the model cannot run by itself: its parameters are in parts that communication puts together."""
    names = {base.__name__ for module in model.modules() for base in type(module).__mro__}
    names |= {base.__name__ for parameter in model.parameters() for base in type(parameter).__mro__}
    found = sorted(names & {"FullyShardedDataParallel", "FSDPModule", "DTensor"})
    if not found and any(hasattr(parameter, "ds_id") for parameter in model.parameters()):
        found = ["DeepSpeed ZeRO"]
    if not found:
        return None
    return f"The probe cannot run, because {found[0]} shards the model's parameters. Training continues."


class _Communicates(RuntimeError):
    pass


class _NoCommunication(torch.utils._python_dispatch.TorchDispatchMode):
    """Raises before an operation communicates with other ranks, on this thread."""

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()
        self.tripped = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        schema = getattr(func, "_schema", None)
        if schema is not None and re.match(r"_?c10d|symm_mem", schema.name):
            self.trip(schema.name)
        return func(*args, **(kwargs or {}))

    def trip(self, name: str) -> None:
        self.tripped = True
        raise _Communicates(name)


PAST_THE_DISPATCHER = frozenset(
    "recv irecv all_to_all_single _all_gather_base all_gather_into_tensor _reduce_scatter_base reduce_scatter_tensor "
    "monitored_barrier all_reduce_coalesced all_gather_coalesced new_group".split()
)
"""Functions of torch.distributed that a dispatch mode does not see in PyTorch 1.13."""


@contextlib.contextmanager
def _no_call_past(guard: _NoCommunication) -> Iterator[None]:
    """Has ``guard`` see the calls that do not go through the dispatcher either.

    A profile function belongs to one thread and sees a call before it happens, however the function was imported.
    """
    if hasattr(torch.ops.c10d, "alltoall_base_"):
        yield
        return
    file = torch.distributed.distributed_c10d.__file__
    previous = sys.getprofile()

    def watch(frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_name in PAST_THE_DISPATCHER and code.co_filename == file:
            guard.trip(code.co_name)
        if callable(previous):
            previous(frame, event, argument)

    if previous is not None and not callable(previous):
        raise RuntimeError("the probe of a distributed model cannot run under this profiler")
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(previous)


AGREEMENT_SECONDS = 30.0
"""How long a rank waits for the others' votes; less where the process group itself would give up soon."""


class _Agreement:
    """All ranks' decision whether to run a probe, through the key-value store that they met at.

    Each rank counts itself in. The last one turns the decision to "go"; a rank that has waited too long, or sees that
    another takes no further part, turns it to "no". The store changes a decision only once, so all read the same one.
    Ranks find each other's votes by the shape of the model and by how many recorders for such a model came before.
    """

    _made: Dict[str, int] = {}

    def __init__(self, model: nn.Module, mode: str) -> None:
        shapes = [(name, None if nn.parameter.is_lazy(each) else each.shape) for name, each in model.named_parameters()]
        kind = uuid.uuid5(uuid.NAMESPACE_OID, repr((mode, type(model).__name__, shapes))).hex
        number = self._made[kind] = self._made.get(kind, 0) + 1
        self._name = f"normscope/{kind}/{number}"
        self._votes = 0
        self._process = os.getpid()

    def refusal(self, step: int) -> Optional[str]:
        """Why this rank must not run the probe at ``step``; None where every rank runs it. Takes bounded time."""
        try:
            agreed = self._agreed(step)
        except Exception as error:  # A store of another kind, or one that is gone.
            return f"The probe cannot run, because the ranks have no way to agree on it: {error}. Training continues."
        if agreed:
            return None
        return (
            f"The probe ends before step {step}: its forward pass communicates between ranks, and not every rank "
            "agreed to run it, because it has no recorder, stopped recording, or records other steps. Training continues."
        )

    def end(self) -> None:
        """Votes no for good."""
        if _world_size() > 1 and self._process == os.getpid():
            with contextlib.suppress(Exception):  # The process group may be gone by now.
                _store().compare_set(f"{self._name}/ended", "", "ended")

    def _agreed(self, step: int) -> bool:
        store, ranks = _store(), _world_size()
        decision = f"{self._name}/{self._votes}/{step}"
        self._votes += 1
        if store.add(f"{decision}/votes", 1) == ranks:
            return store.compare_set(decision, "", "go") == b"go"
        deadline = time.monotonic() + min(AGREEMENT_SECONDS, store.timeout.total_seconds() / 4)
        pause = 0.0005
        while time.monotonic() < deadline:
            if _read(store, decision) is not None:
                break
            if _read(store, f"{self._name}/ended") is not None:
                break
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        return store.compare_set(decision, "", "no") == b"go"


def _store() -> Any:
    return torch.distributed.distributed_c10d._get_default_store()


def _read(store: Any, key: str) -> Optional[bytes]:
    """The value of a key, without waiting for it; None where it has none."""
    value = store.compare_set(key, "?", "?")
    return None if value == b"?" else value


@contextlib.contextmanager
def _undisturbed(model: nn.Module, mode: str) -> Iterator[nn.Module]:
    """The model, in a mode, with everything that a forward pass may change put back afterwards."""
    inner = _unwrapped(model)
    keep_flags = mode == "train" and inner.training
    with torch.no_grad(), _settings_kept(), _seeded(inner), _own_state(inner):
        for module in inner.modules():
            if not keep_flags:
                module.training = mode == "train"
            # PyTorch 1.13 has no switch for the fused path of evaluation, but does not take it for other activations.
            if isinstance(module, nn.TransformerEncoderLayer) and MHA is None:
                module.__dict__["activation_relu_or_gelu"] = 0
        if MHA is not None:
            MHA.set_fastpath_enabled(False)
        # Weights that are cast without gradients must not be reused by the training that goes on.
        torch.set_autocast_cache_enabled(False)
        if mode == "train" and any(isinstance(each, nn.RNNBase) and each.dropout > 0 for each in inner.modules()):
            torch.backends.cudnn.enabled = False  # Its dropout has random state that cannot be put back.
        yield inner


MHA = getattr(torch.backends, "mha", None)


@contextlib.contextmanager
def _settings_kept() -> Iterator[None]:
    """Puts PyTorch's global settings back to what they were."""
    before = []
    for read, write in _settings():
        with contextlib.suppress(Exception):  # Not every build of PyTorch has every setting.
            before.append((read, write, read()))
    try:
        yield
    finally:
        for read, write, value in before:
            with contextlib.suppress(Exception):
                if read() != value:
                    write(value)


def _settings() -> Iterator[Tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """How each global setting that a forward pass may change is read and written."""
    backends = torch.backends
    flags: List[Tuple[Any, str]] = [
        *((backends.cudnn, name) for name in ("enabled", "benchmark", "deterministic", "allow_tf32")),
        (backends.cuda.matmul, "allow_tf32"),
        (backends.cuda.matmul, "allow_fp16_reduced_precision_reduction"),
        (backends.cuda.matmul, "allow_bf16_reduced_precision_reduction"),
    ]
    for owner, name in flags:
        yield functools.partial(getattr, owner, name), functools.partial(setattr, owner, name)
    for kind in ("flash", "math", "mem_efficient", "cudnn"):
        with contextlib.suppress(AttributeError):
            yield getattr(backends.cuda, f"{kind}_sdp_enabled"), getattr(backends.cuda, f"enable_{kind}_sdp")
    if MHA is not None:
        yield MHA.get_fastpath_enabled, MHA.set_fastpath_enabled
    yield torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled
    for device in ("cpu", "cuda"):
        yield from _autocast_settings(device)
    yield torch.get_default_dtype, torch.set_default_dtype
    yield torch.get_num_threads, torch.set_num_threads
    yield torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    yield (
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
    )
    yield torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly
    if hasattr(torch, "set_default_device"):
        yield _default_device, torch.set_default_device


def _default_device() -> Optional[torch.device]:
    """None if no default device is set, which to PyTorch is not the same as the CPU."""
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if context is None else context.device


def _autocast_settings(device: str) -> Iterator[Tuple[Callable[[], Any], Callable[[Any], Any]]]:
    if hasattr(torch, "get_autocast_dtype"):
        for name in ("enabled", "dtype"):
            read = getattr(torch, "is_autocast_enabled" if name == "enabled" else "get_autocast_dtype")
            yield functools.partial(read, device), functools.partial(getattr(torch, f"set_autocast_{name}"), device)
    elif device == "cpu":
        yield torch.is_autocast_cpu_enabled, torch.set_autocast_cpu_enabled
        yield torch.get_autocast_cpu_dtype, torch.set_autocast_cpu_dtype
    else:
        yield torch.is_autocast_enabled, torch.set_autocast_enabled
        yield torch.get_autocast_gpu_dtype, torch.set_autocast_gpu_dtype


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


def _prepared(model: nn.Module, probe: Any) -> Callable[[], Any]:
    """The call of a model with its own copy of a probe; of a tuple or list (inputs, labels) as many as it takes."""
    if callable(probe) and not isinstance(probe, Tensor):
        return lambda: probe(model)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    batch = _moved(probe, device)
    if isinstance(batch, Mapping):
        return lambda: model(**batch)
    if isinstance(batch, (tuple, list)) and not hasattr(batch, "to"):
        parameters = inspect.signature(model.forward).parameters.values()
        variadic = any(each.kind is each.VAR_POSITIONAL for each in parameters)
        positional = sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters)
        return lambda: model(*(batch if variadic else batch[:positional]))
    return lambda: model(batch)


def _moved(value: Any, device: torch.device) -> Any:
    """A copy of a batch on a device."""
    if isinstance(value, Tensor):
        copied = value.detach().to(device, copy=True)
        return copied.requires_grad_(value.requires_grad)
    if callable(getattr(value, "to", None)):
        return copy.deepcopy(value).to(device)
    if isinstance(value, Mapping):
        return {key: _moved(each, device) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [_moved(each, device) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else parts if isinstance(value, list) else tuple(parts)
    return copy.deepcopy(value)


# What a model holds


@contextlib.contextmanager
def _own_state(model: nn.Module) -> Iterator[None]:
    """Has a model work on copies of everything that it holds, and puts the originals back.

    That takes in parameters, buffers, and the tensors, containers, arrays, generators, helper objects and variables of
    hooks that its modules reach. Other holders of the tensors see no change. Takes as much memory as the tensors.
    """
    holders, tensors = _reachable(model)
    copies = _copies(tensors)
    try:
        for value, kind, content in holders:
            copied = _with_copies(content, copies)
            if copied is not content:
                kind.write(value, copied)
            if kind.seed is not None:
                kind.seed(value)
        yield
    finally:
        for value, kind, content in holders:
            with contextlib.suppress(Exception):  # One that cannot be put back must not keep the others.
                kind.write(value, content)


class _Kind(NamedTuple):
    """What a type's values hold: content that can change (a list, where it may have tensors in it), and other parts."""

    read: Optional[Callable[[Any], Any]] = None
    write: Callable[[Any, Any], Any] = lambda value, content: None
    seed: Optional[Callable[[Any], Any]] = None
    parts: Callable[[Any], Sequence[Any]] = lambda value: ()
    is_object: bool = False


OBJECTS_DEEP = 3
"""How many objects that are not modules may lie, one inside another, between a module and what it holds."""
VALUES_FOLLOWED = 500_000
"""The search ends after this number of values: what a model holds further away stays as it is."""
ELEMENTS_FOLLOWED = 20_000
"""The elements of a longer container are not looked into."""
NOT_FOLLOWED = frozenset("builtins torch threading logging concurrent multiprocessing asyncio queue enum".split())
"""Packages whose objects (process groups, threads, loggers) are not state of a model."""
UNCHANGING = frozenset([type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size])


def _reachable(model: nn.Module) -> Tuple[List[Tuple[Any, _Kind, Any]], List[Tensor]]:
    """What a model's modules hold and that can change, nearest first, with its content; and the tensors among it."""
    holders: List[Tuple[Any, _Kind, Any]] = []
    tensors: List[Tensor] = []
    kinds: Dict[type, _Kind] = {}
    seen: Dict[int, Any] = {}  # Keeps alive what it has seen, so that no id is used twice.
    queue: Deque[Tuple[Any, int]] = collections.deque((module, 0) for module in model.modules())
    while queue and len(seen) < VALUES_FOLLOWED:
        value, depth = queue.popleft()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        try:
            kind = kinds.get(type(value)) or kinds.setdefault(type(value), _kind_of(type(value)))
            content = () if kind.read is None else kind.read(value)
            parts = kind.parts(value)
        except Exception:  # Proxies and the like, which raise when somebody looks at them.
            continue
        if kind.read is not None:
            holders.append((value, kind, content))
        if isinstance(value, Tensor):
            tensors.append(value)
        depth += kind.is_object
        if depth > OBJECTS_DEEP:
            continue
        for values in (content, parts):
            if isinstance(values, (list, tuple)) and len(values) <= ELEMENTS_FOLLOWED:
                queue.extend((each, depth) for each in values if type(each) not in UNCHANGING)
    return holders, tensors


def _kind_of(kind: type) -> _Kind:
    if issubclass(kind, dict):
        # The methods of the bare type, because a subclass's own may have effects.
        methods: Any = collections.OrderedDict if issubclass(kind, collections.OrderedDict) else dict
        flat = lambda value: list(itertools.chain.from_iterable(methods.items(value)))  # noqa: E731
        return _Kind(flat, functools.partial(_write_items, methods), parts=_attributes)
    if issubclass(kind, (list, bytearray, array.array)):
        return _Kind(lambda value: value[:], _write_elements, parts=_attributes)
    if issubclass(kind, set):
        return _Kind(list, lambda value, content: (value.clear(), value.update(content)), parts=_attributes)
    if issubclass(kind, collections.deque):
        return _Kind(list, lambda value, content: (value.clear(), value.extend(content)), parts=_attributes)
    if issubclass(kind, (tuple, frozenset)):
        return _Kind(parts=lambda value: (*value, *_attributes(value)))
    if issubclass(kind, Tensor):
        return _Kind(parts=lambda value: tuple(vars(value).values()))
    if issubclass(kind, types.CellType):
        return _Kind(_cell_content, _write_cell)
    if issubclass(kind, types.FunctionType):
        parts = lambda value: (*(value.__closure__ or ()), value.__defaults__, value.__kwdefaults__, vars(value))  # noqa: E731
        return _Kind(parts=parts)
    if issubclass(kind, types.MethodType):
        return _Kind(parts=lambda value: (value.__self__, value.__func__))
    if issubclass(kind, functools.partial):
        return _Kind(parts=lambda value: (value.func, value.args, value.keywords))
    if issubclass(kind, type):
        return _Kind(_class_content, _write_class)
    if issubclass(kind, torch.jit.ScriptModule):
        return _Kind(_script_content, _write_script, parts=_attributes)
    if issubclass(kind, nn.Module):
        owners = [each for each in kind.__mro__ if not _is_library(each)]
        slots = _slots_of(kind)
        return _Kind(
            lambda value: [type(value), *_slot_contents(slots, value)],
            functools.partial(_write_module, slots),
            parts=lambda value: (*owners, value.__dict__),
        )
    return _generator_or_array(kind) or _object(kind)


def _generator_or_array(kind: type) -> Optional[_Kind]:
    numpy = sys.modules.get("numpy")
    if issubclass(kind, torch.Generator):
        return _Kind(torch.Generator.get_state, torch.Generator.set_state, lambda value: value.manual_seed(0))
    if issubclass(kind, random.Random):
        return _Kind(random.Random.getstate, random.Random.setstate, lambda value: value.seed(0))
    if numpy is None:
        return None
    if issubclass(kind, numpy.random.RandomState):
        return _Kind(kind.get_state, kind.set_state, lambda value: value.seed(0))
    if issubclass(kind, numpy.random.Generator):
        write = lambda value, state: setattr(value.bit_generator, "state", state)  # noqa: E731
        return _Kind(
            lambda value: value.bit_generator.state,
            write,
            lambda value: write(value, type(value.bit_generator)(0).state),
        )
    if issubclass(kind, numpy.memmap):
        return _Kind()
    if issubclass(kind, numpy.ndarray):
        return _Kind(kind.copy, lambda value, content: value.flags.writeable and value.__setitem__(..., content))
    return None


def _object(kind: type) -> _Kind:
    """An object of a person's own; of a library's there is nothing to put back."""
    if _is_library(kind) or issubclass(kind, (torch.utils.data.Dataset, torch.optim.Optimizer)):
        return _Kind(is_object=True)
    slots = _slots_of(kind)
    if not slots:
        return _Kind(parts=_attributes, is_object=True)
    read, write = functools.partial(_slot_contents, slots), functools.partial(_write_slots, slots)
    return _Kind(read, write, parts=_attributes, is_object=True)


def _slots_of(kind: type) -> List[types.MemberDescriptorType]:
    own = itertools.chain.from_iterable(vars(each).values() for each in kind.__mro__ if "__slots__" in vars(each))
    return [each for each in own if isinstance(each, types.MemberDescriptorType)]


def _slot_contents(slots: Sequence[Any], value: Any) -> List[Any]:
    return [slot.__get__(value) if hasattr(value, slot.__name__) else None for slot in slots]


def _is_library(kind: type) -> bool:
    return kind.__module__ == __name__ or kind.__module__.split(".")[0] in NOT_FOLLOWED


def _attributes(value: Any) -> Sequence[Any]:
    return (getattr(value, "__dict__", None),)


def _write_items(methods: Any, value: Dict[Any, Any], content: List[Any]) -> None:
    """Changes as little as possible: most dicts are as they were."""
    if not content and not value:
        return
    keys, values = content[::2], content[1::2]
    if len(value) == len(keys) and all(map(operator.is_, methods.keys(value), keys)):
        for key, old, new in zip(keys, list(methods.values(value)), values):
            if old is not new:
                methods.__setitem__(value, key, new)
    else:
        methods.clear(value)
        methods.update(value, zip(keys, values))


def _write_elements(value: Any, content: Any) -> None:
    value[:] = content


def _cell_content(cell: types.CellType) -> List[Any]:
    """A variable's value; nothing while it has none."""
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _write_cell(cell: types.CellType, content: List[Any]) -> None:
    if content:
        cell.cell_contents = content[0]
    elif _cell_content(cell):
        del cell.cell_contents


def _class_content(kind: type) -> List[Any]:
    """The plain data among the attributes of a class: names and values in turn."""
    if _is_library(kind):
        return []
    data = [
        (name, value)
        for name, value in vars(kind).items()
        if not (name.startswith("__") or callable(value) or hasattr(type(value), "__get__"))
    ]
    return list(itertools.chain.from_iterable(data))


def _write_class(kind: type, content: List[Any]) -> None:
    now = _class_content(kind)
    before, after = dict(zip(now[::2], now[1::2])), dict(zip(content[::2], content[1::2]))
    for name in before.keys() - after.keys():
        delattr(kind, name)
    for name, value in after.items():
        if name not in before or before[name] is not value:
            setattr(kind, name, value)


def _write_module(slots: Sequence[Any], module: nn.Module, content: List[Any]) -> None:
    if type(module) is not content[0]:
        module.__class__ = content[0]
    _write_slots(slots, module, content[1:])


def _write_slots(slots: Sequence[Any], value: Any, content: List[Any]) -> None:
    for slot, each in zip(slots, content):
        if each is not None or hasattr(value, slot.__name__):
            slot.__set__(value, each)


def _script_content(module: nn.Module) -> List[Any]:
    """What a compiled module keeps outside of Python: names and values of parameters and buffers, and its mode."""
    own = module._c
    data = [*torch._C.ParameterDict(own).items(), *torch._C.BufferDict(own).items(), ("training", module.training)]
    return list(itertools.chain.from_iterable(data))


def _write_script(module: nn.Module, content: List[Any]) -> None:
    for name, value in zip(content[::2], content[1::2]):
        module._c.setattr(name, value)


def _with_copies(content: Any, copies: Mapping[int, Any]) -> Any:
    """The content of a holder with copies in the places of tensors; the same object where it has none."""
    if not isinstance(content, list):
        return content
    parts = [each if type(each) in UNCHANGING else _with_copy(each, copies) for each in content]
    return content if all(map(operator.is_, content, parts)) else parts


def _with_copy(value: Any, copies: Mapping[int, Any]) -> Any:
    if isinstance(value, Tensor):
        return copies.get(id(value), value)
    if not isinstance(value, (tuple, frozenset)):
        return value
    parts = [_with_copy(each, copies) for each in value]
    if all(map(operator.is_, value, parts)):
        return value
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def _copies(tensors: Sequence[Tensor]) -> Dict[int, Tensor]:
    """A copy of each tensor, by the id of the original. Those that share memory share it as copies too."""
    sharing: Dict[Any, List[Tensor]] = {}
    for tensor in tensors:
        storage = _storage(tensor)
        sharing.setdefault(id(tensor) if storage is None else ("storage", storage._cdata), []).append(tensor)
    copies: Dict[int, Tensor] = {}
    for group in sharing.values():
        storage = _storage(group[0]).clone() if len(group) > 1 else None
        for tensor in group:
            copies[id(tensor)] = _copy(tensor, storage)
    for tensor in tensors:
        for name, value in vars(tensor).items():
            vars(copies[id(tensor)])[name] = _with_copy(value, copies)
    return copies


def _storage(tensor: Tensor) -> Any:
    """The memory of a plain tensor, which others may share; None for sparse, quantized and other special ones."""
    if tensor.layout != torch.strided or tensor.is_quantized or _is_special(tensor):
        return None
    if getattr(tensor, "is_nested", False) or tensor.is_conj() or tensor.is_neg() or tensor.device.type == "meta":
        return None
    return tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage().untyped()


def _is_special(tensor: Tensor) -> bool:
    """Whether its class has operations of its own, and its values possibly in other tensors."""
    return type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__


def _copy(tensor: Tensor, storage: Any) -> Tensor:
    """A copy that is of the same class, in ``storage`` if that is a copy of the tensor's own."""
    if _is_special(tensor):
        return copy.deepcopy(tensor)
    with torch._C.DisableTorchFunction():
        if storage is None:
            data = tensor.detach().clone()
        else:
            data = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
            data.set_(storage, tensor.storage_offset(), tensor.size(), tensor.stride())
        if type(tensor) is Tensor:
            return data.requires_grad_(tensor.requires_grad)
        return Tensor._make_subclass(type(tensor), data, tensor.requires_grad)


# What is known of the layers


class _Facts:
    """What ``normscope.json`` says of each layer, gathered while the layers run."""

    def __init__(
        self, model: nn.Module, caller: "_Caller", run_knobs: Mapping[str, Any] = types.MappingProxyType({})
    ) -> None:
        self._caller = caller
        self._run_knobs = run_knobs
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
        """The axis of the samples: the first if the layout is unknown. None if the tensor is a single sample."""
        layout = self._layers.get(layer, {}).get("layout")
        axis = 0 if layout is None or len(layout) != rank else layout.find("N")
        return None if axis < 0 else axis

    def layout(self, layer: str) -> Optional[str]:
        """The roles of the axes; None where they are not known."""
        return self._layers.get(layer, {}).get("layout")

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
            **({"knobs": dict(self._run_knobs)} if self._run_knobs else {}),
            "order": list(self._order),
            "layers": {layer: dict(self._layers[layer]) for layer in self._order if layer in self._layers},
        }

    def _add_sources(self, layers: Sequence[str]) -> None:
        sources = _Sources(self._caller)
        for layer in layers:
            source = sources.find(self._without_source.pop(layer))
            if source is not None:
                self._layers[layer]["source"] = source


def _checked_knobs(knobs: Optional[Mapping[str, Any]]) -> Dict[str, Any]:
    """Knobs as JSON holds them: numbers of NumPy and tensors of one element become Python's."""
    checked: Dict[str, Any] = {}
    for name, value in ({} if knobs is None else knobs).items():
        if not isinstance(value, (bool, int, float, str)) and hasattr(value, "item"):
            value = value.item()
        is_number = isinstance(value, (int, float)) and math.isfinite(value)
        is_text = isinstance(value, str) and value.strip() != ""
        if not isinstance(name, str) or not name.strip() or not (is_number or is_text):
            raise ValueError(f"knobs={{{name!r}: {value!r}}}: must be finite numbers, booleans or texts, by name.")
        checked[name] = value
    return checked


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
    weight, rank = _stored(node.module, _roles(node.module).get("weight", "weight")), tensor.dim()
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
    """Where the recorder was made: file and line, and the names that the model has among the module's variables.

    A function's variables are not read: until it returns, Python would hold on to all that they were at that moment.
    """

    file: str
    line: int
    names: Tuple[str, ...]


def _caller(model: nn.Module) -> _Caller:
    frame = sys._getframe(2)
    models = (model, _unwrapped(model))
    names = tuple(name for name, value in frame.f_globals.items() if any(value is each for each in models))
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
        """File and line of a layer's definition; None if they are unknown."""
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
            tree = _parsed(caller.file) if os.path.isfile(caller.file) else ast.Module([], [])
            names = {*caller.names, *_recorded_names(tree, caller.line)}
            # Not `model = wrapped(model)`; and of several functions with a `model` the one that made the recorder.
            self._in_script = [
                each for each in _definitions(tree, names) if each.lineno <= caller.line and not _mentions(each, names)
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


WRAPPING = re.compile(r"compile|script|trace|prepare|wrap|shard|FSDP|DDP|Parallel")
"""Names of functions and classes that give back a model that they are given."""


RETURNING_ITSELF = frozenset("to cuda cpu train eval half float double bfloat16 requires_grad_ apply".split())
"""Methods that give back the model."""


def _recorded_names(tree: ast.AST, line: int) -> Set[str]:
    """The variables that hold the model of the ``Recorder(model, …)`` at a line, or the model inside of that."""
    pending: List[ast.expr] = []
    assigned: Dict[str, List[ast.expr]] = {}
    for node in ast.walk(tree):
        for target, value in _assignments(node):
            if isinstance(target, ast.Name):
                assigned.setdefault(target.id, []).append(value)
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno):
            if ast.unparse(node.func).endswith("Recorder"):
                pending += node.args[:1] or [each.value for each in node.keywords if each.arg == "model"]
    names: Set[str] = set()
    for expression in pending:
        if isinstance(expression, ast.Name) and expression.id not in names:
            names.add(expression.id)
            pending += assigned.get(expression.id, ())
        elif isinstance(expression, ast.Call):
            function = expression.func
            if WRAPPING.search(ast.unparse(function)):
                pending += expression.args[:1]
            elif isinstance(function, ast.Attribute) and function.attr in RETURNING_ITSELF:
                pending.append(function.value)
    return names


def _definitions(tree: ast.AST, names: Container[str]) -> List[ast.expr]:
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


def _mentions(tree: ast.AST, names: Container[str]) -> bool:
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


@dataclasses.dataclass
class _Step:
    """One file to write."""

    path: Path
    number: int
    records: _Records
    about: Dict[str, Any]
    document: Optional[Dict[str, Any]]
    scalars: Dict[str, Union[float, Tensor]]


class _Ends(Exception):
    """Why the writer writes no more."""


class _Writer:
    """Writes files one after the other on a thread of its own, at most two steps behind.

    Every wait has a bound: files are written in pieces, and a waiting thread gives up once no piece was written for
    PATIENCE seconds. The thread is a daemon, so that a disk that hangs cannot keep the process from ending.
    """

    QUEUE = 2
    PATIENCE = 30.0
    FAILURES = 3
    """Failures in a row after which recording ends."""

    def __init__(self, folder: Path, max_bytes: int, overwrite: bool, model: str) -> None:
        self.memory = _Memory()
        self.has_ended = False
        self.holds_another_model = False
        self._folder = folder
        self._max_bytes = max_bytes
        self._overwrite = overwrite
        self._model = model
        self._rank: Optional[int] = None
        self._used = 0
        self._known: set = set()
        self._has_written = False
        self._in_a_row = 0
        self._document: Optional[Dict[str, Any]] = None
        self._messages: "collections.deque[Tuple[str, Optional[str]]]" = collections.deque()
        self._is_finished = False
        self._reset()
        _WRITERS.add(self)

    def _reset(self) -> None:
        self._condition = threading.Condition()
        self._queue: "collections.deque[_Step]" = collections.deque()
        self._under_way = 0
        self._progress = 0
        self._thread: Optional[threading.Thread] = None

    # Called by the thread that trains

    def resume(self) -> bool:
        """Looks at this rank's files and removes old half-written ones. Returns whether no step was recorded before."""
        self._rank = _rank()
        self._used, self._known = 0, set()
        newest: Optional[Path] = None
        for path in self._files("step_*.safetensors"):
            self._known.add(path.name)
            if not path.is_file():
                continue
            self._used += path.stat().st_size
            newest = path if newest is None or path.name > newest.name else newest
        for path in self._files(".step_*.safetensors.tmp-*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                    path.unlink()
        if self._rank == 0:
            with contextlib.suppress(OSError):
                self._used += (self._folder / SIDECAR).stat().st_size
        model = _model_of(newest) if newest is not None else None
        self.holds_another_model = model is not None and model != self._model
        return newest is None

    def _files(self, pattern: str) -> List[Path]:
        """The files of this rank that fit a pattern."""
        found = self._folder.glob(pattern) if self._folder.is_dir() else ()
        return [path for path in found if _rank_of(path.name) == self._rank]

    def knows(self, path: Path) -> bool:
        """Whether the file was there when the run began, or was submitted since."""
        return path.name in self._known

    def room(self) -> int:
        """Bytes that this rank's files may still take."""
        return self._max_bytes // _world_size() - self._used

    def submit(self, step: _Step) -> bool:
        """Queues one file. Waits while two are under way; False if no data was written for PATIENCE seconds."""
        with self._condition:
            if not self._wait(lambda: self._under_way < self.QUEUE):
                self._fail_in_a_row()
                return False
            if self._is_finished:  # By close() in another thread or in a signal handler.
                return True
            self._under_way += 1
            self._known.add(step.path.name)
            self._queue.append(step)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="normscope", daemon=True)
                self._thread.start()
            self._condition.notify_all()
        return True

    def flush(self) -> bool:
        """Waits until everything is written; False if no data was written for PATIENCE seconds."""
        with self._condition:
            return self._wait(lambda: self._under_way == 0)

    def finish(self) -> None:
        """Ends the thread once everything is written. Does not wait."""
        with self._condition:
            self._is_finished = True
            if self._thread is not None:
                _ENDING.add(self._thread)
            self._condition.notify_all()

    def abandon(self) -> None:
        """In a forked child, which has neither the thread nor the right to its locks."""
        self._is_finished = True
        self._reset()

    def release(self, records: _Records) -> None:
        """Takes back the memory of records that are not written."""
        arena, records.arena = records.arena, None
        if arena is not None:
            self.memory.give_back(arena)

    def take_messages(self) -> List[Tuple[str, Optional[str]]]:
        """The messages since the last call, each with its kind; without one, the text decides what is a repetition."""
        found = []
        while self._messages:
            found.append(self._messages.popleft())
        return found

    def _wait(self, is_done: Callable[[], bool]) -> bool:
        """Waits, with the condition held; False if no data was written for PATIENCE seconds."""
        seen, deadline = self._progress, time.monotonic() + self.PATIENCE
        while not is_done():
            if self._progress != seen:
                seen, deadline = self._progress, time.monotonic() + self.PATIENCE
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._condition.wait(min(left, 1.0))
        return True

    # On the writer's thread

    def _work(self) -> None:
        while True:
            with self._condition:
                while not self._queue:
                    if self._is_finished:
                        return
                    self._condition.wait()
                step = self._queue.popleft()
            self._run(step)
            # Before anybody stops waiting: PyTorch aborts a process that exits while another thread frees tensors.
            del step
            with self._condition:
                self._under_way -= 1
                self._progress += 1
                self._condition.notify_all()

    def _run(self, step: _Step) -> None:
        try:
            for event in step.records.events:
                event.synchronize()
            if not self.has_ended:
                for problem in _narrow_records(step.records):
                    self._messages.append((problem, "storage"))
                self._write(step)
            self._in_a_row = 0
        except _Ends as end:
            self.has_ended = True
            self._messages.append((str(end), None))
        except Exception as error:  # The recorder reports it; training goes on.
            message = f"{step.path} could not be written: {error}. Training continues; later steps are tried"
            self._messages.append((f"{message}, until {self.FAILURES} in a row fail.", "write"))
            self._fail_in_a_row()
        finally:
            self.release(step.records)

    def _fail_in_a_row(self) -> None:
        self._in_a_row += 1
        self.has_ended = self.has_ended or self._in_a_row >= self.FAILURES

    def _write(self, step: _Step) -> None:
        self._look_around(step)
        self._folder.mkdir(parents=True, exist_ok=True)
        failure = self._write_document(step) if step.document is not None else None
        records = step.records
        # A module may have the name of another's parameter.
        keys = {key: f"{key}#parameter" if key in records.tensors else key for key in records.parameters}
        about = {
            **step.about,
            "tensors": records.notes,
            "parameters": {keys[key]: note for key, note in records.parameter_notes.items()},
            "model": self._model,
            "recorder": __version__,
        }
        if records.summaries:
            about["summaries"] = records.summaries
        if step.scalars:
            about["scalars"] = {name: _json_number(float(value)) for name, value in step.scalars.items()}
        metadata = {"format": "pt", "normscope": json.dumps(about, separators=(",", ":"))}
        tensors = {**records.tensors, **{keys[key]: value for key, value in records.parameters.items()}}
        self._put(step, step.path, _safetensors(tensors, metadata), self._overwrite)
        self._has_written = True
        if failure is not None:  # Else the message about the step says enough.
            self._messages.append((f"{self._folder / SIDECAR} could not be written: {failure}.", "sidecar"))

    def _look_around(self, step: _Step) -> None:
        """Before the first file: whether another recorder began here meanwhile. Later: whether the folder still is."""
        if self._has_written:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True, exist_ok=True)
                self._messages.append((f"{self._folder} was deleted while recording. It is made again.", None))
                self._used, self._document = 0, None
            return
        if _rank_of(step.path.name) != self._rank:  # torch.distributed was initialized after the recorder was made.
            self.resume()
            if self.holds_another_model and not self._overwrite:
                raise _Ends(_another_model(self._folder))
        elif any(path.name not in self._known for path in self._files("step_*.safetensors")):
            raise _Ends(_another_recorder(self._folder))
        if self.holds_another_model:
            self._move_earlier_run()

    def _move_earlier_run(self) -> None:
        """Moves this rank's steps of another model out of the way, into a folder beside the run's."""
        steps = self._files("step_*.safetensors")
        newest = max(steps, key=lambda path: path.name, default=None)
        model = _model_of(newest) if newest is not None else None
        target = self._folder.with_name(f"{self._folder.name}-{model or 'earlier'}")
        target.mkdir(exist_ok=True)
        for path in [*steps, *([self._folder / SIDECAR] if self._rank == 0 else [])]:
            with contextlib.suppress(FileNotFoundError):
                os.replace(path, target / path.name)
        self._messages.append((f"{self._folder} held steps of another model. They are in {target} now.", None))
        self._used = 0

    def _put(self, step: _Step, path: Path, chunks: Sequence[Any], replace: bool) -> None:
        """Writes a file if it fits into what ``max_bytes`` leaves of this rank's share."""
        with contextlib.suppress(OSError):
            self._used -= path.stat().st_size if replace else 0
        size = sum(len(chunk) for chunk in chunks)
        if size > self.room():
            raise _Ends(_full(self._max_bytes, step.number))
        try:
            _write_atomically(path, chunks, replace, self._advance)
        except FileExistsError as error:
            raise _Ends(_another_recorder(self._folder)) from error
        self._used += size

    def _advance(self) -> None:
        self._progress += 1

    def _write_document(self, step: _Step) -> Optional[OSError]:
        """Keeps what a person or an earlier run put into the sidecar, and leaves alone what is not JSON.

        Returns why it could not be written; the next step tries again.
        """
        path = self._folder / SIDECAR
        if step.document == self._document and path.exists():
            return None
        try:
            present = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            merged = _merged_document(present, step.document)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self._messages.append((f"{path} cannot be read and stays as it is: {error}", None))
        else:
            if merged != present:
                text = json.dumps(merged, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
                try:
                    self._put(step, path, [text + b"\n"], replace=True)
                except OSError as error:
                    return error
        self._document = step.document
        return None


_WRITERS: "weakref.WeakSet[_Writer]" = weakref.WeakSet()
_ENDING: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()
"""Threads that end once everything is written; the last thing that they do is to free a writer's memory."""
SIDECAR = "normscope.json"


@atexit.register
def _at_exit() -> None:
    """Lets go of models while PyTorch is still whole, and waits for what is under way, but not for a disk that takes
    nothing."""
    for recorder in list(_RECORDERS):
        with contextlib.suppress(Exception):
            recorder._disarm()
    for writer in list(_WRITERS):
        if not writer.flush():
            _print(f"{writer._folder} accepts no data; the last steps are not written.")
    for thread in list(_ENDING):
        thread.join(1.0)


def _print(message: str) -> None:
    """A line on standard error, which may be closed."""
    with contextlib.suppress(Exception):
        if sys.stderr is not None:
            print(f"normscope: {message}", file=sys.stderr)


ABANDONED_AFTER = 600
"""Seconds without a change after which a temporary file counts as abandoned."""


def _another_recorder(folder: Path) -> str:
    return f"Another recorder writes to {folder}, so this one stops recording. Give each Recorder its own folder."


def _another_model(folder: Path) -> str:
    return (
        f"{folder} holds steps of another model, so nothing is recorded. Choose another folder; or, with overwrite=True, "
        "the recorder moves those steps to a folder beside it."
    )


def _full(max_bytes: int, step: int) -> str:
    return f"The run's files would exceed max_bytes={max_bytes}, so recording ended before step {step}."


def _rank_of(name: str) -> int:
    found = re.search(r"_rank(\d+)\.safetensors", name)
    return int(found[1]) if found is not None else 0


def _model_hash(model: nn.Module) -> str:
    """What tells one model from another in the files of a run: a hash of the paths and types of its innermost modules.

    Wrappers hold other modules and so do not count; a lazy module counts as what it becomes.
    """
    text = hashlib.sha256()
    with contextlib.suppress(Exception):  # An odd module must not keep the others from being recorded.
        for node in _nodes(_unwrapped(model)):
            if not _children(node.module):
                kind = type(node.module)
                # FSDP2 derives a class of this name from the module's own.
                name = re.sub("^FSDP", "", (getattr(kind, "cls_to_become", None) or kind).__qualname__)
                text.update(f"{node.path}\0{name}\0".encode("utf-8", "replace"))
    return text.hexdigest()[:12]


def _model_of(path: Path) -> Optional[str]:
    """The model's hash in a step's file; None where it has none or cannot be read."""
    try:
        if not path.is_file():  # Opening a named pipe would wait for a writer.
            return None
        with open(path, "rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, path.stat().st_size)))
        return json.loads(header["__metadata__"]["normscope"]).get("model")
    except Exception:  # Anything may lie in a folder.
        return None


def _merged_document(present: Mapping[str, Any], ours: Mapping[str, Any]) -> Dict[str, Any]:
    """``ours`` over what is there; layers, keys, and layouts that a person chose stay.

    ``recordedLayouts`` says which layouts the recorder wrote, so that a later run does not take them for a choice.
    """
    recorded = present.get("recordedLayouts", {})
    layers = {**present.get("layers", {})}
    for name, facts in ours["layers"].items():
        before = layers.get(name, {})
        layers[name] = {**before, **facts}
        if _is_chosen_layout(before, facts, recorded.get(name)):
            layers[name]["layout"] = before["layout"]
        elif "layout" not in facts:
            layers[name].pop("layout", None)
    layouts = {name: facts["layout"] for name, facts in ours["layers"].items() if "layout" in facts}
    named = set(ours["order"])
    order = [*ours["order"], *(name for name in present.get("order", []) if name not in named)]
    return {**present, **ours, "order": order, "recordedLayouts": {**recorded, **layouts}, "layers": layers}


def _is_chosen_layout(before: Mapping[str, Any], facts: Mapping[str, Any], recorded: Optional[str]) -> bool:
    """Whether a person chose the layout in the sidecar. Older recorders did not say which ones they wrote: there, one
    of a module of another type is not a choice for this one."""
    if "layout" not in before:
        return False
    if recorded is not None:
        return bool(before["layout"] != recorded)
    return bool(before.get("module", facts.get("module")) == facts.get("module"))


WRITTEN_AT_A_TIME = 8 * 2**20
"""Bytes."""


def _write_atomically(
    path: Path, chunks: Sequence[Any], replace: bool = True, advance: Callable[[], None] = lambda: None
) -> None:
    """Writes beside ``path`` under another name and renames, so that a reader never sees half a file.

    Raises FileExistsError where ``replace`` is false and the file exists. Calls ``advance`` after each piece.
    """
    temporary = path.with_name(f".{path.name}.tmp-{uuid.uuid4().hex[:8]}")
    try:
        with open(temporary, "xb") as stream:
            for chunk in chunks:
                view = memoryview(chunk)
                for start in range(0, len(view), WRITTEN_AT_A_TIME):
                    stream.write(view[start : start + WRITTEN_AT_A_TIME])
                    advance()
        if replace:
            os.replace(temporary, path)
        else:
            _rename_to_new(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _rename_to_new(temporary: Path, path: Path) -> None:
    """Renames; raises FileExistsError where the file exists, also if it came into being just now."""
    if os.name == "nt":  # There, renaming does not replace.
        os.rename(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # A file system without hard links.
        if path.exists():
            raise FileExistsError(path) from None
        os.replace(temporary, path)
    else:
        temporary.unlink()


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
