"""Settings come from the environment alone, and a wrong one is named."""

from pathlib import Path

import pytest

from swarm.errors import UsageError
from swarm.settings import RUN_FIELDS, Settings, load_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the person who runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_each_field_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name in capitals; an empty one counts as not set."""
    monkeypatch.setenv("SWARM_MODEL", "m")
    monkeypatch.setenv("SWARM_MODEL_RETRIES", "7")
    monkeypatch.setenv("SWARM_MODEL_TIMEOUT", "")
    settings = load_settings()
    assert (settings.swarm_model, settings.swarm_model_retries, settings.swarm_model_timeout) == ("m", 7, 120.0)


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run takes its own model with it, also the fact that none was set."""
    monkeypatch.setenv("SWARM_MODEL", "of the worker")
    assert load_settings({"swarm_model": "of the run"}).swarm_model == "of the run"
    assert load_settings({"swarm_model": None}).swarm_model is None


def test_no_dotenv_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in a cloned repository's `.env` never reaches the swarm."""
    (tmp_path / ".env").write_text("SWARM_MODEL=evil\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().swarm_model is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWARM_MODEL_TIMEOUT", "soon"),
        ("SWARM_MODEL_RETRIES", "-1"),
        ("SWARM_EMBEDDED_MODEL", "70b"),
        ("SWARM_HOME", "~nobody-of-that-name"),
        ("SWARM_MODEL_EXTRA", '{"stream": true'),
        ("SWARM_MODEL_EXTRA", "[1]"),
        ("SWARM_MODEL_EXTRA", '{"messages": []}'),
        ("SWARM_REASONING_EFFORT", "as much as you like"),
        ("SWARM_SECRETS", "{not JSON"),
    ],
)
def test_a_setting_that_is_not_usable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the variable and its fault."""
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"^{name} is not usable: [^\n]+$"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither printed nor in a traceback."""
    secrets = ("OPENAI_API_KEY", "GITHUB_TOKEN", "PREFECT_API_KEY", "SWARM_DATABASE_URL")
    for name in secrets:
        monkeypatch.setenv(name, "postgres://u:s3cret@h/d" if name.endswith("URL") else "s3cret")
    assert "s3cret" not in repr(load_settings())
    assert "s3cret" not in load_settings().model_dump_json()


def test_private_hosts_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Space and empty parts do not count."""
    monkeypatch.setenv("SWARM_ALLOW_PRIVATE", " localhost:8080, ,10.0.0.1 ")
    assert load_settings().swarm_allow_private == ("localhost:8080", "10.0.0.1")


def test_paths_mean_the_same_in_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has another current folder than the shell a run was started in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/somebody")
    for name, value in (("SWARM_HOME", "~/s"), ("SWARM_PRICES", "p.yaml"), ("SWARM_MODEL_CACHE", "c")):
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.swarm_home == Path("/somebody/s")
    assert (settings.swarm_prices, settings.swarm_model_cache) == (tmp_path / "p.yaml", tmp_path / "c")


def test_a_run_takes_its_model_along_but_not_the_stack() -> None:
    """Which database and which worker serve it is the worker's affair."""
    assert {"openai_api_key", "github_token", "swarm_model", "swarm_prices"} <= RUN_FIELDS
    assert not {"swarm_home", "swarm_database_url", "swarm_worker_limit", "prefect_api_url"} & RUN_FIELDS
