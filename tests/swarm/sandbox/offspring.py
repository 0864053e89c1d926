"""What a test has started, itself or through others; the session's stack may run beside it and is not its own."""

from collections.abc import Iterable

import psutil


def children() -> set[psutil.Process]:
    """Return the direct children of this process, to be compared with later."""
    return set(psutil.Process().children())


def started_since(before: set[psutil.Process]) -> list[psutil.Process]:
    """Return what lives now, among the children that were not there `before` and below them."""
    fresh = children() - before
    return alive([*fresh, *(below for child in fresh for below in child.children(recursive=True))])


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run."""
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
