"""Outgoing: which addresses and queries may leave the machine, by what a run was told and what it has read.

An address that the person has named, or that was observed, says nothing new to anybody. One that the run has put
together may carry away what it has read: from the first private material on it waits for a yes, or needs a grant.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import JsonValue

from swarm.text.sanitize import quoted

Web = Literal["open", "seen", "off"]
Verdict = Literal["free", "ask", "closed"]
_PORTS = {"http": 80, "https": 443}
_SCHEMES = (*_PORTS, "crawl", "sitemap", "web", "github", "github-search")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`|\\^{}]+|\bgithub:[\w.-]+/[\w.-]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}'\"*_"
_LOOKS = frozenset(
    ("find", "command", "try-command", "check-command", "execute", "shapes", "current", "changes", "edit", "keep")
)
"""Steps that show what is in the workspace, or run something that sees it."""


def is_web(uri: str) -> bool:
    """Say whether what answers for an address is asked over the network; object storage has grants of its own."""
    scheme, colon, _ = uri.strip().partition(":")
    return bool(colon) and scheme.lower() in _SCHEMES


def addresses_in(text: str) -> frozenset[str]:
    """Return the addresses that stand in a text, each in the spelling by which it is compared."""
    return frozenset(key for found in _ADDRESS.findall(text) for key in _keys(found.rstrip(_TRAILING)))


@dataclass
class Seen:
    """What a run has come across so far, step by step as they are kept: after a kill it is the same."""

    steps: set[str] = field(default_factory=set)
    written: frozenset[str] = frozenset()
    """Files that the run has written: an address in one of them is its own."""
    named: set[str] = field(default_factory=set)
    observed: set[str] = field(default_factory=set)
    private: bool = False

    def take(self, name: str, result: JsonValue) -> None:
        """Take in what came of a step."""
        if name in _LOOKS:
            self.private = True
        if not isinstance(result, dict):
            return
        if name == "fact-answer":
            self.named |= addresses_in(str(result.get("text")))
        elif name in ("read", "retrieve") and result.get("outcome") == "ok":
            parts = str(result.get("action")).split(" ", 2)
            self._read(parts[1] if len(parts) > 1 else "", result.get("evidence"), str(result.get("text")))
        elif name == "call":
            for place in _texts(result.get("places")):
                self._read(place, (place,), place if is_web(place) else "")
        elif name == "fact-briefing":
            self._briefed(result)

    def _briefed(self, briefing: Mapping[str, JsonValue]) -> None:
        materials, hints = briefing.get("materials"), briefing.get("hints")
        for each in materials if isinstance(materials, list) else ():
            if isinstance(each, dict) and each.get("text"):
                self._read(str(each.get("place")), (str(each.get("place")),), str(each["text"]))
        memory = _texts(hints.get("places")) if isinstance(hints, dict) else []
        self.private = self.private or any(not is_web(place) for place in memory)

    def _read(self, uri: str, places: object, text: str) -> None:
        self.private = self.private or not is_web(uri)
        if not {place.partition(", ")[0] for place in _texts(places)} & self.written:
            self.observed |= addresses_in(text)


@dataclass(frozen=True)
class Outgoing:
    """What may leave a run now; `allowed` is what its person has said yes to, `hosts` what is granted."""

    mode: Web = "seen"
    hosts: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    private: bool = False

    def verdict(self, uri: str, query: str = "", private: bool = False) -> Verdict:
        """Say whether an address may be asked; `private` where whoever asks has read something by himself."""
        if not is_web(uri):
            return "free"
        if self.mode == "off":
            return "closed"
        if self.mode == "open" or not (self.private or private) or asked_for(uri, query) in self.allowed:
            return "free"
        keys = _keys(uri)
        return "free" if keys & self.known or any(_host(key) in self.hosts for key in keys) else "ask"

    def of_function(self, has_secrets: bool) -> "Outgoing":
        """Return what may leave a function: one that may be given secrets has private material from the start."""
        return replace(self, private=self.private or has_secrets)

    def refusal(self, uri: str, query: str = "") -> str:
        """Say why an address is not asked; empty where it may be."""
        match self.verdict(uri, query):
            case "closed":
                return f"{quoted(uri)} is not asked for: the web is closed to this run (--web off)"
            case "ask":
                return (
                    f"{quoted(uri)} was not asked for: no person and no page has named it, and this run has read "
                    "private material; a person must say yes, or run with --grant network:HOST:PORT or --web open"
                )
            case _:
                return ""


def asked_for(uri: str, query: str = "") -> str:
    """Return what would leave, by which a person's yes is known again: a search takes its words along."""
    searches = uri.strip().lower().startswith(("web:", "github-search:"))
    return f"{uri.strip()} {query}".strip() if searches else uri.strip()


def question(uri: str, query: str = "") -> str:
    """Return what a person is asked."""
    return (
        f"May this be asked for on the web: {quoted(asked_for(uri, query))}? The run has put it together itself and "
        "has read private material before, which it could carry away (yes or no)"
    )


def _keys(uri: str) -> frozenset[str]:
    """Return the spellings by which an address is compared: the address, and the repository of a page of GitHub."""
    uri = uri.strip()
    scheme, _, rest = uri.partition(":")
    scheme = scheme.lower()
    if scheme in ("crawl", "sitemap"):
        return _keys(rest)
    if scheme == "github":
        name = re.match(r"[\w.-]+/[\w.-]+", rest)
        return frozenset((f"github:{name[0].lower().removesuffix('.git')}",)) if name else frozenset()
    if scheme not in _PORTS:
        return frozenset()
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS[scheme]
    except ValueError:
        return frozenset()
    host = (parts.hostname or "").rstrip(".").lower()
    plain = urlunsplit((scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))
    if host == "github.com" and not parts.query and len(names := parts.path.strip("/").split("/")) > 1:
        return frozenset((plain, f"github:{names[0]}/{names[1]}".lower().removesuffix(".git")))
    return frozenset((plain,))


def _host(key: str) -> str:
    return "api.github.com:443" if key.startswith("github:") else urlsplit(key).netloc


def _texts(value: object) -> Iterable[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []
