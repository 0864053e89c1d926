"""What a run carries from its shell lies in a private file and nowhere else."""

from pathlib import Path

import pytest

from swarm.carried import carried, carry
from swarm.settings import RUN_FIELDS, load_settings


def test_a_run_has_the_settings_of_the_shell_it_was_started_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets, paths and lists come back as they were, whatever the worker's environment says now."""
    monkeypatch.setenv("SWARM_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "of the shell")
    monkeypatch.setenv("SWARM_ALLOW_PRIVATE", "a,b:1")
    monkeypatch.setenv("SWARM_PRICES", "/prices.yaml")
    monkeypatch.delenv("SWARM_MODEL", raising=False)
    started = load_settings()
    carry(started, "r1")
    monkeypatch.setenv("OPENAI_API_KEY", "of the worker")
    monkeypatch.setenv("SWARM_MODEL", "of the worker")
    monkeypatch.setenv("SWARM_WORKER_LIMIT", "9")
    found = carried("r1")
    assert {name: getattr(found, name) for name in RUN_FIELDS} == {name: getattr(started, name) for name in RUN_FIELDS}
    assert found.swarm_worker_limit == 9, "the stack's settings are the worker's own"


def test_the_file_is_private(tmp_path: Path) -> None:
    """Only its owner reads the key."""
    carry(load_settings({"swarm_home": tmp_path, "openai_api_key": "k"}), "r1")
    assert (tmp_path / "runs/r1/settings.json").stat().st_mode & 0o777 == 0o600


def test_a_run_that_carries_nothing_has_the_workers_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduled run was started in no shell."""
    monkeypatch.setenv("SWARM_HOME", str(tmp_path))
    monkeypatch.setenv("SWARM_MODEL", "of the worker")
    assert carried("none").swarm_model == "of the worker"
