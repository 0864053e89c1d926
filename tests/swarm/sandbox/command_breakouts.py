"""Attempts to break out of a command's workspace, as data; see `breakouts`. Each runs with the workspace as folder."""

from tests.swarm.sandbox.breakouts import ALL

LAYER = {
    "write_through_a_link_of_the_workspace": "open('way_out/new', 'w').write('x'); print('ESCAPED')",
    "read_through_a_link_of_the_workspace": "print(open('way_out/canary').read())",
    "climb_out_of_the_workspace": "print(open('/workspace/../../..@canary@').read())",
    "read_through_our_own_root": "print(open('/proc/self/root@canary@').read())",
    "read_through_the_root_of_the_guest": "print(open('/proc/1/root@canary@').read())",
    "reach_what_the_layer_is_made_of": """
for name in ('/run/lower', '/run/upper'):
    os.listdir(name) and print('ESCAPED')
""",
    "write_where_the_layer_was_made": """
for name in ('/run/lower/x', '/run/upper/x', '/run/x', '/packages/0/x', '/x', '/etc/passwd', '/run/empty'):
    try:
        open(name, 'a').write('x'); print('ESCAPED')
    except OSError:
        pass
""",
    "list_homes": """
for name in ('/root', '/home', '/var', '/sys', '/boot', '/run/user'):
    try:
        [entry for entry in os.listdir(name) if entry != '.pyenv'] and print('ESCAPED')
    except OSError:
        pass
""",
    "open_descriptors_of_the_guest": """
for number in range(64):
    try:
        os.open(f'/proc/1/fd/{number}', os.O_RDONLY); print('ESCAPED')
    except OSError:
        pass
""",
    "make_devices_in_the_layer": """
for kind, device in ((0o60600, (254, 0)), (0o20600, (1, 1)), (0o20600, (0, 0)), (0o20600, (10, 229))):
    try:
        os.mknod('device', kind, os.makedev(*device)); print('ESCAPED')
    except OSError:
        pass
""",
    "mark_folders_as_replaced": "os.setxattr('sub', 'trusted.overlay.opaque', b'y'); print('ESCAPED')",
    "give_files_away": "open('/tmp/mine', 'w'); os.chown('/tmp/mine', 0, 0); print('ESCAPED')",
    "give_programs_capabilities": "os.setxattr('a.txt', 'security.capability', bytes(20)); print('ESCAPED')",
    "write_kernel_settings_by_capability": """
for name in ('sys/kernel/core_pattern', 'sys/vm/drop_caches', 'sysrq-trigger', 'irq/default_smp_affinity', 'mtrr',
             'self/uid_map', '1/oom_score_adj', 'sys/kernel/modprobe', 'bus/pci/00', 'scsi/scsi', 'acpi/wakeup'):
    try:
        os.open('/proc/' + name, os.O_WRONLY); print('ESCAPED', name)
    except OSError:
        pass
""",
    "read_the_kernel_by_capability": """
for name in ('kcore', 'kpageflags', 'kpagecount', 'slabinfo', 'keys', 'timer_list', 'vmallocinfo', 'kmsg'):
    try:
        os.read(os.open('/proc/' + name, os.O_RDONLY), 10) and print('ESCAPED', name)
    except OSError:
        pass
""",
    "uncover_what_is_hidden": """
for name in ('.env', '/proc/self/root/workspace/.env', '/proc/self/cwd/.env'):
    print(open(name).read())
libc.umount2(b'/workspace/.env', 2) == 0 and print('ESCAPED')
os.rename('.env', 'x'); print('ESCAPED')
""",
    "reach_other_networks": """
for address in (('10.0.0.1', 80), ('169.254.169.254', 80), ('1.1.1.1', 53)):
    try:
        socket.create_connection(address, 1); print('ESCAPED')
    except OSError:
        pass
""",
}

# Commands need them: memory that no process shows is bounded by the machine's sum, and the loopback leads nowhere else.
ALLOWED = ("send_by_udp", "make_hidden_memory_files", "share_memory_nobody_counts")
ATTEMPTS = {name: attempt.code for name, attempt in ALL.items() if name not in ALLOWED} | LAYER
ATTEMPTS["read_devices"] = ATTEMPTS["read_devices"].replace("'zero', ", "")
