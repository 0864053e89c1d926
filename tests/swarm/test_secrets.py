"""Secrets: which values of the settings are secret."""

from pathlib import Path

from pydantic import SecretStr

from swarm.secrets import secrets_of
from swarm.settings import Settings, load_settings
from swarm.text.redaction import redact


def test_every_secret_setting_is_known_the_longest_first() -> None:
    """One that contains another goes as a whole; one that is too short to be a secret would blot ordinary words."""
    settings = Settings(
        openai_api_key=SecretStr("sk-12345678"),
        github_token=SecretStr("sk-123456789"),
        prefect_api_key=SecretStr("abc"),
        swarm_database_url=SecretStr("postgresql://u:p@h/d"),
    )
    assert secrets_of(settings) == ("postgresql://u:p@h/d", "sk-123456789", "sk-12345678")


def test_secrets_in_further_parameters_and_in_addresses_are_known_by_their_names() -> None:
    """A key, a token, a password, as it is once it is decoded; what stands beside them is no secret."""
    settings = Settings(
        openai_base_url="https://me:passw0rd%21@host.example/v1?api-version=2024-06-01&key=AIza-123456",
        swarm_search_url="http://me:searching-4711@search.example",
        swarm_database_url=SecretStr("postgresql://postgres:postgres@localhost/postgres"),
        swarm_model_extra=SecretStr('{"provider": {"name": "somebody", "api_key": "up-123456"}, "stream": true}'),
    )
    found = set(secrets_of(settings))
    assert found >= {"passw0rd!", "AIza-123456", "searching-4711", "up-123456"}
    assert not found & {"2024-06-01", "somebody", "postgres"}


def test_the_key_of_an_app_is_the_secret_and_not_the_path_of_its_file(tmp_path: Path) -> None:
    """The setting takes either."""
    file = tmp_path / "app.pem"
    file.write_text("-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\n-----END KEY-----\n")
    by_path = secrets_of(Settings(github_app_key=SecretStr(str(file))))
    assert by_path == secrets_of(Settings(github_app_key=SecretStr(file.read_text()))) and str(tmp_path) not in by_path


def test_reading_the_settings_makes_their_secrets_known() -> None:
    """So nothing has to be handed on to whoever writes something down."""
    load_settings({"swarm_secrets": {"MYDB": "mark-4711-secret"}})
    assert redact("it is mark-4711-secret") == "it is ***"
