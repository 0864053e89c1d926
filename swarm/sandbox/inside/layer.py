"""The workspace of a command: a copy-on-write layer over a folder, mounted before privileges are given up."""

import ctypes
import os

from swarm.sandbox.inside.order import Layer

# pathlib would cost every run the time of its import
# ruff: noqa: PTH102, PTH110, PTH112

_libc = ctypes.CDLL(None, use_errno=True)
_NOSUID_NODEV, _NOEXEC = 2 | 4, 8
_READ_ONLY, _REMOUNT, _BIND = 1, 32, 4096
_DETACH = 2
_OPTIONS = {"trusted": "redirect_dir=nofollow,metacopy=off,index=off,volatile", "user": "userxattr,volatile"}
"""With redirects or metacopy the layer alone would not tell what has changed; a user has neither of them."""
_MASKED = ("kcore", "keys", "kpagecgroup", "kpagecount", "kpageflags", "slabinfo", "sysrq-trigger", "timer_list")


class LayerError(OSError):
    """No layer can be mounted here."""


def mount_layer(layer: Layer) -> int:
    """Mount the layer, hide what is to be hidden, and let go of what it is made of.

    Returns a descriptor of the folder with the changes, for the host. Raises LayerError.
    """
    changes = os.open(layer["place"], os.O_RDONLY | os.O_DIRECTORY) if layer["copied"] else _overlay(layer)
    for path in layer["hidden"]:
        _hide(f"{layer['place']}/{path}", layer["empty"])
    return changes


def lock_proc(empty: str) -> None:
    """Make /proc read-only, and hide of it what only modes protect: a command of root's may override those."""
    for name in _MASKED:
        if os.path.exists(f"/proc/{name}"):
            _mount(empty, f"/proc/{name}", "", _BIND, "")
    _mount("", "/proc", "", _REMOUNT | _BIND | _READ_ONLY | _NOSUID_NODEV | _NOEXEC, "")


def _overlay(layer: Layer) -> int:
    upper, namespace = layer["upper"], layer["attributes"]
    if layer["in_memory"]:
        _mount("tmpfs", upper, "tmpfs", _NOSUID_NODEV, layer["memory"])
    try:
        os.setxattr(upper, f"{namespace}.overlay.probe", b"y")  # older kernels' tmpfs takes none from a user
    except OSError as error:
        raise LayerError(error.errno, error.strerror, f"overlay attributes on {upper}") from None
    for name in ("changes", "work"):
        os.mkdir(f"{upper}/{name}")
    changes = os.open(f"{upper}/changes", os.O_RDONLY | os.O_DIRECTORY)
    options = f"lowerdir={layer['lower']},upperdir={upper}/changes,workdir={upper}/work,{_OPTIONS[namespace]}"
    _mount("overlay", layer["place"], "overlay", _NOSUID_NODEV, options)
    for path in (layer["lower"], upper):
        if _libc.umount2(path.encode(), _DETACH) < 0:
            raise _fault(LayerError, path)
    return changes


def _hide(path: str, empty: str) -> None:
    """Put something empty over a file or folder; what is not there needs none."""
    if os.path.isdir(path):
        _mount("tmpfs", path, "tmpfs", _NOSUID_NODEV | _READ_ONLY, "size=4k,nr_inodes=2,mode=0555")
    elif os.path.exists(path):
        _mount(empty, path, "", _BIND, "")


def _mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    given = (os.fsencode(source), os.fsencode(target), kind.encode(), flags, options.encode())
    if _libc.mount(*given) < 0:
        raise _fault(LayerError if kind == "overlay" else OSError, target)


def _fault(kind: type[OSError], path: str) -> OSError:
    code = ctypes.get_errno()
    return kind(code, os.strerror(code), path)
