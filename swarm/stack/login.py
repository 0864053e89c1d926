"""The login of the local Prefect server: a password in a private file, and links that let a browser in once."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from urllib.parse import quote

from swarm.errors import StackError
from swarm.private import write_private
from swarm.stack.home import Home, said_clearly
from swarm.text.redaction import learn

LINK_SECONDS = 3600
"""How long a link that nobody has used stays valid."""
PAGE = "/swarm/login"
_USER = "swarm"
_SHORTEST = 20


def make_login(home: Home) -> str:
    """Return the login `user:password` of this home's server, made if there is none; raises StackError."""
    known = read_login(home)
    if known is not None:
        return known
    made = f"{_USER}:{secrets.token_urlsafe(32)}"
    learn((made, made.partition(":")[2]))
    with said_clearly(home.login):
        write_private(home.login, made + "\n")
    return made


def read_login(home: Home) -> str | None:
    """Return the login of this home's server, None where there is none to use; raises StackError."""
    try:
        text = home.login.read_bytes().decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StackError(f"{home.login} cannot be read: {error.strerror}") from None
    user, _, password = text.partition(":")
    if not user or len(password) < _SHORTEST or not text.isascii() or not text.isprintable():
        return None
    learn((text, password))
    return text


def basic(login: str) -> str:
    """Return the value of the header `Authorization` for a login (RFC 7617)."""
    return f"Basic {encode(login)}"


def encode(login: str) -> str:
    """Return a login as Prefect's page keeps it in the browser."""
    return base64.b64encode(login.encode()).decode()


def login_link(ui_url: str, page: str, login: str, now: Callable[[], float] = time.time) -> str:
    """Return an address that logs a browser in and leads to `page`, once and within the hour.

    The key stands behind the `#`, which a browser neither sends nor hands on as a referrer.
    """
    return f"{ui_url.rstrip('/')}{PAGE}#{make_key(login, int(now()) + LINK_SECONDS)}{quote(page)}"


def make_key(login: str, until: int) -> str:
    """Return a key that opens once, until a time in seconds since 1970: `UNTIL.NONCE.MAC`."""
    claim = f"{until}.{secrets.token_hex(8)}"
    return f"{claim}.{_sign(login, claim)}"


class Keys:
    """The keys to one server; each opens once."""

    def __init__(self, login: str, now: Callable[[], float] = time.time) -> None:
        self._login = login
        self._now = now
        self._used: dict[str, int] = {}

    def use(self, key: str) -> bool:
        """Say whether a key is genuine, in time and unused; from now on it is used."""
        claim, _, signature = key.rpartition(".")
        if not key.isascii() or not hmac.compare_digest(signature, _sign(self._login, claim)):
            return False
        until, now = int(claim.partition(".")[0]), self._now()
        self._used = {each: end for each, end in self._used.items() if end >= now}
        if until < now or claim in self._used:
            return False
        self._used[claim] = until
        return True


def _sign(login: str, claim: str) -> str:
    return hmac.new(login.encode(), b"login link " + claim.encode(), hashlib.sha256).hexdigest()[:32]
