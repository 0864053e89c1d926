"""Watching what a command writes to the host's disk, where its changes lie there."""

import asyncio
import os
from collections.abc import Callable

from swarm.sandbox.limits import Limits

_TICK = 0.1
_BLOCK = 512


async def watch_disk(folder: int, limits: Limits, stop: Callable[[], None]) -> None:
    """Call `stop` once an open folder has grown by more than its limits; looks at it only when the disk fills up."""
    size, count = await asyncio.to_thread(disk_usage, folder)
    most, most_files = size + (limits.disk_mb << 20), count + limits.inodes
    free, free_files = _free(folder)
    while True:
        await asyncio.sleep(_TICK)
        now, now_files = _free(folder)
        if free - now < (limits.disk_mb << 20) // 2 and free_files - now_files < limits.inodes // 2:
            continue
        size, count = await asyncio.to_thread(disk_usage, folder)
        if size > most or count > most_files:
            stop()
            return


def disk_usage(folder: int) -> tuple[int, int]:
    """Return bytes and entries below an open folder; what cannot be read counts for nothing."""
    size, count, todo = 0, 0, [f"/proc/self/fd/{folder}"]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
        except OSError:
            continue
    return size, count


def _free(folder: int) -> tuple[int, int]:
    space = os.fstatvfs(folder)
    return space.f_bavail * space.f_frsize, space.f_favail
