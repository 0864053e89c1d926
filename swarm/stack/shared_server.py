"""A Prefect server that a person has named with PREFECT_API_URL: whether it answers, and what its lock lacks."""

import http.client
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from swarm.errors import StackError
from swarm.proxies import is_loopback
from swarm.settings import Settings
from swarm.stack import server
from swarm.stack.access import authorization

_SECONDS = 4.0
_ELSEWHERE = "swarm-check.invalid"
# Read by every client and by nobody without a login, whether the pool is there or not.
_LOCKED = "work_pools/swarm"
_NO_LOGIN = (http.client.UNAUTHORIZED, http.client.FORBIDDEN)
_LET_IN = (http.client.OK, http.client.NOT_FOUND)


def is_reachable(settings: Settings) -> bool:
    """Say whether the server answers, within 10 s."""
    try:
        check_reachable(settings)
    except StackError:
        return False
    return True


def check_reachable(settings: Settings) -> None:
    """Raise StackError, within 10 s, when the server does not answer, or does not let us in."""
    api = settings.prefect_api_url or ""
    known = authorization(settings, api)
    headers = {"Authorization": known} if known else {}
    try:
        status = server.ask(api, "health", _SECONDS, headers).status
        inside = server.ask(api, _LOCKED, _SECONDS, headers).status if status == http.client.OK else status
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = str(error) or f"no answer within {_SECONDS:.0f} s"
        raise StackError(f"PREFECT_API_URL={api} cannot be reached: {why}; correct it, or unset it") from None
    if status != http.client.OK:
        raise StackError(f"PREFECT_API_URL={api} answers with status {status}; is it a Prefect server's /api?")
    if inside in _NO_LOGIN:
        refused = "does not take the login given here" if known else "wants a login"
        raise StackError(
            f"PREFECT_API_URL={api} {refused}; set PREFECT_API_AUTH_STRING=user:password, or PREFECT_API_KEY for "
            "Prefect Cloud"
        )


def find_gaps(settings: Settings) -> list[str]:
    """Return what the server's lock lacks, a line each with its remedy; an answer that does not come is no gap."""
    api = settings.prefect_api_url or ""
    gaps = []
    if _status(api, _LOCKED) in _LET_IN:
        gaps.append(
            "it asks for no login, so whoever reaches it can start and read your runs: set "
            "PREFECT_SERVER_API_AUTH_STRING there and PREFECT_API_AUTH_STRING here"
        )
    if urlsplit(api).scheme == "http":
        if _status(api, "health", {"Host": _ELSEWHERE}) == http.client.OK:
            gaps.append("it answers to any host name: have a proxy before it check the header Host")
        if not is_loopback(api):
            gaps.append("it is reached by http, so its login can be read on the way: use https")
    if _allowed_origin(api) in ("*", f"http://{_ELSEWHERE}"):
        gaps.append(
            "it lets every web page read its answers: set PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS there to its own"
        )
    return [f"PREFECT_API_URL={api}: {gap}" for gap in gaps]


def _status(api: str, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> int:
    try:
        return server.ask(api, path, _SECONDS, headers).status
    except (OSError, http.client.HTTPException, ValueError):
        return 0


def _allowed_origin(api: str) -> str:
    try:
        answer = server.ask(api, "health", _SECONDS, {"Origin": f"http://{_ELSEWHERE}"})
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    return answer.getheader("access-control-allow-origin", "")
