"""LibreOffice: files of Office before 2007 as newer ones, where it is installed."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

NEWER = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
_CHILD = Path(__file__).parent / "worker" / "convert.py"
_MEGABYTES = 6144
"""Of address space; it fills a small part of it."""
_SECONDS = 90


def program() -> str | None:
    """Return the path of LibreOffice; None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


async def newer(body: bytes, kind: str) -> bytes | None:
    """Return an old document in the newer format of its kind; None if LibreOffice is not there or makes none of it.

    It runs with a home of its own, with bounds on time and memory, and takes all that it has started with it.
    """
    path = program()
    if path is None:
        return None
    with tempfile.TemporaryDirectory(prefix="swarm-office-") as name:
        folder = Path(name)
        (folder / f"document.{kind}").write_bytes(body)
        await _run(path, folder, kind)
        made = folder / "out" / f"document.{NEWER[kind]}"
        return made.read_bytes() if made.is_file() else None


async def _run(path: str, folder: Path, kind: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD), str(_MEGABYTES), str(_SECONDS), path),
        *(
            f"-env:UserInstallation={(folder / 'home').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            NEWER[kind],
        ),
        *("--outdir", str(folder / "out"), str(folder / f"document.{kind}")),
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            await child.wait()
    except TimeoutError:
        pass  # what it has not made by now is not there
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
