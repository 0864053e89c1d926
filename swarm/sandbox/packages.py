"""Packages for functions: resolved once to a lock with hashes, and installed from it once, outside the sandbox.

Only wheels are taken and nothing of them runs on the host: no build, no import, no `.pth` (the guest has `-S`). The
folder is named by the lock and mounted read-only, so functions with the same packages share it.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from swarm.errors import PackagesUnavailable
from swarm.keys import digest
from swarm.sandbox.cells import python

_SECONDS = 300.0
_WHEELS = ("--only-binary", ":all:", "--no-progress", "--color", "never")


class Packages:
    """Folders of installed packages below one root; `compiles` has their bytecode written as they are installed."""

    def __init__(self, root: Path, compiles: bool = False) -> None:
        self.root = root
        self._more = ("--compile-bytecode",) if compiles else ()

    async def lock(self, requirements: Sequence[str]) -> str:
        """Resolve exact requirements to all they need, each with its hashes; raises PackagesUnavailable."""
        if not requirements:
            return ""
        wanted = "\n".join(requirements).encode()
        options = ("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--python", python())
        return await _uv(("pip", "compile", "--quiet", *_WHEELS, *options, "-"), wanted)

    async def folder(self, lock: str) -> Path | None:
        """Return the folder with what a lock names, installing it if it is not there; raises PackagesUnavailable."""
        if not lock:
            return None
        folder = self.root / digest(lock, sys.version)
        if not folder.is_dir():
            await self._install(lock, folder)
        return folder

    async def _install(self, lock: str, folder: Path) -> None:
        """Install beside, and put it in its place whole; of two at once, the first stays."""
        await asyncio.to_thread(self.root.mkdir, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=self.root, prefix=".installing-"))
        options = ("--require-hashes", "--no-deps", "--python", python(), "--target", str(beside), "-r", "-")
        try:
            await _uv(("pip", "install", "--quiet", *_WHEELS, *options, *self._more), lock.encode())
            await asyncio.to_thread(_put, beside, folder)
        except OSError as error:
            raise PackagesUnavailable(f"packages cannot be kept in {self.root}: {error}") from None
        finally:
            await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)


def _put(beside: Path, folder: Path) -> None:
    beside.chmod(0o755)
    try:
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def modules_in(folder: Path | None) -> frozenset[str]:
    """Return the names that can be imported from a folder of packages."""
    if folder is None:
        return frozenset()
    names = {path.name.partition(".")[0] for path in folder.iterdir() if path.suffix in ("", ".py", ".so")}
    return frozenset(name for name in names if name.isidentifier())


async def _uv(arguments: Sequence[str], given: bytes) -> str:
    """Run uv and return what it prints; raises PackagesUnavailable with its last line."""
    beside = Path(sys.executable).with_name("uv")
    binary = str(beside) if beside.exists() else shutil.which("uv")
    if binary is None:
        raise PackagesUnavailable("`uv` is not installed; run `make install`")
    process = await asyncio.create_subprocess_exec(
        *(binary, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        umask=0o022,  # the sandbox's own user has to read what is installed
        cwd="/",  # a configuration of the person's counts, one that lies in a workspace does not
        env={
            name: value for name, value in os.environ.items() if not name.startswith(("SWARM_", "OPENAI_", "GITHUB_"))
        },
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, err = await process.communicate(given)
    except TimeoutError:
        raise PackagesUnavailable(f"the packages were not installed within {_SECONDS:g} s; try again") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = " ".join(err.decode(errors="replace").split())
        raise PackagesUnavailable(f"the packages cannot be installed: {said[-500:]}")
    return out.decode()
