"""Proxies: what goes to this machine takes none; models and pages take the one that the environment names."""

import os
from collections.abc import MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from swarm.errors import UsageError

_OWN = ("127.0.0.1", "localhost", "::1")
_SCHEMES = ("http", "https", "socks5", "socks5h")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def spare_this_machine(environ: MutableMapping[str, str] = os.environ) -> None:
    """Have every client of this process and of its children reach this machine without a proxy.

    Prefect's clients, httpx, requests, websockets and openai all heed NO_PROXY, and nothing else that all of them do.
    Raises UsageError for a proxy that none of them can use: they would fail at it wherever they go.
    """
    for name in (spelling for each in _PROXIES for spelling in (each, each.upper())):
        if value := environ.get(name, "").strip():
            environ[name] = _usable(name, value)
    listed = ",".join(environ.get(name, "") for name in ("no_proxy", "NO_PROXY")).split(",")
    every = ",".join(dict.fromkeys((*filter(None, map(str.strip, listed)), *_OWN)))
    environ["NO_PROXY"] = environ["no_proxy"] = every


def is_loopback(url: str) -> bool:
    """Say whether a URL points at this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL, or None."""
    import urllib.request  # takes its time, and few commands ask

    parts = urlsplit(url)
    named = urllib.request.getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy or is_loopback(url) or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return proxy


def _usable(name: str, value: str) -> str:
    """Return a proxy as every client understands it: with a scheme, and socks as what it is."""
    scheme, parted, rest = value.partition("://")
    whole = f"{'socks5' if scheme == 'socks' else scheme.lower()}://{rest}" if parted else f"http://{value}"
    try:
        parts = urlsplit(whole)
        sound = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        # The value is not shown: it may hold a password.
        raise UsageError(f"{name} names no proxy that can be used: write {'|'.join(_SCHEMES)}://host:port, or unset it")
    return whole
