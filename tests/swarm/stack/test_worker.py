"""The worker's environment: what a person has set arrives there as he has set it."""

import types
import typing
from pathlib import Path

import pytest
from pydantic import SecretStr

from swarm.settings import Settings, load_settings
from swarm.stack.worker import from_settings

_GIVEN: dict[str, object] = {
    "swarm_secrets": {"MYDB": SecretStr('ab"c\\d é, 1'), "OTHER": SecretStr("line\nbreak")},
    "swarm_model_extra": SecretStr('{"enable_thinking": false, "key": "a,b"}'),
    "swarm_reasoning_effort": "low",
    "swarm_folders": (Path("/srv/a b"), Path("/srv/c")),
    "swarm_database_url": SecretStr("postgresql://me:p%22%27s@host/d?sslmode=require"),
    "github_app_key": SecretStr("-----BEGIN KEY-----\nabc\n-----END KEY-----"),
}


def _value_for(name: str, kind: object) -> object:
    """Return a value of a field's type that is not its default."""
    if name in _GIVEN:
        return _GIVEN[name]
    default, arguments = Settings.model_fields[name].default, typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return next(each for each in arguments if each != default)
    if isinstance(kind, types.UnionType):
        return _value_for(name, next(each for each in arguments if each is not type(None)))
    if typing.get_origin(kind) is tuple:
        return ("one:1", "two:2")
    number = default if isinstance(default, int | float) else 0
    made: dict[object, object] = {
        bool: not default,
        int: int(number) + 1,
        float: number + 0.5,
        str: f"a {name}, with = and é",
        SecretStr: SecretStr(f"{name} 'with' \"quotes\""),
        Path: Path("/tmp/a b"),
    }
    return made[kind]


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_survives_the_way_into_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in plain, a list with commas, an object as JSON: whatever a person sets, the worker starts with it."""
    for variable in map(str.upper, Settings.model_fields):
        monkeypatch.delenv(variable, raising=False)
    settings = Settings.model_validate({name: _value_for(name, Settings.model_fields[name].annotation)})
    for variable, value in from_settings(settings).items():
        monkeypatch.setenv(variable, value)
    assert getattr(load_settings(), name) == getattr(settings, name)
    assert getattr(settings, name) != Settings.model_fields[name].default
