"""The system call filter: what is refused, as data, and the assembler that makes a BPF program of it.

A deny list on top of namespaces or Landlock, not a sandbox by itself. See seccomp(2), `linux/filter.h`; the
numbers are those of `asm/unistd_64.h` (x86_64) and `asm-generic/unistd.h` (aarch64).
"""

import errno
import platform
import struct
from dataclasses import dataclass
from typing import Literal

# name: (x86_64, aarch64); -1: that machine has no such call
_ALWAYS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
    "vmsplice": (278, 75),
}
# what Landlock does not cover, and what a process without namespaces of its own could do to others
_SHARED = {
    "chmod": (90, -1),
    "chown": (92, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "fork": (57, -1),
    "fremovexattr": (199, 16),
    "fsetxattr": (190, 7),
    "futimesat": (261, -1),
    "ioprio_set": (251, 30),
    "lchown": (94, -1),
    "lremovexattr": (198, 15),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "setsid": (112, 157),
    "setxattr": (188, 5),
    "tkill": (200, 130),
    "truncate": (76, 45),
    "utime": (132, -1),
    "utimensat": (280, 88),
    "utimes": (235, -1),
    "vfork": (58, -1),
}
# refused by their arguments
_BY_ARGUMENT = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "kill": (62, 129),
    "mmap": (9, 222),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "socket": (41, 198),
    "tgkill": (234, 131),
}
_NUMBERS = {**_ALWAYS, **_SHARED, **_BY_ARGUMENT}
_NEWEST = 463  # calls added after this table was written are refused
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH

Test = Literal["always", "unless_equal", "equal", "any_bit", "all_bits", "no_bit"]


@dataclass(frozen=True)
class Rule:
    """Refuse a call with `error` when its argument (low 32 bits) passes the test against `values`."""

    call: str
    test: Test = "always"
    argument: int = 0
    values: tuple[int, ...] = ()
    error: int = errno.EPERM


_AF_INET, _AF_INET6 = 2, 10
_AF_UNIX = 1  # every other family is refused, AF_VSOCK too: no network namespace holds that one
_NEW_NAMESPACE = 0x7E020000  # CLONE_NEW{CGROUP,UTS,IPC,USER,PID,NET,NS}
_CLONE_THREAD = 0x00010000
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS: pages that outlive their mapping, so no watcher can count them
_TERMINAL = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP

RULES: tuple[Rule, ...] = (
    *(Rule(name) for name in _ALWAYS),
    Rule("clone3", error=errno.ENOSYS),  # libc then uses clone(), whose flags a filter can see
    Rule("clone", "any_bit", 0, (_NEW_NAMESPACE,)),
    Rule("prlimit64", "unless_equal", 0, (0,)),  # only the caller's own limits
    Rule("ioctl", "equal", 1, _TERMINAL),
    Rule("mmap", "all_bits", 3, (_SHARED_ANONYMOUS,)),
)
NAMESPACE_RULES = (*RULES, Rule("socket", "unless_equal", 0, (_AF_UNIX,), errno.EACCES))
NETWORK_RULES = (*RULES, Rule("socket", "unless_equal", 0, (_AF_UNIX, _AF_INET, _AF_INET6), errno.EACCES))
"""In a network of its own, where nothing but the host's proxy is to be reached."""

_COMMANDS_NEED = ("memfd_create", "mq_open", "pidfd_open", "pidfd_send_signal")
COMMAND_RULES = tuple(
    rule for rule in NETWORK_RULES if rule.call not in _COMMANDS_NEED and rule.values != (_SHARED_ANONYMOUS,)
)
"""What interpreters, tests and databases need, in a network with a loopback and nothing else; memory that no process
shows is then bounded by the machine's sum of it (`inside/usage.py`)."""

OWN_PID = 0x7E57C0DE  # stands for the process's own id, which the guest fills in
SHARED_RULES = (
    *RULES,
    *(Rule(name) for name in _SHARED),
    Rule("socket", error=errno.EACCES),
    Rule("clone", "no_bit", 0, (_CLONE_THREAD,)),  # threads, but no second process
    Rule("kill", "unless_equal", 0, (OWN_PID,)),
    Rule("tgkill", "unless_equal", 0, (OWN_PID,)),
    Rule("fcntl", "equal", 1, (8, 15)),  # F_SETOWN, F_SETOWN_EX: SIGIO to others
    Rule("prctl", "equal", 0, (1,)),  # PR_SET_PDEATHSIG must stay armed
)


def is_supported() -> bool:
    """Say whether the table covers this machine."""
    return platform.machine() in _MACHINES


def program(rules: tuple[Rule, ...]) -> bytes:
    """Assemble the filter for this machine; a call from another architecture kills the process."""
    column, architecture = _MACHINES[platform.machine()]
    code = [_load(4), _jump("equal", architecture, 1, 0), _answer(_KILL), _load(0)]
    code += [_jump("at_least", _NEWEST, 0, 1), _answer(_ERRNO | errno.ENOSYS)]
    for rule in rules:
        number = _NUMBERS[rule.call][column]
        if number >= 0:
            body = [*_body(rule), _load(0)]
            code += [_jump("equal", number, 0, len(body)), *body]
    return b"".join([*code, _answer(_ALLOW)])


_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_JUMPS = {"equal": 0x15, "at_least": 0x35, "any_bit": 0x45}


def _body(rule: Rule) -> list[bytes]:
    """The instructions that refuse, or fall through to what follows them."""
    refuse = _answer(_ERRNO | rule.error)
    if rule.test == "always":
        return [refuse]
    load = _load(16 + 8 * rule.argument)
    if rule.test == "unless_equal":
        last = len(rule.values)
        return [load, *(_jump("equal", value, last - at, 0) for at, value in enumerate(rule.values)), refuse]
    if rule.test == "no_bit":
        return [load, _jump("any_bit", rule.values[0], 1, 0), refuse]
    if rule.test == "all_bits":
        mask = rule.values[0]
        return [load, struct.pack("<HBBI", 0x54, 0, 0, mask), _jump("equal", mask, 0, 1), refuse]
    return [load, *(step for value in rule.values for step in (_jump(rule.test, value, 0, 1), refuse))]


def _load(offset: int) -> bytes:
    return struct.pack("<HBBI", 0x20, 0, 0, offset)


def _jump(test: str, value: int, then: int, otherwise: int) -> bytes:
    return struct.pack("<HBBI", _JUMPS[test], then, otherwise, value)


def _answer(value: int) -> bytes:
    return struct.pack("<HBBI", 0x06, 0, 0, value)
