"""What a run carries from the shell it was started in: the model's and the sources' settings, in a private file.

Secrets stay in that file (mode 0600, under SWARM_HOME); they never enter parameters, logs or the database.
"""

import json
from pathlib import Path

from pydantic import SecretStr

from swarm.private import write_private
from swarm.settings import RUN_FIELDS, Settings, load_settings


def carry(settings: Settings, run: str) -> None:
    """Write the settings that belong to a run, before it is started."""
    path = _file(settings, run)
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    values = {name: _plain(getattr(settings, name)) for name in sorted(RUN_FIELDS)}
    write_private(path, json.dumps(values))


def carry_on(settings: Settings, run: str) -> None:
    """Let a run that goes on have what is set in this shell, and for the rest what it carries."""
    carry(carried_over(settings, run), run)


def carried_over(settings: Settings, run: str) -> Settings:
    """Return what is set in this shell, and for the rest what a run carries."""
    set_here = {name: getattr(settings, name) for name in settings.model_fields_set & RUN_FIELDS}
    return carried(run).model_copy(update=set_here)


def carried(run: str) -> Settings:
    """Return the settings of a run: what it carries, and for the rest this process's own."""
    settings = load_settings()
    path = _file(settings, run)
    return load_settings(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else settings


def is_carried(run: str) -> bool:
    """Say whether what a run carries is here; a worker with another SWARM_HOME does not have it."""
    return _file(load_settings(), run).exists()


def _file(settings: Settings, run: str) -> Path:
    return settings.swarm_home / "runs" / run / "settings.json"


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return str(value) if isinstance(value, Path) else value
