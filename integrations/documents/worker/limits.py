"""What every child that reads a hostile file does first: bound its own time and memory. Imported by children alone."""

import sys


def bound(megabytes: int, seconds: int) -> None:
    """Limit this process for good."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is what is left
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses a bound on address space
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
