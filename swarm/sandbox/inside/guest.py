"""The first process in the sandbox: hardens itself, runs one call after the other in processes of their own, reports.

The code of a call can neither signal, trace nor read the guest; so its report over the socket is what the host
believes. It ends when the host does, and everything in the sandbox ends with it.
"""

import gc
import json
import os
import resource
import signal
import socket
import sys

from swarm.sandbox.inside.calls import Run
from swarm.sandbox.inside.harden import harden
from swarm.sandbox.inside.layer import LayerError
from swarm.sandbox.inside.order import Call, Order, Report, frame, receive

_PRELOADED = 4
"""Times the memory of a call that the modules of its packages may take in the guest."""


def main() -> None:
    """Take the order from the socket whose number is the first argument, then calls until the host is gone."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(channel.fileno(), False)
    os.closerange(3, channel.fileno())
    os.closerange(channel.fileno() + 1, 4096)
    order: Order = json.loads(receive(channel)[0])
    try:
        shared = harden(order)
        sys.path[:0] = order["packages"]
        _preload(order)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    except OSError as error:
        channel.sendall(frame(_failed(error)))
        os._exit(0)
    gc.collect()
    gc.freeze()  # the pages stay shared with the calls
    ready = frame({"ready": True})
    if shared is None:
        channel.sendall(ready)
    else:
        socket.send_fds(channel, [ready], [shared])
        os.close(shared)
    while _serve(order, channel):
        pass
    os._exit(0)


def _serve(order: Order, channel: socket.socket) -> bool:
    """Carry out the next call; False when the host is gone."""
    data, fds = receive(channel)
    if not data:
        return False
    call: Call = json.loads(data)
    try:
        report = Run(order, call, channel, fds).report()
    except OSError as error:
        report = _failed(error)
    channel.sendall(frame(report))
    return "failed" not in report


def _preload(order: Order) -> None:
    """Import what the calls will need, under a limit; what cannot be imported fails where it is used."""
    if not order["preload"]:
        return
    most = int(order["limits"]["memory_mb"]) * _PRELOADED << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    for name in order["preload"]:
        try:
            __import__(name)
        except BaseException:  # noqa: BLE001 - it is foreign code; the call that imports it shows what is wrong
            continue


def _failed(error: OSError) -> Report:
    said = " ".join(str(part) for part in (error.filename, error.strerror or error) if part)
    return Report(failed=said, layerless=isinstance(error, LayerError))
