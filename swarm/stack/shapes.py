"""What the stack says about itself, in the shape that `swarm status --json` prints."""

from pydantic import BaseModel, ConfigDict, SecretStr


class PostgresStatus(BaseModel):
    """The database; `pid` is None for one that was given by SWARM_DATABASE_URL."""

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    pid: int | None = None
    running: bool = False


class PrefectStatus(BaseModel):
    """The Prefect server; `pid` is None for one that was given by PREFECT_API_URL."""

    model_config = ConfigDict(frozen=True)

    api_url: str | None = None
    ui_url: str | None = None
    pid: int | None = None
    running: bool = False


class WorkerStatus(BaseModel):
    """The worker."""

    model_config = ConfigDict(frozen=True)

    pid: int | None = None
    running: bool = False


class ModelStatus(BaseModel):
    """The embedded model, if one was started."""

    model_config = ConfigDict(frozen=True)

    model: str | None = None
    base_url: str | None = None
    pid: int | None = None
    running: bool = False


class Status(BaseModel):
    """All parts of the stack."""

    model_config = ConfigDict(frozen=True)

    postgres: PostgresStatus = PostgresStatus()
    prefect: PrefectStatus = PrefectStatus()
    worker: WorkerStatus = WorkerStatus()
    model: ModelStatus = ModelStatus()

    @property
    def running(self) -> bool:
        """Whether runs can be started: database, server and worker are there."""
        return self.postgres.running and self.prefect.running and self.worker.running


class Connection(BaseModel):
    """How to reach a running stack; `database_url` holds a password and is not for showing."""

    model_config = ConfigDict(frozen=True)

    api_url: str
    ui_url: str
    database_url: str
    authorization: SecretStr | None = None
    """The header with which the Prefect server lets us in."""

    @property
    def headers(self) -> dict[str, str]:
        """What every request to the Prefect server carries."""
        return {"Authorization": self.authorization.get_secret_value()} if self.authorization else {}
