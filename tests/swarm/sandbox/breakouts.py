"""Attempts to break out, as data: each prints ESCAPED if it worked; `@name@` stands for a bait of the test's own."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """A program, and whether it works outside a sandbox: always, for root, or sometimes (then nothing is claimed)."""

    code: str
    outside: str = "always"


READ = {
    "read_a_file": Attempt("print(open('@canary@').read())"),
    "read_through_a_symlink": Attempt("os.symlink('@canary@', 'link'); print(open('link').read())"),
    "read_through_a_hard_link": Attempt("os.link('@canary@', '@folder@/hard'); print(open('@folder@/hard').read())"),
    "list_a_folder_outside": Attempt("'canary' in os.listdir('@folder@') and print('ESCAPED')"),
    "read_the_environment": Attempt("print(os.environ['SWARM_CANARY'])"),
    "read_the_environment_of_others": Attempt(
        """
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        print(open(f'/proc/{pid}/environ').read().count('SWARM_CANARY=ESCAPED') and 'ESCAPED')
    except OSError:
        pass
"""
    ),
    "see_processes_of_the_host": Attempt("'sleep' in open('/proc/@victim@/cmdline').read() and print('ESCAPED')"),
    "read_through_the_root_of_a_process": Attempt("print(open('/proc/@victim@/root@canary@').read())"),
    "read_through_the_folder_of_a_process": Attempt("print(open('/proc/@victim@/cwd/canary').read())"),
    "use_inherited_descriptors": Attempt(
        """
for number in range(3, 256):
    try:
        print(os.pread(number, 100, 0))
    except OSError:
        pass
"""
    ),
    "read_the_memory_of_the_guest": Attempt(
        """
for name in ('mem', 'environ', 'maps', 'fd/3', 'fd/4', 'fd/5'):
    try:
        os.open('/proc/1/' + name, os.O_RDONLY); print('ESCAPED')
    except OSError:
        pass
""",
        "sometimes",
    ),
    "read_devices": Attempt(
        """
for name in ('vda', 'sda', 'mem', 'kmsg', 'kvm', 'zero', 'fuse', 'tty0'):
    try:
        os.open('/dev/' + name, os.O_RDONLY); print('ESCAPED')
    except OSError:
        pass
"""
    ),
}

WRITE = {
    "write_outside": Attempt("open('@folder@/new', 'w').write('x'); print('ESCAPED')"),
    "write_through_a_symlink": Attempt("os.symlink('@folder@', 'link'); open('link/new', 'w'); print('ESCAPED')"),
    "change_modes_outside": Attempt("os.chmod('@canary@', 0o777); print('ESCAPED')"),
    "truncate_outside": Attempt("os.truncate('@spare@', 1); print('ESCAPED')"),
    "remove_outside": Attempt("os.unlink('@spare@'); print('ESCAPED')"),
    "write_the_standard_library": Attempt("open(os.__file__, 'r+'); print('ESCAPED')", "root"),
    "write_the_guest": Attempt("open('/guest/x', 'w'); print('ESCAPED')", "sometimes"),
    "write_kernel_settings": Attempt("os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY); print('ESCAPED')", "root"),
    "write_the_root_and_devices": Attempt(
        """
for name in ('/x', '/dev/x', '/etc/x', '/usr/x', '/proc/x'):
    try:
        open(name, 'w'); print('ESCAPED')
    except OSError:
        pass
""",
        "sometimes",
    ),
    "make_a_device": Attempt(
        "os.mknod('disk', 0o60600, os.makedev(254, 0)); open('disk'); print('ESCAPED')", "sometimes"
    ),
}

NETWORK = {
    "connect_by_tcp": Attempt("print(socket.create_connection(('127.0.0.1', @port@), 2).recv(9))"),
    "send_by_udp": Attempt(
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9)); print('ESCAPED')"
    ),
    "connect_by_path": Attempt("s = socket.socket(socket.AF_UNIX); s.connect('@unix@'); print(s.recv(9))"),
    "connect_by_abstract_name": Attempt(
        "s = socket.socket(socket.AF_UNIX); s.connect('\\0@abstract@'); print(s.recv(9))"
    ),
    "talk_to_the_hypervisor": Attempt("socket.socket(40, socket.SOCK_STREAM); print('ESCAPED')", "sometimes"),
    "ask_the_kernel_by_netlink": Attempt("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); print('ESCAPED')"),
    "use_kernel_crypto": Attempt("socket.socket(38, socket.SOCK_SEQPACKET); print('ESCAPED')", "sometimes"),
}

_CALL = "libc.syscall(%s) >= 0 and print('ESCAPED')"
PROCESSES = {
    "kill_a_process": Attempt("os.kill(@victim@, 9); print('ESCAPED')"),
    "trace_a_process": Attempt("libc.ptrace(16, @victim@, 0, 0) == 0 and print('ESCAPED')", "sometimes"),
    "trace_the_guest": Attempt("libc.ptrace(16, 1, 0, 0) == 0 and print('ESCAPED')", "sometimes"),
    "enter_namespaces_of_the_host": Attempt(
        """
for name in ('mnt', 'net', 'pid', 'user'):
    try:
        libc.setns(os.open(f'/proc/1/ns/{name}', os.O_RDONLY), 0) == 0 and print('ESCAPED')
    except OSError:
        pass
""",
        "sometimes",
    ),
    "make_namespaces": Attempt("libc.unshare(0x10000000) == 0 and print('ESCAPED')", "sometimes"),
    "mount": Attempt("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 and print('ESCAPED')", "sometimes"),
    "become_root": Attempt("os.setuid(0); print('ESCAPED')", "root"),
    "raise_limits": Attempt(
        """
import resource
for what in (resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(what, (1 << 40, 1 << 40)); print('ESCAPED')
    except (OSError, ValueError):
        pass
""",
        "root",
    ),
    "make_hidden_memory_files": Attempt(_CALL % "319, b'x', 0", "sometimes"),
    "share_memory_nobody_counts": Attempt("import mmap; mmap.mmap(-1, 1 << 20); print('ESCAPED')"),
    "use_io_uring": Attempt(_CALL % "425, 8, ctypes.create_string_buffer(200)", "sometimes"),
    "use_the_key_ring": Attempt(_CALL % "250, 0, -3, 1", "sometimes"),
    "use_the_32_bit_table": Attempt(_CALL % "0x40000000 + 39", "sometimes"),
}

ALL = {**READ, **WRITE, **NETWORK, **PROCESSES}
PRELUDE = "import ctypes, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
