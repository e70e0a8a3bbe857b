"""All runs."""

import healthy  # noqa: F401
import healthy_more  # noqa: F401
import planted_formulas  # noqa: F401
import planted_ranks  # noqa: F401
import planted_training  # noqa: F401
import planted_values  # noqa: F401
from registry import HEALTHY, PLANTED

__all__ = ["HEALTHY", "PLANTED"]
