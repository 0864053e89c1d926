"""How the guest gives up every privilege, and how a command gets its limits."""

import ctypes
import os
import resource
import signal
import struct

from swarm.sandbox.inside.order import Order

# pathlib would cost every run the time of its import
# ruff: noqa: PTH112, PTH123

_libc = ctypes.CDLL(None, use_errno=True)
_OWN_PID = struct.pack("<I", 0x7E57C0DE)
_MS_NOSUID_NODEV = 2 | 4
_READ = 1 << 0 | 1 << 2 | 1 << 3  # Landlock: execute, read a file, read a folder
_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14  # what can be granted on something that is no folder
_DEVICES = 1 << 6 | 1 << 11 | 1 << 15  # make device nodes, ioctl on devices


def harden(order: Order) -> None:
    """Mount the bounded folders, give up every privilege, and, alone in our namespaces, confine ourselves too."""
    os.umask(0o022)
    for target in order["mounts"]:
        options = "size={disk_mb}m,nr_inodes={inodes},mode=1777".format_map(order["limits"])
        _check(_libc.mount(b"tmpfs", target.encode(), b"tmpfs", _MS_NOSUID_NODEV, options.encode()), target)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where memory gets tight, we go first
    for capability in range(64):
        _libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    uid = order["uid"]
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _libc.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT_CLEAR_ALL
    _check(_libc.capset(struct.pack("<Ii", 0x20080522, 0), b"\0" * 24), "capset")
    _check(_libc.prctl(38, 1, 0, 0, 0), "no_new_privs")
    _libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG again: setresuid() cleared it
    _libc.prctl(4, 0, 0, 0, 0)  # not dumpable: no ptrace, no /proc/1/{fd,mem}
    if order["namespaces"]:
        _confine(order)


def start(order: Order) -> int:
    """Fork and execute the command; raises OSError with what kept it from starting."""
    told, tell = os.pipe()  # a successful exec closes it, so that the parent reads nothing
    pid = os.fork()
    if pid == 0:
        try:
            _become(order)
        except BaseException as error:  # noqa: BLE001 - the parent shows it
            os.write(tell, f"{type(error).__name__}: {error}".encode())
        os._exit(97)
    os.close(tell)
    with open(told, "rb") as stream:
        fault = stream.read()
    if fault:
        raise OSError(fault.decode(errors="replace"))
    return pid


def _become(order: Order) -> None:
    _libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # die with the guest
    os.nice(5)  # so that the guest wakes in time to judge
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _limit(order["limits"])
    if order["namespaces"]:
        processes = int(order["limits"]["processes"]) + 1  # and the guest
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    else:  # the user's other processes would count; the filter allows no second one anyway
        _confine(order)
    os.execve(order["command"][0], order["command"], order["environment"])


def _limit(limits: dict[str, float]) -> None:
    mega, memory, cpu = 1 << 20, int(limits["memory_mb"]), int(limits["cpu_seconds"])
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, int(limits["file_mb"]) * mega, None),
        (resource.RLIMIT_NOFILE, int(limits["open_files"]), None),
        (resource.RLIMIT_DATA, memory * mega, None),
        (resource.RLIMIT_AS, max(8 * memory, 4096) * mega, None),
        (resource.RLIMIT_STACK, 8 * mega, None),
        (resource.RLIMIT_MEMLOCK, 65536, None),
        (resource.RLIMIT_MSGQUEUE, 0, None),
    ):
        ceiling = resource.getrlimit(what)[1]
        pair = (soft, soft if hard is None else hard)
        resource.setrlimit(what, pair if ceiling < 0 else (min(pair[0], ceiling), min(pair[1], ceiling)))


def _confine(order: Order) -> None:
    """Put this process and its children under Landlock, where the kernel has it, and the system call filter."""
    _landlock(order["read"], order["write"])
    code = bytes.fromhex(order["filter"]).replace(_OWN_PID, struct.pack("<I", os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    _check(_libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0), "seccomp")  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _landlock(read: list[str], write: list[str]) -> None:
    """Allow files below these paths only, and no TCP; see landlock(7). Does nothing on a kernel without it."""
    version = _libc.syscall(444, None, 0, 1)
    if version < 1:
        return
    rights = (1 << 13) - 1 | sum(1 << bit for bit, since in ((13, 2), (14, 3), (15, 5)) if version >= since)
    fields = (rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)  # files, TCP, abstract sockets and signals
    attributes = struct.pack("<QQQ", *fields)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = _libc.syscall(444, attributes, len(attributes), 0)
    _check(rules, "landlock")
    for paths, granted in ((read, _READ), (write, rights & ~_DEVICES)):
        for path in filter(os.path.exists, paths):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            mask = rights & (granted if os.path.isdir(path) else granted & _FILE)
            _check(_libc.syscall(445, rules, 1, struct.pack("<Qi", mask, beneath), 0), path)
            os.close(beneath)
    _check(_libc.syscall(446, rules, 0), "landlock")
    os.close(rules)


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
