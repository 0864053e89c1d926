"""Packages of npm: installed from a lock with hashes in a folder of their own; no script of theirs is run there."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from swarm.errors import PackagesUnavailable
from swarm.keys import digest

_LARGEST_JSON = 20_000_000
_SECONDS = 300.0
_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--git=/bin/false")
_LOCK = "package-lock.json"


async def install_node(packages: Mapping[str, str], project: Path, root: Path) -> Path:
    """Return a folder with `node_modules` for these packages, by the project's lock where it has one that fits.

    Folders are shared by what they hold. Raises PackagesUnavailable.
    """
    lock = _sound_lock(project / _LOCK, packages)
    folder = root / f"node-{digest(dict(packages), lock)}"
    if not folder.is_dir():
        await asyncio.to_thread(root.mkdir, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=root, prefix=".installing-"))
        try:
            await _install(packages, lock, beside)
            await asyncio.to_thread(_put, beside, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)
    return folder


def read_json(path: Path) -> dict[str, JsonValue]:
    """Return the object in a JSON file; raises ValueError for what is none or too large, OSError."""
    if path.stat().st_size > _LARGEST_JSON:
        raise ValueError(f"{path.name} is larger than {_LARGEST_JSON:,} bytes")
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path.name} nests too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return value


async def _install(packages: Mapping[str, str], lock: str, folder: Path) -> None:
    manifest = {"name": "environment", "version": "1.0.0", "private": True, "dependencies": dict(packages)}
    (folder / "package.json").write_text(json.dumps(manifest))
    if lock:
        (folder / _LOCK).write_text(lock)
    await _npm(("install", "--package-lock-only", *_OPTIONS), folder)
    _sound_lock(folder / _LOCK, packages)
    await _npm(("ci", *_OPTIONS), folder)
    (folder / "node_modules").mkdir(exist_ok=True)
    (folder / "node_modules").chmod(0o755)


def _sound_lock(path: Path, packages: Mapping[str, str]) -> str:
    """Return a lock that asks the registry alone, each package with its hash: addresses in it are not heeded.

    Empty where there is none, or an old one; raises PackagesUnavailable for one that leads elsewhere.
    """
    try:
        document = read_json(path) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise PackagesUnavailable(f"{_LOCK} cannot be read: {error}") from None
    listed = document.get("packages")
    if not isinstance(listed, dict):
        return ""
    root: JsonValue = {"name": "environment", "version": "1.0.0", "dependencies": dict(packages)}
    kept: dict[str, JsonValue] = {"": root}
    for place, entry in listed.items():
        if not place:
            continue
        if not isinstance(entry, dict) or entry.get("link") or not place.startswith("node_modules/"):
            raise PackagesUnavailable(f"{_LOCK}: {place[:100]!r} is not from a registry, and nothing else is installed")
        address = str(entry.get("resolved", "https:"))
        if not entry.get("integrity") and not entry.get("inBundle") and not entry.get("optional"):
            raise PackagesUnavailable(f"{_LOCK}: {place[:100]!r} has no hash; run `npm install` anew")
        if not address.startswith(("https:", "http:")):
            raise PackagesUnavailable(f"{_LOCK}: {place[:100]!r} comes from {address[:100]!r}, not from a registry")
        kept[place] = {name: value for name, value in entry.items() if name != "resolved"}
    lock: JsonValue = {"name": "environment", "version": "1.0.0", "lockfileVersion": 3, "packages": kept}
    return json.dumps(lock)


async def _npm(arguments: tuple[str, ...], folder: Path) -> None:
    binary = shutil.which("npm", path=_SYSTEM) or shutil.which("npm")
    if binary is None:
        raise PackagesUnavailable("`npm` is not installed, so packages of npm cannot be; install Node")
    secret = ("SWARM_", "OPENAI_", "GITHUB_")
    process = await asyncio.create_subprocess_exec(
        *(binary, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        umask=0o022,  # the sandbox's own user has to read what is installed
        env={name: value for name, value in os.environ.items() if not name.startswith(secret)},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            _, err = await process.communicate()
    except TimeoutError:
        raise PackagesUnavailable(f"npm did not install the packages within {_SECONDS:g} s; try again") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, 9)
            await process.wait()
    if process.returncode:
        lines = [line.removeprefix("npm error").removeprefix("npm ERR!").strip() for line in err.decode().splitlines()]
        said = " ".join(dict.fromkeys(line for line in lines[:4] if line))
        raise PackagesUnavailable(f"packages of npm cannot be installed: {said[:300]}")


def _put(beside: Path, folder: Path) -> None:
    beside.chmod(0o755)
    try:
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
