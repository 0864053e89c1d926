"""Addresses of Postgres: as people and providers write them, as each of our two clients takes them, and as shown."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

_SCHEMES = ("postgresql", "postgres")
# Parameters of libpq that say nothing to asyncpg, which would hand them to the server as settings, and be refused.
_LIBPQ = {
    *("channel_binding", "connect_timeout", "fallback_application_name", "gssencmode", "keepalives"),
    *("keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "requirepeer"),
    *("replication", "require_auth", "sslcertmode", "sslcompression", "sslsni", "tcp_user_timeout"),
}
_TLS = {
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
}
_PREFECTS = {"ssl", "host"}
"""What SQLAlchemy's asyncpg dialect takes from an address; the rest would end the server with a TypeError."""


def usable(url: str) -> str:
    """Return an address as asyncpg takes it; raises ValueError, which does not show it, for one that is none."""
    try:
        address = urlsplit(url.strip())
        sound = address.scheme in _SCHEMES and bool(address.path.strip("/")) and address.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("write postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    kept = [(key, value) for key, value in parse_qsl(address.query) if key not in _LIBPQ]
    return _joined(_SCHEMES[0], address.netloc, address.path, kept)


def for_prefect(url: str) -> dict[str, str]:
    """Return the environment in which Prefect's server, which uses SQLAlchemy, finds the same database."""
    address = urlsplit(url)
    given = dict(parse_qsl(address.query))
    known = {"ssl": given.get("sslmode", "")} | given
    query = [(key, value) for key, value in known.items() if value and key in _PREFECTS]
    plain = _joined("postgresql+asyncpg", address.netloc, address.path, query)
    tls = {name: given[key] for key, name in _TLS.items() if key in given}
    return {"PREFECT_API_DATABASE_CONNECTION_URL": plain, **tls}


def shown(url: str) -> str:
    """Return an address without its password and without its parameters (which may hold the socket)."""
    address = urlsplit(url)
    user = f"{address.username}@" if address.username else ""
    port = f":{address.port}" if address.port else ""
    return _joined(address.scheme, f"{user}{address.hostname or ''}{port}", address.path, ())


def _joined(scheme: str, place: str, path: str, query: Sequence[tuple[str, str]]) -> str:
    # urlunsplit drops the two slashes where no host is named.
    return f"{scheme}://{place}{path}" + (f"?{urlencode(query, safe='/')}" if query else "")
