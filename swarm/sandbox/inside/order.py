"""What host and guest tell each other, as JSON frames over their socket."""

import json
import socket
import struct

TYPE_CHECKING = False  # typing costs each cold start milliseconds
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict
else:

    class TypedDict(dict):
        """Does as the one that is only looked at by the type checker."""

        def __init_subclass__(cls, total: bool = True) -> None:
            """Take what the other takes."""


class Layer(TypedDict):
    """The workspace of commands: a copy-on-write layer over a folder, which the guest mounts; all are paths inside."""

    place: str
    """Where the workspace is to be seen."""
    lower: str
    """Where the folder itself is bound, read-only, until the layer is mounted."""
    upper: str
    """Where the changes go: memory is mounted there, or it is a folder on the host's disk."""
    in_memory: bool
    memory: str
    """Options of the tmpfs for the changes."""
    attributes: str
    """The namespace of the extended attributes that the overlay needs: trusted or user."""
    copied: bool
    """Whether the workspace is a private copy, which is bound at its place already; then nothing is layered."""
    empty: str
    """An empty file, read-only, to be bound over others."""
    hidden: list[str]
    """Files and folders of the workspace that no command may see."""


class Order(TypedDict):
    """The host's first message: how to shut the guest in."""

    namespaces: bool
    """Whether the guest is pid 1 of namespaces of its own; if not, one process and Landlock."""
    shut: bool
    """False only where a person has said that code may run unconfined."""
    mounts: list[str]
    """Where the guest mounts bounded tmpfs."""
    uid: int
    """The user to become; 0: stay who we are, as in a user namespace."""
    filter: str
    """The seccomp program in hex."""
    read: list[str]
    write: list[str]
    """Paths for Landlock."""
    port: int
    """Where the guest listens on its own loopback for the host's proxy; 0: no network."""
    layer: Layer | None
    """The workspace, where commands are run on one."""
    capabilities: list[int]
    """What the guest and its calls keep, by number."""
    packages: list[str]
    """Folders with packages, for `sys.path`."""
    preload: list[str]
    """Modules to import before the first call."""
    limits: dict[str, float]


class Call(TypedDict):
    """Each further message, which carries three descriptors: the call's channel, standard output and error."""

    command: list[str]
    """What to execute; empty: a Python function, in a fork of the guest."""
    environment: dict[str, str]
    folder: str
    files: dict[str, str]
    """Name to content in base64."""
    limits: dict[str, float]
    reserves: bool
    """Whether the interpreter reserves far more address space than it uses, so that only its memory can be limited."""
    files_kept: int
    bytes_kept: int
    keeps_folder: bool
    """Whether the folder is left as it is: the host takes out what it wants, and the sandbox serves no other call."""


class Report(TypedDict, total=False):
    """The guest's messages: first `ready` or `failed`, at the end of each call all of the rest."""

    ready: bool
    failed: str
    layerless: bool
    """Whether it failed because no layer can be mounted here."""
    status: int | None
    """Wait status of the command; None if it was cut short."""
    broken: str
    """The limit that ended it: wall, cpu, memory, disk, or nothing."""
    wall: float
    cpu: float
    peak_kb: int
    clean: bool
    """Whether nothing of the call is left, so that the guest can take another."""
    files: dict[str, str]
    dropped: list[str]


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Read one frame, four bytes of length and JSON, with the descriptors that came along; empty when there is none."""
    head, fds, _, _ = socket.recv_fds(channel, 4, 4)
    if len(head) < 4:
        return b"", fds
    size: int = struct.unpack(">I", head)[0]
    data = bytearray()
    while len(data) < size:
        more = channel.recv(min(size - len(data), 1 << 20))
        if not more:
            return b"", fds
        data += more
    return bytes(data), fds


def frame(message: "Mapping[str, object]") -> bytes:
    """Pack a message."""
    data = json.dumps(message).encode()
    return struct.pack(">I", len(data)) + data
