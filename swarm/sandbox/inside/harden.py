"""How the guest gives up every privilege, and how a call gets its limits."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct

from swarm.sandbox.inside.layer import lock_proc, mount_layer
from swarm.sandbox.inside.order import Call, Order

TYPE_CHECKING = False  # as with pathlib, its import would cost every run milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable
# ruff: noqa: PTH112, PTH123

_libc = ctypes.CDLL(None, use_errno=True)
_OWN_PID = struct.pack("<I", 0x7E57C0DE)
_MS_NOSUID_NODEV = 2 | 4
_READ = 1 << 0 | 1 << 2 | 1 << 3  # Landlock: execute, read a file, read a folder
_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14  # what can be granted on something that is no folder
_DEVICES = 1 << 6 | 1 << 11 | 1 << 15  # make device nodes, ioctl on devices


def harden(order: Order) -> int | None:
    """Mount the bounded folders, give up every privilege, and, alone in our namespaces, confine ourselves too.

    Returns a descriptor for the host: the folder with the changes, where there is a layer, or the socket on which its
    proxy is to be reached from inside, where the network is granted.
    """
    os.umask(0o022)
    if not order["shut"]:
        return None
    changes = mount_layer(order["layer"]) if order["layer"] else None
    for target in order["mounts"]:
        options = "size={disk_mb}m,nr_inodes={inodes},mode=1777".format_map(order["limits"])
        _check(_libc.mount(b"tmpfs", target.encode(), b"tmpfs", _MS_NOSUID_NODEV, options.encode()), target)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where memory gets tight, we go first
    if order["layer"] and order["capabilities"]:
        lock_proc(order["layer"]["empty"])
    _give_up(order["uid"], order["capabilities"])
    _check(_libc.prctl(38, 1, 0, 0, 0), "no_new_privs")
    _libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG again: setresuid() cleared it
    _libc.prctl(4, 0, 0, 0, 0)  # not dumpable: no ptrace, no /proc/1/{fd,mem}
    listening = socket.create_server(("127.0.0.1", order["port"])).detach() if order["port"] else None
    if order["namespaces"]:
        _confine(order)
    return listening if changes is None else changes


def _give_up(uid: int, capabilities: list[int]) -> None:
    """Become a user of our own, with these capabilities and no others, for all that is started later too."""
    for capability in set(range(64)) - set(capabilities):
        _libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    if uid:
        _libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS, across the change of user only
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _libc.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT_CLEAR_ALL
    kept = sum(1 << capability for capability in capabilities)
    sets = struct.pack("<6I", kept, kept, kept, 0, 0, 0)
    _check(_libc.capset(struct.pack("<Ii", 0x20080522, 0), sets), "capset")
    for capability in capabilities:
        _check(_libc.prctl(47, 2, capability, 0, 0), "capability")  # PR_CAP_AMBIENT_RAISE


def start(order: Order, call: Call, fds: list[int], channel: socket.socket) -> int:
    """Fork and begin the call with its channel, output and error at 3, 1 and 2; raises OSError if it cannot start."""
    told, tell = os.pipe()  # closed when the call begins, so that the parent reads nothing
    pid = os.fork()
    if pid == 0:
        try:
            channel.close()
            _become(order, call, _places(fds, tell))()
        except BaseException as error:  # noqa: BLE001 - the parent shows it
            os.write(tell, f"{type(error).__name__}: {error}".encode())
        os._exit(97)
    os.close(tell)
    with open(told, "rb") as stream:
        fault = stream.read()
    if fault:
        raise OSError(fault.decode(errors="replace"))
    return pid


_TELL = 9


def _places(fds: list[int], tell: int) -> int:
    """Put each descriptor in its place and close all others; returns where to tell of a failure."""
    null = os.open("/dev/null", os.O_RDONLY)
    # Out of the way first, so that none is overwritten before it is moved.
    channel, out, err, null, tell = (fcntl.fcntl(number, fcntl.F_DUPFD, 32) for number in (*fds, null, tell))
    for number, place in ((null, 0), (out, 1), (err, 2), (channel, 3)):
        os.dup2(number, place)
    os.dup2(tell, _TELL, inheritable=False)
    os.closerange(4, _TELL)
    os.closerange(_TELL + 1, 4096)
    return _TELL


def _become(order: Order, call: Call, tell: int) -> "Callable[[], None]":
    """Take on the limits of a call; returns what begins it."""
    _libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # die with the guest
    os.nice(5)  # so that the guest wakes in time to judge
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _limit(call["limits"], call["reserves"])
    if order["namespaces"]:
        processes = int(call["limits"]["processes"]) + 1  # and the guest
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    elif order["shut"]:  # the user's other processes would count; the filter allows no second one anyway
        _confine(order)
    else:
        os.setsid()
    if call["command"]:
        return lambda: os.execve(call["command"][0], call["command"], call["environment"])
    os.close(tell)
    _libc.prctl(4, 1, 0, 0, 0)  # dumpable again, as after an exec, for the guest to read its share of memory
    os.environ.clear()
    os.environ.update(call["environment"])
    from swarm.sandbox.inside.called import main

    return main


def _limit(limits: dict[str, float], reserves: bool) -> None:
    """Set the limits of one process; `reserves` leaves those of address space wide, and memory to the watcher."""
    mega, memory, cpu = 1 << 20, int(limits["memory_mb"]), int(limits["cpu_seconds"])
    data, space = (8 * memory, 1 << 30) if reserves else (memory, max(8 * memory, 4096))
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, int(limits["file_mb"]) * mega, None),
        (resource.RLIMIT_NOFILE, int(limits["open_files"]), None),
        (resource.RLIMIT_DATA, data * mega, None),
        (resource.RLIMIT_AS, space * mega, None),
        (resource.RLIMIT_STACK, 8 * mega, None),
        (resource.RLIMIT_MEMLOCK, 65536, None),
        (resource.RLIMIT_MSGQUEUE, 0, None),
    ):
        ceiling = resource.getrlimit(what)[1]
        pair = (soft, soft if hard is None else hard)
        resource.setrlimit(what, pair if ceiling < 0 else (min(pair[0], ceiling), min(pair[1], ceiling)))


def _confine(order: Order) -> None:
    """Put this process and its children under Landlock, where the kernel has it, and the system call filter."""
    _landlock(order)
    code = bytes.fromhex(order["filter"]).replace(_OWN_PID, struct.pack("<I", os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    _check(_libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0), "seccomp")  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _landlock(order: Order) -> None:
    """Allow files below the order's paths only, TCP to the proxy only; see landlock(7). A kernel may be without it."""
    version = _libc.syscall(444, None, 0, 1)
    if version < (2 if order["layer"] else 1):  # the first could not allow renaming from folder to folder
        return
    read, write, port = order["read"], order["write"], order["port"]
    rights = (1 << 13) - 1 | sum(1 << bit for bit, since in ((13, 2), (14, 3), (15, 5)) if version >= since)
    tcp = 3 if version >= 4 and not order["layer"] else 0  # commands may serve on the loopback; there is nothing else
    fields = (rights, tcp, 3 if version >= 6 else 0)  # files, TCP, abstract sockets and signals
    attributes = struct.pack("<QQQ", *fields)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = _libc.syscall(444, attributes, len(attributes), 0)
    _check(rules, "landlock")
    for paths, granted in ((read, _READ), (write, rights & ~_DEVICES)):
        for path in filter(os.path.exists, paths):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            mask = rights & (granted if os.path.isdir(path) else granted & _FILE)
            _check(_libc.syscall(445, rules, 1, struct.pack("<Qi", mask, beneath), 0), path)
            os.close(beneath)
    if port and fields[1]:
        _check(_libc.syscall(445, rules, 2, struct.pack("<QQ", 2, port), 0), "landlock")  # connect, to this port
    _check(_libc.syscall(446, rules, 0), "landlock")
    os.close(rules)


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
