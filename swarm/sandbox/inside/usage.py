"""How much a process tree uses, and which files it has left: read from /proc and the private folder."""

import binascii
import os
import resource
import stat

from swarm.sandbox.inside.order import Call

# pathlib would cost every run the time of its import
# ruff: noqa: PTH123

_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
_TICKS = os.sysconf("SC_CLK_TCK")
_DEPTH = 8


def cpu_seconds(pids: list[str]) -> float:
    """Processor time of the tree: what was reaped, by us or by a parent in the tree, and what still runs."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = (_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:15] for pid in pids)
    return reaped.ru_utime + reaped.ru_stime + sum(int(part) for parts in running for part in parts) / _TICKS


def memory_kb(pids: list[str], mounts: list[str], limit: int) -> int:
    """Memory of the tree and its tmpfs; exact only near the limit, for exactness costs."""
    files = sum(map(_tmpfs_kb, mounts))
    total = files + sum(map(_resident_kb, pids))
    # Resident size counts a page shared after a fork once in each process.
    return files + sum(map(_share_kb, pids)) if total > limit else total


class Shared:
    """Memory that no process shows: files without a name, and shared pages that outlived their mapping.

    Only the whole machine's sum says how much it is, so that the bound is a wide one; see `excess`.
    """

    def __init__(self, mounts: list[str]) -> None:
        self._mounts = mounts
        self._before = self._uncounted()

    def excess(self, limit: int) -> bool:
        """Say whether more than `limit` KB have come since the start, or the machine itself runs short."""
        return self._uncounted() - self._before > limit or _meminfo("MemAvailable") < _meminfo("MemTotal") // 32

    def _uncounted(self) -> int:
        return _meminfo("Shmem") - sum(map(_tmpfs_kb, self._mounts))


def is_too_large(folder: str, limits: dict[str, float]) -> bool:
    """Say whether a folder on a shared disk is over its limit, or cannot be measured."""
    size, count, todo = 0, 0, [folder]
    while todo and count <= limits["inodes"] and size <= int(limits["disk_mb"]) << 20:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:  # a path too long, a folder made unreadable: no honest program does that
            return True
    return bool(todo) or count > limits["inodes"] or size > int(limits["disk_mb"]) << 20


def collect(call: Call) -> tuple[dict[str, str], list[str]]:
    """Take new and changed regular files out of the folder: (name to base64, what was dropped and why)."""
    taken: dict[str, str] = {}
    dropped: list[str] = []
    room = call["bytes_kept"]
    for name, entry in _walk(call["folder"]):
        data, reason = _content(entry, call["files"].get(name), room)
        if data is not None and len(taken) == call["files_kept"]:
            data, reason = None, f"only {call['files_kept']} files are kept"
        if data is not None:
            taken[name] = binascii.b2a_base64(data, newline=False).decode()
            room -= len(data)
        elif reason and len(dropped) < call["files_kept"]:
            dropped.append(f"{ascii(name)[1:-1][:200]}: {reason}")
    return taken, dropped


def _walk(folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    """Everything but folders below `folder`, by name; without recursion, for the tree is an enemy's."""
    found: list[tuple[str, os.DirEntry[str]]] = []
    todo = [""]
    while todo:
        below = todo.pop()
        try:
            with os.scandir(folder + "/" + below) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        found.append((below + entry.name, entry))
                    elif below.count("/") + 1 < _DEPTH:
                        todo.append(f"{below}{entry.name}/")
        except OSError:
            continue
    return sorted(found, key=lambda pair: pair[0])


def _content(entry: os.DirEntry[str], before: str | None, room: int) -> tuple[bytes | None, str]:
    """The bytes, or the reason why not; neither for an input that is as it was."""
    try:
        if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            return None, "not a regular file"
        handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            data = file.read(max(room, len(before or "")) + 1)
    except OSError as error:
        return None, error.strerror or "unreadable"
    if before is not None and binascii.a2b_base64(before) == data:
        return None, ""
    return (data, "") if len(data) <= room else (None, "too large")


def _meminfo(name: str) -> int:
    words = _read("/proc/meminfo").partition(name + ":")[2].split()[:1]
    return int(words[0]) if words else 0


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _resident_kb(pid: str) -> int:
    pages = _read(f"/proc/{pid}/statm").split()[1:2]
    return int(pages[0]) * _PAGE_KB if pages else 0


def _share_kb(pid: str) -> int:
    """The process's share; its whole resident size where it hides its maps (PR_SET_DUMPABLE)."""
    share = _read(f"/proc/{pid}/smaps_rollup").partition("\nPss:")[2].split()[0:1]
    return int(share[0]) if share else _resident_kb(pid)


def _tmpfs_kb(mount: str) -> int:
    space = os.statvfs(mount)
    return (space.f_blocks - space.f_bfree) * space.f_bsize // 1024
