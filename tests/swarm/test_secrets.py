"""Secrets are blotted out of whatever is kept."""

from pydantic import SecretStr

from swarm.secrets import blotted, blotted_json, secrets_of
from swarm.settings import Settings


def test_every_secret_setting_is_known_the_longest_first() -> None:
    """One that contains another goes as a whole; one that is too short to be a secret would blot ordinary words."""
    settings = Settings(
        openai_api_key=SecretStr("sk-12345678"),
        github_token=SecretStr("sk-123456789"),
        prefect_api_key=SecretStr("abc"),
        swarm_database_url=SecretStr("postgresql://u:p@h/d"),
    )
    assert secrets_of(settings) == ("postgresql://u:p@h/d", "sk-123456789", "sk-12345678")


def test_secrets_in_further_parameters_and_in_the_address_are_known_by_their_names() -> None:
    """A key, a token, a password; what stands beside them is no secret."""
    settings = Settings(
        openai_base_url="https://me:passw0rd@host.example/v1?api-version=2024-06-01&key=AIza-123456",
        swarm_model_extra=SecretStr('{"provider": {"name": "somebody", "api_key": "up-123456"}, "stream": true}'),
    )
    assert set(secrets_of(settings)) == {"passw0rd", "AIza-123456", "up-123456"}


def test_texts_and_json_lose_them_wherever_they_stand() -> None:
    """Keys of objects are ours and stay."""
    assert blotted("a sk-12345678, b", ("sk-12345678",)) == "a ***, b"
    found = blotted_json({"a": ["x sk-12345678", 1, None, {"b": "sk-12345678"}]}, ("sk-12345678",))
    assert found == {"a": ["x ***", 1, None, {"b": "***"}]}
