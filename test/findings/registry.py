"""The lists of healthy runs and of planted faults, and the kinds of finding that say what happened."""

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


FORMULA = ("declared", "formula")
GROWTH = ("growth", "depth")
DIVERGENCE = ("growth", "depth", "non-finite", "number-format", "saturation", "dead-channels", "massive")
NON_FINITE = ("non-finite", "number-format")
SATURATION = ("saturation",)
DEAD = ("dead-channels",)
COLLAPSE = ("collapsed",)
MASSIVE = ("massive", "growth")
MODE = ("mode",)
RUNNING = ("running-statistics",)
RANKS = ("ranks", "rank-data", "rank-parameters")
BATCH = ("small-units", "small-batch")
AXIS = ("channel-axis",)
