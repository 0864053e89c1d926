"""Secrets: which values of the settings nobody may read in a prompt, a tape, a report or a log."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import JsonValue, SecretStr

from swarm.text.redaction import SHORTEST

if TYPE_CHECKING:
    from swarm.settings import Settings

_LARGEST_KEY = 20_000
_NAMED = re.compile(r"key|token|secret|password|passwd|credential|auth|signature|^sig$", re.I)


def secrets_of(settings: "Settings") -> tuple[str, ...]:
    """Return the secret values of these settings, longest first."""
    # Of the further parameters only what is named a secret is one; the rest are words like any other.
    names = type(settings).model_fields.keys() - {"swarm_model_extra", "github_app_key"}
    values = [getattr(settings, name) for name in names]
    given = (*values, *settings.swarm_secrets.values())
    found = {value.get_secret_value() for value in given if isinstance(value, SecretStr)}
    found |= set(_named_secret(settings.extra_parameters)) | _pem(settings.github_app_key)
    for name in names:
        value = getattr(settings, name)
        told = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(told, str) and "://" in told:
            found |= set(_in_address(told))
    return tuple(sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True))


def secrets_by_name(settings: "Settings") -> dict[str, str]:
    """Return the secrets that can be granted to functions: those given, and those of the settings, by variable."""
    own = {name.upper(): getattr(settings, name) for name in ("github_token", "openai_api_key")}
    return {
        name: value.get_secret_value()
        for name, value in (own | settings.swarm_secrets).items()
        if isinstance(value, SecretStr)
    }


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
    """Yield a password and the query's keys of an address; a password that repeats the user's name is none."""
    try:
        parts = urlsplit(url)
        yield from (value for name, value in parse_qsl(parts.query) if _NAMED.search(name))
        if parts.password and unquote(parts.password) not in (parts.username, parts.path.strip("/")):
            yield unquote(parts.password)
    except ValueError:
        return


def _pem(key: SecretStr | None) -> set[str]:
    """Return the key of an App, which the setting holds or names the file of."""
    text = key.get_secret_value() if key else ""
    if not text or "-----BEGIN" in text:
        return {text.replace("\\n", "\n")}
    try:
        file = Path(text).expanduser()
        return {file.read_text("ascii")} if file.is_file() and file.stat().st_size <= _LARGEST_KEY else {text}
    except (OSError, ValueError, RuntimeError):
        return {text}
