"""A shared Prefect server: whether it lets us in, and what its lock lacks, said before anything is started."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from swarm.errors import StackError
from swarm.settings import Settings
from swarm.stack.login import basic
from swarm.stack.shared_server import check_reachable, find_gaps, is_reachable

LOGIN = "me:secret-password"


@contextmanager
def _server(login: str | None, cors: str = "", hosts: bool = False) -> Iterator[Settings]:
    """Serve what a Prefect server answers to a look; yields settings that name it, without a login."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = login is None or self.headers["Authorization"] == basic(login)
            if hosts and not self.headers["Host"].startswith("127.0.0.1"):
                self.send_response(400)
            elif self.path != "/api/health" and not known:
                self.send_response(401)
            else:
                self.send_response(200 if self.path == "/api/health" else 404)
            if cors and self.headers["Origin"]:
                self.send_header("Access-Control-Allow-Origin", cors)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api"
        yield Settings(prefect_api_url=url, prefect_api_auth_string=None, prefect_api_key=None)
        server.shutdown()


def test_a_locked_server_wants_the_login_it_was_given() -> None:
    """Without one, or with another, one line says which variable to set."""
    with _server(LOGIN) as settings:
        with pytest.raises(StackError, match=r"wants a login; set PREFECT_API_AUTH_STRING"):
            check_reachable(settings)
        wrong = settings.model_copy(update={"prefect_api_auth_string": SecretStr("me:wrong-password")})
        with pytest.raises(StackError, match=r"does not take the login given here") as caught:
            check_reachable(wrong)
        assert "wrong-password" not in str(caught.value)
        assert not is_reachable(wrong)
        assert is_reachable(settings.model_copy(update={"prefect_api_auth_string": SecretStr(LOGIN)}))


def test_an_open_server_is_used_and_each_gap_is_said() -> None:
    """No login, any host, any origin: a line each, with what to set."""
    with _server(None, cors="*") as settings:
        check_reachable(settings)
        login, host, cors = find_gaps(settings)
    assert "asks for no login" in login and "PREFECT_SERVER_API_AUTH_STRING" in login
    assert "any host name" in host
    assert "every web page" in cors and "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS" in cors


def test_a_well_locked_server_has_no_gaps() -> None:
    """Then nothing is said."""
    with _server(LOGIN, cors="http://127.0.0.1:4200", hosts=True) as settings:
        assert find_gaps(settings) == []


def test_a_login_that_travels_in_the_open_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http to another machine shows it to everybody on the way; an answer that does not come is no gap."""
    monkeypatch.setattr("swarm.stack.shared_server._SECONDS", 0.1)
    plain = Settings(prefect_api_url="http://prefect.invalid/api")
    assert [gap.partition(": ")[2][:24] for gap in find_gaps(plain)] == ["it is reached by http, s"]
    assert find_gaps(Settings(prefect_api_url="https://prefect.invalid/api")) == []
