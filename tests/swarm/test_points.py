"""The hook by which tests kill at a durable write."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.points import durable

_PROGRAM = (
    "from swarm.points import durable\nwith durable('a'):\n    print('wrote', flush=True)\nprint('after', flush=True)"
)


def test_points_are_named_before_and_after_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that raises has no after."""
    monkeypatch.setenv("SWARM_POINTS", str(tmp_path))
    with durable("a"):
        pass
    with pytest.raises(OSError), durable("b"):
        raise OSError
    assert (tmp_path / "reached").read_text().splitlines() == ["a before", "a after", "b before"]


@pytest.mark.parametrize(("point", "said"), [("a before", ""), ("a after", "wrote\n")])
def test_the_process_dies_at_the_wanted_point_once(tmp_path: Path, point: str, said: str) -> None:
    """By SIGKILL; the next process passes it."""
    (tmp_path / "kill").write_text(point)
    for code, words in ((-signal.SIGKILL, said), (0, "wrote\nafter\n")):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env=os.environ | {"SWARM_POINTS": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert (done.returncode, done.stdout) == (code, words)
