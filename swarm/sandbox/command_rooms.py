"""Rooms for commands: what a shell line sees, on a copy-on-write layer over the workspace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swarm.sandbox import seccomp
from swarm.sandbox.bubblewrap import DEVICES, view
from swarm.sandbox.cells import Cell, Room, guest_command, private_uid, python, site_folders
from swarm.sandbox.inside.order import Layer
from swarm.sandbox.layer_differences import attributes

Storage = Literal["memory", "disk", "copy"]
"""Where changes go: a bounded tmpfs, a private folder on the disk, or a private copy of the whole workspace."""

WORKSPACE = "/workspace"
HOME = "/tmp/home"
BIN = "/run/bin"
_LOWER, _UPPER, _EMPTY = "/run/lower", "/run/upper", "/run/empty"
_MOUNTING = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID")
"""What the kernel's overlay does with the rights of whoever mounted it."""
_DAC_OVERRIDE, _FOWNER = 1, 3
_FROM_ETC = ("ssl/certs", "ssl/openssl.cnf", "fonts", "mime.types", "services", "protocols")
_GROUPS = "root:x:0:\nusers:x:{id}:\nnogroup:x:65534:\n"
_USERS = """\
root:x:0:0:root:/root:/bin/sh
user:x:{id}:{id}:user:/tmp/home:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/sh
"""
_FILES = {
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "gitconfig": "[safe]\n\tdirectory = *\n[user]\n\tname = user\n\temail = user@localhost\n",
}


@dataclass(frozen=True)
class CommandRoom:
    """A backend for one command: bubblewrap with the workspace in it.

    As root the guest becomes a user of its own that keeps two capabilities, to read and write what the workspace's
    owner can: everything else it sees is read-only, and kernel settings are guarded by user, not by capability.
    """

    binary: str
    workspace: Path
    private: Path
    """A folder of ours for this one command."""
    storage: Storage
    hidden: tuple[str, ...] = ()
    packages: tuple[Path, ...] = ()
    modules: Path | None = None
    """A folder that holds `node_modules`."""
    name: str = "bubblewrap"

    @contextmanager
    def cell(self, room: Room) -> Iterator[Cell]:
        """Prepare the sandbox; what lies in the private folder is the caller's to remove."""
        uid = private_uid()
        self._write_files(uid or 1000)
        packages = {f"/packages/{number}": str(folder) for number, folder in enumerate(self.packages)}
        options = view(packages, self._more(), (*DEVICES, "zero"))
        devices = tuple(f"/dev/{name}" for name in ("null", "zero", "full"))

        def start(channel: int, told: int) -> list[str]:
            return [self.binary, *options, "--info-fd", str(told), "--", *guest_command(channel)]

        yield Cell(
            start=start,
            folder=WORKSPACE,
            home=HOME,
            namespaces=True,
            filter=seccomp.program(seccomp.COMMAND_RULES),
            packages=tuple(packages),
            uid=uid,
            mounts=("/tmp", "/dev/shm"),
            read=("/",),
            write=("/tmp", "/dev/shm", WORKSPACE, *devices),
            layer=self._layer(room),
            capabilities=(_DAC_OVERRIDE, _FOWNER) if uid else (),
        )

    def _layer(self, room: Room) -> Layer:
        return Layer(
            place=WORKSPACE,
            lower=_LOWER,
            upper=_UPPER,
            in_memory=self.storage == "memory",
            memory=f"size={room.limits.disk_mb}m,nr_inodes={room.limits.inodes},mode=0755",
            attributes=attributes(),
            copied=self.storage == "copy",
            empty=_EMPTY,
            hidden=list(self.hidden),
        )

    def _more(self) -> list[str]:
        options = [part for name in _MOUNTING for part in ("--cap-add", name)]
        options += [part for folder in ("/run", WORKSPACE, BIN) for part in ("--perms", "0755", "--dir", folder)]
        if self.storage == "copy":
            options += ["--bind", str(self.workspace), WORKSPACE]
        else:
            options += ["--ro-bind", str(self.workspace), _LOWER]
        options += ["--bind", str(self.private / "layer"), _UPPER] if self.storage == "disk" else ["--dir", _UPPER]
        options += ["--ro-bind", str(self.private / "etc" / "empty"), _EMPTY]
        for name in ("passwd", "group", *_FILES):
            options += ["--ro-bind", str(self.private / "etc" / name), f"/etc/{name}"]
        for name in _FROM_ETC:
            options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        for name in ("python", "python3", Path(python()).name):
            options += ["--symlink", python(), f"{BIN}/{name}"]
        for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
            options += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
        for folder in site_folders():  # what a command finds installed is its environment's affair
            options += ["--perms", "0755", "--tmpfs", folder, "--remount-ro", folder]
        if self.modules is not None:
            options += ["--ro-bind", str(self.modules / "node_modules"), "/node_modules"]
        return options

    def _write_files(self, uid: int) -> None:
        """Write the few files of /etc that programs cannot do without."""
        files: Mapping[str, str] = {
            **_FILES,
            "empty": "",
            "passwd": _USERS.format(id=uid),
            "group": _GROUPS.format(id=uid),
        }
        folder = self.private / "etc"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o644)
        (self.private / "layer").mkdir(exist_ok=True)
