"""The command line: each module adds its commands; every heavy import stands where it is used, so `--help` is quick."""

# In the order of `swarm --help`.
from swarm.cli import starting, looking, explain, changes, past, steering, replaying  # noqa: F401, I001
from swarm.cli import functions, memory, relating, machine  # noqa: F401
from swarm.cli.frame import app, main

__all__ = ["app", "main"]
