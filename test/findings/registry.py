"""The lists of healthy runs and of planted faults, and what may happen."""

from typing import Callable, Dict

from training import Expected, Run

HEALTHY: Dict[str, Callable[[Run], None]] = {}
PLANTED: Dict[str, Callable[[Run], Expected]] = {}


def healthy(train: Callable[[Run], None]) -> Callable[[Run], None]:
    """Adds a healthy run, under the name of its function."""
    HEALTHY[train.__name__.replace("_", "-")] = train
    return train


def planted(train: Callable[[Run], Expected]) -> Callable[[Run], Expected]:
    """Adds a fault, under the name of its function."""
    PLANTED[train.__name__.replace("_", "-")] = train
    return train


# What happened; score.mjs says which kinds of finding say so.
FORMULA = ("formula",)
GROWTH = ("growth",)
DIVERGENCE = ("growth", "non-finite", "saturation", "dead", "massive")
NON_FINITE = ("non-finite",)
SATURATION = ("saturation",)
DEAD = ("dead",)
COLLAPSE = ("collapse",)
MASSIVE = ("massive", "growth")
INPUT = ("input", "growth", "massive")
MODE = ("mode",)
RUNNING = ("running",)
RANKS = ("ranks",)
BATCH = ("batch",)
AXIS = ("axis",)
