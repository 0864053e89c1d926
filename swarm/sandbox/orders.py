"""What the host orders of a guest: how to shut itself in, and what to run."""

import base64
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from swarm.sandbox.cells import PORT, Cell, Room
from swarm.sandbox.inside.order import Call, Order
from swarm.sandbox.limits import BYTES_KEPT, FILES_KEPT, Limits

Conversation = Callable[[socket.socket], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """What to run inside the sandbox, and the files that lie in its private folder."""

    command: tuple[str, ...] = ()
    """A command line; empty: a Python function, in a fork of the guest."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)
    reserves: bool = False
    converse: Conversation | None = None
    """What to do on the host's end of the call's channel while it runs."""
    keeps_folder: bool = False
    """Whether the folder stays as the command leaves it, for the host to look at."""


def order_for(cell: Cell, room: Room) -> Order:
    """Return the first message to a guest: how to shut itself in."""
    return Order(
        namespaces=cell.namespaces,
        shut=cell.shut,
        mounts=list(cell.mounts),
        uid=cell.uid,
        filter=cell.filter.hex(),
        read=list(cell.read),
        write=list(cell.write),
        port=PORT if room.network else 0,
        layer=cell.layer,
        capabilities=list(cell.capabilities),
        packages=list(cell.packages),
        # Outside of namespaces the guest itself is not shut in, so it loads nothing foreign.
        preload=[name for name in room.preload if cell.namespaces or name.startswith("swarm.")],
        limits=room.limits.model_dump(),
    )


def call_for(cell: Cell, room: Room, job: Job) -> Call:
    """Return the message that has the guest run a job."""
    proxy = f"http://127.0.0.1:{PORT}"
    told = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy) if room.network else {}
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": cell.home,
        "TMPDIR": cell.home,
        "LANG": "C.UTF-8",
        "OPENSSL_CONF": "/dev/null",
    }
    return Call(
        command=list(job.command),
        environment=environment | told | dict(job.environment),
        folder=cell.folder,
        files={name: base64.b64encode(content).decode() for name, content in job.files.items()},
        limits=job.limits.model_dump(),
        reserves=job.reserves,
        files_kept=0 if job.keeps_folder else FILES_KEPT,
        bytes_kept=BYTES_KEPT,
        keeps_folder=job.keeps_folder,
    )
