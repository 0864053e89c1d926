"""Runs code nobody has read: shut in by the kernel, or not at all."""

from swarm.sandbox.choice import isolation
from swarm.sandbox.limits import Limits, Outcome
from swarm.sandbox.programs import run_program, run_python

__all__ = ["Limits", "Outcome", "isolation", "run_program", "run_python"]
