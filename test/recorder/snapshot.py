"""A picture of everything that a forward pass may change in a model and in the process, to compare two of."""

import copy
import random
from typing import Any, Dict, List

import torch
from torch import Tensor, nn

try:
    import numpy
except ImportError:
    numpy = None


def everything(model: nn.Module) -> Dict[str, Any]:
    """What the model holds, by place, and the process's state; tensors as copies, with identity and version."""
    found: Dict[str, Any] = {f"global {name}": value for name, value in global_state().items()}
    for path, module in model.named_modules(remove_duplicate=False):
        if isinstance(module, torch.jit.ScriptModule):
            found[f"{path} training"] = module.training
            continue
        for name, value in vars(module).items():
            found[f"{path}.{name}"] = _picture(value, 0)
        found[f"{path} class"] = type(module)
        if not type(module).__module__.startswith("torch."):
            own = {name: value for name, value in vars(type(module)).items() if not name.startswith("__")}
            found[f"{path} class attributes"] = {name: _picture(value, 0) for name, value in own.items()}
    for path, tensor in [*model.named_parameters(), *model.named_buffers()]:
        found[f"{path} tensor"] = _picture(tensor, 0)
    return found


def global_state() -> Dict[str, Any]:
    hooks = nn.modules.module
    backends = torch.backends
    state = {
        "python": random.getstate(),
        "numpy": None if numpy is None else repr(numpy.random.get_state(legacy=False)),
        "torch": torch.get_rng_state().clone(),
        "hooks": {
            name: list(value.values())
            for name, value in vars(hooks).items()
            if name.startswith("_global_") and isinstance(value, dict)
        },
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": (torch.is_autocast_enabled(), torch.is_autocast_cache_enabled()),
        "deterministic": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "cudnn": (backends.cudnn.enabled, backends.cudnn.benchmark, backends.cudnn.deterministic),
        "anomaly": torch.is_anomaly_enabled(),
        "precision": torch.get_float32_matmul_precision(),
    }
    if hasattr(backends, "mha"):
        state["fast path"] = backends.mha.get_fastpath_enabled()
    if hasattr(torch, "get_default_device"):
        state["device"] = torch.get_default_device()
        state["function modes"] = torch._C._len_torch_function_stack()
    return state


def differences(before: Dict[str, Any], after: Dict[str, Any]) -> List[str]:
    """The places whose content is another one."""
    return [name for name in {**before, **after} if not _equal(before.get(name, "absent"), after.get(name, "absent"))]


def _picture(value: Any, depth: int) -> Any:
    if isinstance(value, Tensor):
        lazy = nn.parameter.is_lazy(value)
        content = None if lazy else value.detach().clone()
        version = None if value.is_inference() else value._version
        grad = None if value.grad_fn is not None or value.grad is None else value.grad.clone()
        return (type(value), id(value), version, value.requires_grad, content, grad)
    if depth > 6 or isinstance(value, (type, nn.Module)):
        return id(value)
    if isinstance(value, torch.Generator):
        return value.get_state().clone()
    if numpy is not None and isinstance(value, numpy.ndarray):
        return (id(value), torch.from_numpy(value.copy()) if value.dtype.kind in "fiu" else value.tolist())
    if numpy is not None and isinstance(value, numpy.random.Generator):
        return repr(value.bit_generator.state)
    if numpy is not None and isinstance(value, numpy.random.RandomState):
        return repr(value.get_state(legacy=False))
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, dict):
        return (id(value), [(_picture(k, depth + 1), _picture(v, depth + 1)) for k, v in value.items()])
    if isinstance(value, (set, frozenset)):
        return (id(value), sorted(str(_picture(each, depth + 1)) for each in value))
    if isinstance(value, (list, tuple)) or type(value).__name__ == "deque":
        return (id(value), [_picture(each, depth + 1) for each in value])
    if isinstance(value, (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device)):
        return copy.copy(value)
    held = [getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)]
    cells = [each.cell_contents for each in getattr(value, "__closure__", None) or ()]
    attributes = [vars(value)] if hasattr(value, "__dict__") else []
    return (id(value), [_picture(each, depth + 1) for each in (*held, *cells, *attributes)])


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)) or a.shape != b.shape or a.dtype != b.dtype:
            return False
        return torch.equal(a, b) or torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_equal(a[name], b[name]) for name in a)
    return type(a) is type(b) and a == b
