"""Partial JSON: what an answer that was cut in the middle has said so far, and where it was cut."""

import json
from dataclasses import dataclass

from pydantic import JsonValue

DEEPEST = 40
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Salvage:
    """An object as far as it was written; `cut` leads by keys and indices to the string that broke off, if one did."""

    value: dict[str, JsonValue]
    cut: tuple[str | int, ...] = ()
    whole: bool = False


def salvage(text: str) -> Salvage | None:
    """Close an unfinished JSON object: a string that broke off keeps what it has, a number or a word is dropped.

    Talk or a fence before the object is skipped. None for a text without an object, or with a fault before its end.
    """
    start = text.find("{")
    if start < 0:
        return None
    try:
        return _Reader(text, start).read()
    except _Fault:
        return None


class _Fault(Exception):
    """What stands there is no beginning of JSON."""


class _End(Exception):
    """The text is over."""


class _Reader:
    """Reads one object; what has been read when the text ends is what there is."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._at = text, start
        self._path: list[str | int] = []
        self._cut: tuple[str | int, ...] = ()

    def read(self) -> Salvage:
        value: dict[str, JsonValue] = {}
        try:
            self._object(value)
        except _End:
            return Salvage(value, self._cut)
        return Salvage(value, whole=True)

    def _object(self, into: dict[str, JsonValue]) -> None:
        self._at += 1
        if self._next() == "}":
            self._at += 1
            return
        while True:
            if self._next() != '"':
                raise _Fault
            key, is_whole = self._string()
            if not is_whole:
                raise _End
            if self._next() != ":":
                raise _Fault
            self._at += 1
            self._value(into, key)
            if self._ends("}"):
                return

    def _array(self, into: list[JsonValue]) -> None:
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        while True:
            self._value(into, len(into))
            if self._ends("]"):
                return

    def _value(self, into: dict[str, JsonValue] | list[JsonValue], key: str | int) -> None:
        """Read a value into its place before it is complete, so that its beginning is there if the text ends."""
        first = self._next()
        self._path.append(key)
        if first == "{" or first == "[":
            if len(self._path) > DEEPEST:
                raise _Fault
            inner: dict[str, JsonValue] | list[JsonValue] = {} if first == "{" else []
            _put(into, key, inner)
            self._object(inner) if isinstance(inner, dict) else self._array(inner)
        elif first == '"':
            text, is_whole = self._string()
            _put(into, key, text)
            if not is_whole:
                self._cut = tuple(self._path)
                raise _End
        else:
            _put(into, key, self._word())
        self._path.pop()

    def _string(self) -> tuple[str, bool]:
        """Read a string; says whether its closing quote is there. A line break in it, which JSON forbids, is taken."""
        self._at += 1
        said: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == '"':
                self._at += 1
                return _paired("".join(said)), True
            if character != "\\":
                said.append(character)
                self._at += 1
                continue
            taken = self._escape()
            if taken is None:
                break
            said.append(taken)
        return _paired("".join(said)), False

    def _escape(self) -> str | None:
        """Read what follows a backslash; None where the text ends within it."""
        kind = self._text[self._at + 1 : self._at + 2]
        if kind == "u":
            digits = self._text[self._at + 2 : self._at + 6]
            if len(digits) < 4:
                return None
            self._at += 6
            try:
                return chr(int(digits, 16))
            except ValueError:
                raise _Fault from None
        if not kind:
            return None
        if kind not in _ESCAPES:
            raise _Fault
        self._at += 2
        return _ESCAPES[kind]

    def _word(self) -> JsonValue:
        """Read a number, true, false or null; one at the very end may not be whole and does not count."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in ',]} \t\r\n:"{[':
            self._at += 1
        word = self._text[start : self._at]
        if self._at == len(self._text):
            raise _End
        try:
            value: JsonValue = json.loads(word, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise _Fault from None
        return value

    def _ends(self, closing: str) -> bool:
        """Step over a comma, or over the closing bracket, which ends the list."""
        character = self._next()
        if character not in (",", closing):
            raise _Fault
        self._at += 1
        return character == closing

    def _next(self) -> str:
        while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
            self._at += 1
        if self._at == len(self._text):
            raise _End
        return self._text[self._at]


def _put(into: dict[str, JsonValue] | list[JsonValue], key: str | int, value: JsonValue) -> None:
    if isinstance(into, list):
        into.append(value)
    else:
        into[str(key)] = value


def _paired(text: str) -> str:
    """Join the halves of surrogate pairs; a half at the end, which the cut has left alone, is dropped."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
