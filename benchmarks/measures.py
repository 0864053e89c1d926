"""Measures: what several benchmarks take of times and of this process."""

from collections.abc import Sequence

import numpy as np
import psutil


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    return float(np.percentile(times, 50)), float(np.percentile(times, 95))


def memory_mb() -> float:
    """Return what this process has in memory, in megabytes."""
    return float(psutil.Process().memory_info().rss) / 1e6
