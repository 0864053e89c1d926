"""The embedded model's process, as far as the stack is concerned: what `model.json` says, and how it is ended.

Whoever starts the model writes `model.json` with `pid`, `created` (psutil's creation time), `base_url` and `model`.
"""

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from swarm.stack import processes
from swarm.stack.home import Home, Remembered
from swarm.stack.shapes import ModelStatus

STOP_SECONDS = 5.0


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    created: float = Field(validation_alias=AliasChoices("created", "create_time"))
    base_url: str | None = None
    model: str | None = None


def status(home: Home) -> ModelStatus:
    """Say which model runs, if one does."""
    record = _read(home)
    if record is None or not processes.is_running(_process(record)):
        return ModelStatus()
    return ModelStatus(model=record.model, base_url=record.base_url, pid=record.pid, running=True)


def stop(home: Home) -> bool:
    """End the model's process if it runs and forget it; say whether it ran."""
    record = _read(home)
    if record is None:
        return False
    process = _process(record)
    ran = processes.is_running(process)
    if ran:
        processes.stop(process, STOP_SECONDS)
    home.model.unlink(missing_ok=True)
    return ran


def _read(home: Home) -> _Record | None:
    try:
        return _Record.model_validate_json(home.model.read_bytes())
    except (OSError, ValidationError):
        return None


def _process(record: _Record) -> Remembered:
    return Remembered(pid=record.pid, created=record.created)
