"""Runs code nobody has read: shut in by the kernel, or not at all."""

from swarm.sandbox.changes import BlobWriter, FileChange
from swarm.sandbox.choice import isolation
from swarm.sandbox.commands import CommandOutcome, run_command
from swarm.sandbox.limits import Limits, Outcome
from swarm.sandbox.programs import run_program, run_python
from swarm.sandbox.stages import CommandSpec

__all__ = [
    "BlobWriter",
    "CommandOutcome",
    "CommandSpec",
    "FileChange",
    "Limits",
    "Outcome",
    "isolation",
    "run_command",
    "run_program",
    "run_python",
]
