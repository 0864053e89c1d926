"""The login: made once and kept private; links that let a browser in once, in time, and to its own page only."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from swarm.errors import StackError
from swarm.settings import Settings
from swarm.stack.access import authorization, page_link
from swarm.stack.home import Home, Memory
from swarm.stack.login import LINK_SECONDS, Keys, basic, encode, login_link, make_key, make_login, read_login

LOGIN = "swarm:0123456789abcdefghij"


def test_a_login_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    """The second call returns the first's; no two homes have the same."""
    home, other = Home(tmp_path / "a").make(), Home(tmp_path / "b").make()
    made = make_login(home)
    assert make_login(home) == read_login(home) == made
    assert make_login(other) != made
    assert home.login.stat().st_mode & 0o777 == 0o600
    assert len(made.partition(":")[2]) >= 43


@pytest.mark.parametrize(
    "text", ["", "swarm:", "swarm:short", "no colon in it at all, but long", "swarm:\0" + "x" * 30]
)
def test_what_is_no_login_is_replaced(text: str, tmp_path: Path) -> None:
    """An emptied or damaged file never becomes a login that anybody could guess."""
    home = Home(tmp_path).make()
    home.login.write_text(text)
    assert read_login(home) is None
    assert len(make_login(home)) > 40


def test_a_login_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """Not a traceback, and not a new login in the place of the old."""
    home = Home(tmp_path).make()
    home.login.mkdir()
    with pytest.raises(StackError, match="login cannot be read"):
        make_login(home)


def test_a_link_opens_once_and_within_the_hour() -> None:
    """The key of a link is taken once, by the server whose login made it."""
    now = [1000.0]
    link = login_link("http://127.0.0.1:4/", "/runs/flow-run/7", LOGIN, lambda: now[0])
    key = link.partition("#")[2].partition("/")[0]
    assert link == f"http://127.0.0.1:4/swarm/login#{key}/runs/flow-run/7"
    keys = Keys(LOGIN, lambda: now[0])
    assert not Keys("swarm:another-login-0123456789", lambda: now[0]).use(key)
    assert keys.use(key)
    assert not keys.use(key)
    late = make_key(LOGIN, int(now[0]) + LINK_SECONDS)
    now[0] += LINK_SECONDS + 1
    assert not keys.use(late)
    assert not keys.use(key), "what was forgotten because it has expired stays closed"


@pytest.mark.parametrize("key", ["", ".", "..", "x", "9999999999.a.b", "9999999999..", "é.é.é", "-1.a." + "0" * 32])
def test_a_key_that_nobody_made_opens_nothing(key: str) -> None:
    """Whatever its shape, and without an error."""
    assert not Keys(LOGIN).use(key)


def test_a_changed_key_opens_nothing() -> None:
    """Its time is signed."""
    until, nonce, signature = make_key(LOGIN, 2_000_000_000).split(".")
    assert not Keys(LOGIN).use(f"{int(until) + 1}.{nonce}.{signature}")
    assert not Keys(LOGIN).use(f"{until}.{nonce}0.{signature}")


def test_the_login_goes_to_the_local_server_only(tmp_path: Path) -> None:
    """A server that a person has named gets what he has set for it; with neither, nothing is sent."""
    home = Home(tmp_path).make()
    home.remember(Memory(port=4711))
    login = make_login(home)
    bare = Settings(swarm_home=tmp_path, prefect_api_auth_string=None, prefect_api_key=None)
    both = bare.model_copy(
        update={"prefect_api_auth_string": SecretStr("me:pw"), "prefect_api_key": SecretStr("pnu_1")}
    )
    keyed = bare.model_copy(update={"prefect_api_key": SecretStr("pnu_1")})
    for ours in ("http://127.0.0.1:4711/api", "http://localhost:4711/api/"):
        assert authorization(bare, ours) == authorization(both, ours) == basic(login)
    for foreign in (
        "http://127.0.0.1:4712/api",
        "https://127.0.0.1:4711/api",
        "http://127.0.0.1.evil.example:4711/api",
    ):
        assert authorization(bare, foreign) is None
        assert authorization(both, foreign) == f"Basic {encode('me:pw')}"
        assert authorization(keyed, foreign) == "Bearer pnu_1"


def test_a_page_of_another_server_is_printed_as_it_is(tmp_path: Path) -> None:
    """Only the local server has links that log in."""
    home = Home(tmp_path).make()
    home.remember(Memory(port=4711))
    settings = Settings(swarm_home=tmp_path)
    assert page_link(settings, "http://127.0.0.1:4711/x") == "http://127.0.0.1:4711/x", "there is no login yet"
    make_login(home)
    assert page_link(settings, "http://127.0.0.1:4711/x").startswith("http://127.0.0.1:4711/swarm/login#")
    assert page_link(settings, "http://127.0.0.1:4711").endswith("/")
    assert page_link(settings, "https://prefect.example.org/x") == "https://prefect.example.org/x"
