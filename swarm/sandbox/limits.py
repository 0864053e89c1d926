"""The nouns of the sandbox: what code may use, and what came of running it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from swarm.errors import UsageError

Kind = Literal["ok", "exception", "exit", "timeout", "memory", "crash", "sandbox"]

FILES_KEPT = 16
BYTES_KEPT = 1_000_000
_NAME_BYTES = 200
_NAME_PARTS = 8


class Limits(BaseModel):
    """What one run may use; memory and cpu count for the whole process tree."""

    model_config = ConfigDict(frozen=True)

    wall_seconds: float = Field(10, gt=0, le=3600)
    cpu_seconds: int = Field(8, ge=1, le=3600)
    memory_mb: int = Field(256, ge=32, le=65536)
    disk_mb: int = Field(64, ge=1, le=65536)
    inodes: int = Field(4096, ge=64)
    processes: int = Field(32, ge=1, le=4096)
    open_files: int = Field(64, ge=16, le=65536)
    file_mb: int = Field(32, ge=1, le=65536)
    output_kb: int = Field(64, ge=1, le=16384)


class Outcome(BaseModel):
    """What came of one run; `message` is one line for a person, `files` what the code left or changed."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    kind: Kind
    message: str = ""
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    files: dict[str, bytes] = Field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    """Files that were not taken out, each with the reason."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    isolation: str


def is_safe_name(name: str) -> bool:
    """Say whether a file name is relative, printable and stays below its folder."""
    parts = name.split("/")
    return (
        name.isprintable()
        and "\\" not in name
        and len(name.encode(errors="replace")) <= _NAME_BYTES
        and len(parts) <= _NAME_PARTS
        and not {"", ".", ".."}.intersection(parts)
    )


def check_files(files: Mapping[str, bytes], limits: Limits) -> None:
    """Raise UsageError for the first input file whose name is unsafe, or if they do not fit in the limits."""
    for name in files:
        if not is_safe_name(name):
            raise UsageError(f"the file name {name!r} is not usable in a sandbox; give a short relative path")
        if any(other.startswith(name + "/") for other in files):
            raise UsageError(f"{name!r} cannot be both a file and a folder; rename one")
    size = sum(map(len, files.values()))
    if size > limits.disk_mb << 20 or len(files) * 2 > limits.inodes:
        raise UsageError(
            f"{len(files)} input files of {size} bytes do not fit in a sandbox of {limits.disk_mb} MB; give fewer"
        )
