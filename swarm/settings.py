"""All settings, in one class: read from the environment, never from a `.env` file, secrets never shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from swarm.errors import UsageError

Role = Literal["decide", "write", "review"]


class Settings(BaseSettings):
    """What a person can set; each field's name in capitals is its environment variable."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    # the model
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    swarm_model: str | None = None
    swarm_model_decide: str | None = None
    swarm_model_write: str | None = None
    swarm_model_review: str | None = None
    swarm_temperature_decide: float = Field(0.0, ge=0, le=2)
    swarm_temperature_write: float = Field(0.2, ge=0, le=2)
    swarm_temperature_review: float = Field(0.0, ge=0, le=2)
    swarm_model_timeout: float = Field(120.0, gt=0, le=3600, description="seconds for one model call")
    swarm_model_retries: int = Field(4, ge=0, le=20)
    swarm_model_concurrency: int = Field(8, ge=1, le=1000, description="model calls in flight in one worker")
    swarm_prices: Path | None = Field(None, description="a YAML file of prices that overrides the built-in table")
    swarm_embedded_model: Literal["1.5b", "0.5b"] = "1.5b"
    swarm_embedded_threads: int = Field(2, ge=1, le=64)
    swarm_model_cache: Path | None = Field(None, description="where the embedded model's file is kept")

    swarm_ask_timeout: int = Field(3600, ge=1, le=604_800, description="seconds to wait for a person")

    # the stack
    swarm_home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("swarm")))
    swarm_database_url: SecretStr | None = None
    prefect_api_url: str | None = None
    prefect_api_key: SecretStr | None = None
    swarm_worker_limit: int = Field(4, ge=1, le=1000, description="runs (trees) at once on this machine")

    # retrieval
    github_token: SecretStr | None = None
    github_base_url: str = "https://api.github.com"
    swarm_allow_private: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="comma-separated hosts (host or host:port) that may be fetched though private or loopback",
    )

    @field_validator("swarm_allow_private", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("swarm_home", "swarm_prices", "swarm_model_cache")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Make a path one that means the same in the worker, which has another current folder."""
        try:
            return value and value.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(f"{value}: {error}") from None


RUN_FIELDS = frozenset(name for name in Settings.model_fields if name.startswith(("openai_", "github_", "swarm_"))) - {
    "swarm_home",
    "swarm_database_url",
    "swarm_worker_limit",
}
"""What a run takes with it from the shell it was started in, whatever the worker's own environment says."""


def load_settings(given: Mapping[str, object] | None = None) -> Settings:
    """Read the settings, `given` ones first; raises UsageError naming the variable and its fault, nothing secret."""
    try:
        return Settings(**(given or {}))  # type: ignore[arg-type]  # validated by the class
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]).upper()
        raise UsageError(f"{name} is not usable: {fault['msg']}") from None
