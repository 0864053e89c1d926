"""Addresses of Postgres, as providers hand them out."""

import pytest

from swarm.database_urls import for_prefect, shown, usable
from swarm.errors import UsageError
from swarm.settings import load_settings

_URL = "PREFECT_API_DATABASE_CONNECTION_URL"


@pytest.mark.parametrize(
    ("written", "ours", "prefects", "tls"),
    [
        (
            "postgres://u:p%40ss@db.example/ferry",
            "postgresql://u:p%40ss@db.example/ferry",
            "u:p%40ss@db.example/ferry",
            {},
        ),
        (
            "postgresql://u:p@db.example:6543/ferry?sslmode=require&channel_binding=require&connect_timeout=5",
            "postgresql://u:p@db.example:6543/ferry?sslmode=require",
            "u:p@db.example:6543/ferry?ssl=require",
            {},
        ),
        (
            " postgresql://u@db.example/ferry?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=x\n",
            "postgresql://u@db.example/ferry?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=x",
            "u@db.example/ferry?ssl=verify-full",
            {"PGSSLROOTCERT": "/etc/ca.pem"},
        ),
        ("postgresql:///ferry?host=/run/pg", "postgresql:///ferry?host=/run/pg", "/ferry?host=/run/pg", {}),
    ],
)
def test_each_client_gets_what_it_takes(written: str, ours: str, prefects: str, tls: dict[str, str]) -> None:
    """Asyncpg would take libpq's parameters for settings of the server, SQLAlchemy would end with a TypeError."""
    assert usable(written) == ours
    assert for_prefect(ours) == {_URL: f"postgresql+asyncpg://{prefects}", **tls}


@pytest.mark.parametrize(
    "wrong", ["mysql://u:p@h/d", "h:5432/d", "postgres://u:p@h:x/d", "postgres://u:p@h", "postgres://[::1/d"]
)
def test_what_is_none_is_refused_unseen(wrong: str) -> None:
    """One line, without the password."""
    with pytest.raises(UsageError, match="SWARM_DATABASE_URL is not usable: write postgresql://") as caught:
        load_settings({"swarm_database_url": wrong})
    assert wrong not in str(caught.value)


def test_what_is_shown_holds_no_password() -> None:
    """Nor its parameters."""
    assert shown("postgresql://u:p@h:1/d?password=x") == "postgresql://u@h:1/d"
