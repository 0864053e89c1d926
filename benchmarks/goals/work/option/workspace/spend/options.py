"""Options: each is a flag, an environment variable and a key of spend.ini."""

import configparser
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spend.errors import SpendError

_FILE = Path("spend.ini")
_HELP = "usage: python -m spend [options] FILE ..."


@dataclass(frozen=True)
class Option:
    """One option; `check` returns what is wrong with a value, or nothing."""

    name: str
    default: str
    help: str
    check: Callable[[str], str] = lambda value: ""


def _one_of(*names: str) -> Callable[[str], str]:
    return lambda value: "" if value in names else f"{value!r} is none of {', '.join(names)}"


OPTIONS = (
    Option("currency", "EUR", "shown behind amounts in the format text"),
    Option("format", "text", "text, csv or json", _one_of("text", "csv", "json")),
    Option("sort", "amount", "amount, largest first, or name", _one_of("amount", "name")),
)


def read_options(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options by name, and the files; raises SpendError, or SystemExit for --help."""
    flags, files = _flags(arguments)
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(_FILE, encoding="utf-8")
    except configparser.Error as error:
        raise SpendError(f"{_FILE}: {str(error).splitlines()[0]}") from None
    found = {}
    for option in OPTIONS:
        places = (
            (f"--{option.name}", flags.get(option.name)),
            (f"SPEND_{option.name.upper()}", os.environ.get(f"SPEND_{option.name.upper()}")),
            (f"{_FILE}: {option.name}", config.get("spend", option.name, fallback=None)),
        )
        found[option.name] = option.default
        for place, value in places:
            if value is None or (value == "" and not place.startswith("--")):
                continue
            if fault := option.check(value):
                raise SpendError(f"{place}: {fault}")
            found[option.name] = value
            break
    return found, files


def _flags(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the flags given, and what is none; `--name value` and `--name=value` are alike, `--` ends the flags."""
    known = {option.name for option in OPTIONS}
    flags, files, rest = {}, [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            files += rest
            break
        if word == "--help":
            print(help_text())
            raise SystemExit(0)
        if not word.startswith("--"):
            files.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name not in known:
            raise SpendError(f"there is no option --{name}")
        if not equals:
            if not rest:
                raise SpendError(f"--{name} needs a value")
            value = rest.pop(0)
        flags[name] = value
    return flags, files


def help_text() -> str:
    """Return what --help prints."""
    rows = [f"  --{option.name:10} {option.help} [{option.default}]" for option in OPTIONS]
    return "\n".join([_HELP, "", *rows])
