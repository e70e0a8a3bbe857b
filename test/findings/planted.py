"""All planted faults."""

import planted_formulas  # noqa: F401
import planted_ranks  # noqa: F401
import planted_training  # noqa: F401
import planted_values  # noqa: F401
from registry import PLANTED

__all__ = ["PLANTED"]
