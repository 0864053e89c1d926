"""The engine's records where the engine does not answer."""

import socket

import httpx
import pytest

from integrations import runs
from swarm.errors import StackError
from swarm.stack import Connection


async def test_a_server_that_never_answers_is_named_with_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of httpx may have no words of its own; then its name stands there."""
    monkeypatch.setattr(runs, "_TIMEOUT", httpx.Timeout(0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with runs.Runs(Connection(api_url=f"{address}/api", ui_url=address, database_url="")) as engine:
            with pytest.raises(StackError, match=r"did not answer: ReadTimeout$"):
                await engine.root("0badc0de")
