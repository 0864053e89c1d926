"""Secrets: the values nobody may read in a prompt, a tape, a report or a log, blotted out of texts."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlsplit

from pydantic import JsonValue, SecretStr

from swarm.settings import Settings

_SHORTEST = 6
"""A shorter value is no secret worth the damage that its removal would do to ordinary words."""
_NAMED = re.compile(r"key|token|secret|password|passwd|credential|auth|signature|^sig$", re.I)


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return the secret values of these settings, longest first."""
    # Of the further parameters only what is named a secret is one; the rest are words like any other.
    names = Settings.model_fields.keys() - {"swarm_model_extra"}
    values = [getattr(settings, name) for name in names] + list(settings.swarm_secrets.values())
    found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    found |= set(_named_secret(settings.extra_parameters)) | set(_in_address(settings.openai_base_url or ""))
    return tuple(sorted((value for value in found if len(value) >= _SHORTEST), key=len, reverse=True))


def _named_secret(value: JsonValue, name: str = "") -> Iterator[str]:
    """Yield the texts in a JSON value that stand under a name that says they are secret."""
    if isinstance(value, str) and _NAMED.search(name):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _named_secret(each, f"{name}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from _named_secret(each, name)


def _in_address(url: str) -> Iterator[str]:
    """Yield a password and the query's keys of an address."""
    try:
        parts = urlsplit(url)
        yield from (value for name, value in parse_qsl(parts.query) if _NAMED.search(name))
        yield parts.password or ""
    except ValueError:
        return


def secrets_by_name(settings: Settings) -> dict[str, str]:
    """Return the secrets that can be granted to functions: those given, and those of the settings, by variable."""
    own = {name.upper(): getattr(settings, name) for name in ("github_token", "openai_api_key")}
    return {
        name: value.get_secret_value()
        for name, value in (own | settings.swarm_secrets).items()
        if isinstance(value, SecretStr)
    }


def blotted(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every secret in it replaced by `***`."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def blotted_json(value: JsonValue, secrets: tuple[str, ...]) -> JsonValue:
    """Return a JSON value with every secret in its texts replaced."""
    if isinstance(value, str):
        return blotted(value, secrets)
    if isinstance(value, list):
        return [blotted_json(each, secrets) for each in value]
    if isinstance(value, dict):
        return {key: blotted_json(each, secrets) for key, each in value.items()}
    return value
