"""What host and guest tell each other, as JSON frames over their socket."""

import json
import socket
import struct
from collections.abc import Mapping
from typing import TypedDict


class Order(TypedDict):
    """The host's one message: what to run, and how to shut it in."""

    command: list[str]
    environment: dict[str, str]
    folder: str
    files: dict[str, str]
    """Name to content in base64."""
    namespaces: bool
    """Whether the guest is pid 1 of namespaces of its own; if not, one process and Landlock."""
    mounts: list[str]
    """Where the guest mounts bounded tmpfs."""
    uid: int
    """The user to become; 0: stay who we are, as in a user namespace."""
    filter: str
    """The seccomp program in hex."""
    read: list[str]
    write: list[str]
    """Paths for Landlock."""
    limits: dict[str, float]
    files_kept: int
    bytes_kept: int


class Report(TypedDict, total=False):
    """The guest's messages: first `ready` or `failed`, at the end all of the rest."""

    ready: bool
    failed: str
    status: int | None
    """Wait status of the command; None if it was cut short."""
    broken: str
    """The limit that ended it: wall, cpu, memory, disk, or nothing."""
    wall: float
    cpu: float
    files: dict[str, str]
    dropped: list[str]


def receive(channel: socket.socket) -> Order:
    """Read the one frame the host sends: four bytes of length, then JSON."""
    with channel.makefile("rb") as stream:
        size: int = struct.unpack(">I", stream.read(4))[0]
        order: Order = json.loads(stream.read(size))
        return order


def frame(message: Mapping[str, object]) -> bytes:
    """Pack a message."""
    data = json.dumps(message).encode()
    return struct.pack(">I", len(data)) + data
