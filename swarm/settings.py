"""All settings, in one class: read from the environment, never from a `.env` file, secrets never shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, JsonValue, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from swarm.database_urls import usable
from swarm.errors import UsageError
from swarm.run.outgoing import Web
from swarm.secrets import secrets_of
from swarm.text.redaction import learn

Role = Literal["decide", "write", "review"]


class Settings(BaseSettings):
    """What a person can set; each field's name in capitals is its environment variable."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    # the model
    openai_api_key: SecretStr | None = Field(None, description="key of the model endpoint")
    openai_base_url: str | None = Field(
        None, description="any OpenAI-compatible endpoint, such as http://localhost:11434/v1"
    )
    swarm_model: str | None = Field(None, description="model that answers every role")
    swarm_model_decide: str | None = Field(None, description="model that decides")
    swarm_model_write: str | None = Field(None, description="model that writes texts and programs")
    swarm_model_review: str | None = Field(None, description="model that reviews")
    swarm_temperature_decide: float = Field(0.0, ge=0, le=2, description="temperature of decisions")
    swarm_temperature_write: float = Field(0.2, ge=0, le=2, description="temperature of texts and programs")
    swarm_temperature_review: float = Field(0.0, ge=0, le=2, description="temperature of reviews")
    swarm_model_timeout: float = Field(
        120.0,
        gt=0,
        le=3600,
        description="seconds for one model call; one for more than 4,096 tokens gets a second more for each 40",
    )
    swarm_model_retries: int = Field(4, ge=0, le=20, description="retries of a call that failed for a passing reason")
    swarm_model_concurrency: int = Field(8, ge=1, le=1000, description="model calls of one run in flight")
    swarm_profiles: Path | None = Field(
        None, description="a YAML file of model profiles that overrides the built-in table"
    )
    swarm_reasoning_effort: str | None = Field(
        None, pattern=r"^[a-z]{1,20}$", description="`reasoning_effort` that models which reason are asked with"
    )
    swarm_model_extra: SecretStr | None = Field(
        None,
        description="a JSON object of further parameters that each model call sends, "
        'such as {"stream": true} or {"enable_thinking": false}',
    )
    swarm_prices: Path | None = Field(None, description="a YAML file of prices that overrides the built-in table")
    swarm_embedded_model: Literal["1.5b", "0.5b"] = Field(
        "1.5b", description="which embedded model answers without a key"
    )
    swarm_embedded_threads: int = Field(2, ge=1, le=64, description="threads of the embedded model")
    swarm_model_cache: Path | None = Field(None, description="where the embedded model's file is kept")
    swarm_ask_timeout: int = Field(3600, ge=1, le=604_800, description="seconds to wait for a person")

    # the stack
    swarm_home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("swarm")),
        description="where database, logs and runs are kept; by default `swarm` in the user's data folder",
    )
    swarm_database_url: SecretStr | None = Field(None, description="a Postgres to use instead of starting one")
    prefect_api_url: str | None = Field(None, description="a Prefect server to use instead of starting one")
    prefect_api_key: SecretStr | None = Field(None, description="key of that server (Prefect Cloud)")
    prefect_api_auth_string: SecretStr | None = Field(
        None, description="login of that server, `user:password`; the local one's is made by `swarm up`"
    )
    swarm_folders: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="comma-separated folders that runs started in Prefect's UI, on a schedule or over its API may use; "
        "unset: those you have named to `swarm run`",
    )
    swarm_auto_resume: int = Field(
        3, ge=0, le=100, description="how often a run that died is resumed without anybody asking; 0 is never"
    )
    swarm_worker_limit: int = Field(4, ge=1, le=1000, description="runs (trees) at once on this machine")

    swarm_embeddings: str | None = Field(
        None, description="embedding model of the endpoint; unset: a small one on this machine; `none`: words only"
    )

    # memory
    swarm_remember: bool = Field(True, description="remember what runs read and write")
    swarm_strategy: Literal["lexical", "semantic", "hybrid", "folders", "graph"] = Field(
        "hybrid", description="how memory is searched where nobody says otherwise"
    )

    swarm_relate: int = Field(
        0, ge=0, le=100_000, description="passages that each look of `ingest` has the model relate, for the graph"
    )

    # functions
    swarm_grants: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="comma-separated, what a run may do without asking: "
        "network:HOST:PORT, secret:NAME, github:write:OWNER/REPO, packages, model",
    )
    swarm_web: Web = Field(
        "seen",
        description="which addresses may be asked: `open`, all; `seen`, those that you named or that were observed, "
        "others are asked of you once private material was read; `off`, none",
    )
    swarm_confirm: bool = Field(
        True, description="ask a person before a function writes to GitHub; without, what was granted is written"
    )
    swarm_secrets: dict[str, SecretStr] = Field(
        default_factory=dict, description="a JSON object of further secrets that can be granted, by name"
    )
    swarm_unsafe_no_sandbox: bool = Field(
        False, description="run code without a sandbox, with all your rights; every report says so"
    )

    # retrieval
    github_token: SecretStr | None = Field(None, description="token for GitHub; without one only public things, slowly")
    github_base_url: str = Field(
        "https://api.github.com", description="GitHub's API, or an Enterprise server's, such as https://HOST/api/v3"
    )
    github_app_id: str | None = Field(None, description="number of a GitHub App to be instead of using a token")
    github_app_key: SecretStr | None = Field(None, description="private key of that App: PEM, or the path of its file")
    github_app_installation: int | None = Field(None, ge=1, description="number of that App's installation")
    github_max_wait: float = Field(
        60.0, ge=0, le=3600, description="seconds that GitHub's rate limits are waited for, in all of one reading"
    )
    swarm_objects: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="comma-separated prefixes of object storage that may be read, such as s3://bucket/reports/"
    )
    swarm_s3_endpoint_url: str | None = Field(None, description="an S3 server of one's own")
    swarm_pdf_password: SecretStr | None = Field(None, description="password of PDFs that are encrypted")
    swarm_allow_private: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="comma-separated hosts (host or host:port) that may be fetched though private or loopback",
    )
    swarm_robots: Literal["crawl", "always"] = Field(
        "crawl", description="whether robots.txt binds crawls only, or single pages too"
    )
    swarm_crawl_depth: int = Field(3, ge=0, le=20, description="links a crawl follows from its start, at most")
    swarm_crawl_pages: int = Field(200, ge=1, le=100_000, description="pages a crawl reads, at most")
    swarm_search_url: str | None = Field(
        None, description="a SearXNG to search the web with, or with a key another address of Brave's search API"
    )
    swarm_search_key: SecretStr | None = Field(None, description="key of Brave's search API")
    swarm_render: bool = Field(
        False, description="render pages that have no text without JavaScript; needs the extra `rendered`"
    )

    @field_validator("swarm_allow_private", "swarm_grants", "swarm_objects", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("swarm_database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        """Take an address in any of the ways it is written, and refuse what is none without showing it."""
        return value and SecretStr(usable(value.get_secret_value()))

    @field_validator("swarm_folders", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        """Split a list of folders; each must be absolute, since the worker has another current folder."""
        parts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)):
            return parts
        try:
            paths = tuple(Path(part).expanduser() for part in parts)
        except RuntimeError as error:
            raise ValueError(str(error)) from None
        if relative := next((path for path in paths if not path.is_absolute()), None):
            raise ValueError(f"{relative} is not an absolute path")
        return paths

    @field_validator("swarm_model_extra")
    @classmethod
    def _json_object(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no JSON object, without showing it."""
        try:
            parsed = json.loads(value.get_secret_value()) if value else {}
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            raise ValueError('write one JSON object, such as {"enable_thinking": false}')
        if wrong := {"model", "messages", "tools", "response_format"} & parsed.keys():
            raise ValueError(f"it may not set {', '.join(sorted(wrong))}")
        return value

    @property
    def extra_parameters(self) -> dict[str, JsonValue]:
        """What `swarm_model_extra` adds to the body of each model call."""
        return json.loads(self.swarm_model_extra.get_secret_value()) if self.swarm_model_extra else {}

    @field_validator("swarm_home", "swarm_prices", "swarm_profiles", "swarm_model_cache")
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
    "swarm_folders",
    "swarm_worker_limit",
}
"""What a run takes with it from the shell it was started in, whatever the worker's own environment says."""


def load_settings(given: Mapping[str, object] | None = None) -> Settings:
    """Read the settings, `given` ones first, and make their secrets known to this process, which redacts them.

    Raises UsageError naming the variable and its fault, nothing secret.
    """
    try:
        settings = Settings(**(given or {}))  # type: ignore[arg-type]  # validated by the class
    except SettingsError as error:
        # Only what is not JSON at all comes here; its text could hold a secret.
        name = str(error).partition('"')[2].partition('"')[0].upper() or "a setting"
        raise UsageError(f"{name} is not usable: write one JSON object") from None
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]).upper()
        raise UsageError(f"{name} is not usable: {fault['msg'].removeprefix('Value error, ')}") from None
    learn(secrets_of(settings))
    return settings
