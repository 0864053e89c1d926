"""What hostile functions try, as data: `f` gets the baits and returns ESCAPED, or something that contains it."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """A function's code, and whether it works outside a sandbox: always, or sometimes (then nothing is claimed)."""

    code: str
    outside: str = "always"


def _python(body: str, outside: str = "always") -> Attempt:
    rows = "\n".join(f"    {row}" for row in body.strip("\n").splitlines())
    return Attempt(f"import os, socket, subprocess, sys\ndef f(baits):\n{rows}\n", outside)


def _javascript(body: str, outside: str = "always") -> Attempt:
    head = "const fs = require('fs'), child = require('child_process'), net = require('net')\n"
    return Attempt(f"{head}async function f({{baits}}) {{\n{body}\n}}\n", outside)


def _bash(body: str, outside: str = "always") -> Attempt:
    at = "".join(
        f'{name}=${{told#*\\"{name}\\": \\"}}; {name}=${{{name}%%\\"*}}\n'
        for name in ("canary", "folder", "spare", "port", "victim", "host")
    )
    return Attempt(f"f() {{\ntold=$1\n{at}{body}\n}}\n", outside)


PYTHON = {
    "read_a_file": _python("return open(baits['canary']).read()"),
    "read_through_a_link": _python("os.symlink(baits['canary'], 'l')\nreturn open('l').read()"),
    "list_a_folder": _python("return 'ESCAPED' if 'canary' in os.listdir(baits['folder']) else ''"),
    "write_a_file": _python("open(baits['folder'] + '/new', 'w').close()\nreturn 'ESCAPED'"),
    "truncate_a_file": _python("os.truncate(baits['spare'], 1)\nreturn 'ESCAPED'"),
    "change_a_mode": _python("os.chmod(baits['canary'], 0o777)\nreturn 'ESCAPED'"),
    "connect_to_a_port": _python(
        "return socket.create_connection(('127.0.0.1', int(baits['port'])), 2).recv(9).decode()"
    ),
    "connect_to_a_socket": _python(
        "s = socket.socket(socket.AF_UNIX)\ns.connect(baits['unix'])\nreturn s.recv(9).decode()"
    ),
    "kill_a_process": _python("os.kill(int(baits['victim']), 0)\nreturn 'ESCAPED'"),
    "read_the_host's_environment": _python(
        "return open(f\"/proc/{baits['host']}/environ\").read().count('SWARM_CANARY=ESCAPED') and 'ESCAPED'"
    ),
    "start_a_program_that_reads": _python("return subprocess.check_output(['cat', baits['canary']], text=True)"),
    "read_by_native_code": _python(
        "import ctypes\nlibc = ctypes.CDLL(None)\nfd = libc.open(baits['canary'].encode(), 0)\n"
        "b = ctypes.create_string_buffer(9)\nlibc.read(fd, b, 9)\nreturn b.value.decode()"
    ),
    "talk_to_the_hypervisor": _python("socket.socket(40, socket.SOCK_STREAM)\nreturn 'ESCAPED'", "sometimes"),
    "use_the_guest's_channel": _python(
        "for n in range(4, 64):\n    try:\n        os.write(n, b'x')\n        return 'ESCAPED'\n    "
        "except OSError:\n        pass",
        "sometimes",
    ),
    "read_the_guest's_memory": _python("open('/proc/1/mem', 'rb').read(1)\nreturn 'ESCAPED'", "sometimes"),
    "trace_the_guest": _python(
        "import ctypes\nreturn 'ESCAPED' if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0 else ''", "sometimes"
    ),
    "write_the_interpreter's_library": _python("open(os.__file__, 'r+').close()\nreturn 'ESCAPED'", "sometimes"),
}

JAVASCRIPT = {
    "read_a_file": _javascript("return fs.readFileSync(baits.canary, 'utf8')"),
    "write_a_file": _javascript("fs.writeFileSync(baits.folder + '/new', 'x'); return 'ESCAPED'"),
    "list_a_folder": _javascript("return fs.readdirSync(baits.folder).includes('canary') ? 'ESCAPED' : ''"),
    "start_a_program_that_reads": _javascript("return child.execFileSync('cat', [baits.canary]).toString()"),
    "connect_to_a_port": _javascript(
        "return await new Promise((yes, no) => net.connect(+baits.port, '127.0.0.1')"
        ".on('data', d => yes(d.toString())).on('error', no))"
    ),
    "fetch_a_page": _javascript(
        "return await new Promise((yes, no) => net.connect({path: baits.unix})"
        ".on('data', d => yes(d.toString())).on('error', no))"
    ),
    "kill_a_process": _javascript("process.kill(+baits.victim, 0); return 'ESCAPED'"),
    "read_the_host's_environment": _javascript(
        "const told = fs.readFileSync(`/proc/${baits.host}/environ`, 'utf8')\n"
        "return told.includes('SWARM_CANARY=ESCAPED') ? 'ESCAPED' : ''"
    ),
    "change_a_mode": _javascript("fs.chmodSync(baits.canary, 0o777); return 'ESCAPED'"),
}

BASH = {
    "read_a_file": _bash('echo "\\"$(cat "$canary")\\""'),
    "write_a_file": _bash('echo x > "$folder/new" && echo "\\"ESCAPED\\""'),
    "list_a_folder": _bash('ls "$folder" | grep -q canary && echo "\\"ESCAPED\\""'),
    "connect_to_a_port": _bash('exec 5<>/dev/tcp/127.0.0.1/$port && IFS= read -r -n 7 said <&5; echo "\\"$said\\""'),
    "kill_a_process": _bash('kill -0 "$victim" && echo "\\"ESCAPED\\""'),
    "read_the_host's_environment": _bash(
        'tr "\\0" "\\n" < "/proc/$host/environ" | grep -q SWARM_CANARY=ESCAPED && echo "\\"ESCAPED\\""'
    ),
    "remove_a_file": _bash('rm "$spare" && echo "\\"ESCAPED\\""'),
}

ALL = {
    (language, name): attempt
    for language, attempts in (("python", PYTHON), ("javascript", JAVASCRIPT), ("bash", BASH))
    for name, attempt in attempts.items()
}
