"""The command line: each module adds its commands; every heavy import stands where it is used, so `--help` is quick."""

# In the order of `swarm --help`.
from swarm.cli import (
    changes,
    explain,
    functions,
    looking,
    machine,
    memory,
    past,
    relating,
    replaying,
    starting,
    steering,
)
from swarm.cli.frame import app, main

__all__ = ["app", "main"]
