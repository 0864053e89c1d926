"""The warm process: what it may have imported, and must not have, before it forks."""

import subprocess
import sys
from pathlib import Path

from swarm.stack import warm

_CODE = """
import importlib, runpy, sys, threading
for name in runpy.run_path(sys.argv[1])["_IMPORTS"]:
    importlib.import_module(name)
print(threading.active_count(), [name for name in sys.modules if name.split(".")[0] in ("swarm", "tasks", "flows")])
"""


def test_it_can_fork_and_a_run_has_the_code_that_is_on_disk() -> None:
    """It holds one thread and none of the swarm's own modules; everything it names to import is there."""
    argv = [sys.executable, "-P", "-c", _CODE, str(Path(warm.__file__))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.stdout == "1 []\n", done.stderr
