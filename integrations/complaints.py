"""Complaints: what GitHub's refusals mean, and what to do about each, with no token in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable

if TYPE_CHECKING:
    from github import GithubException


@contextmanager
def explain(name: str, who: str, writes: bool = False) -> Iterator[None]:
    """Turn the client's errors about repository `name` into SourceErrors; `who` is what one is known by, or empty."""
    import requests
    from github import GithubException

    try:
        yield
    except GithubException as error:
        raise (_unwritten if writes else _explained)(error, name, who) from None
    except requests.RequestException as error:
        kind = type(error).__name__
        raise SourceUnavailable(
            f"GitHub cannot be reached for {name} ({kind}); check GITHUB_BASE_URL and the network, or try later"
        ) from None
    except (RuntimeError, AssertionError, ValueError, TypeError, KeyError) as error:
        # PyGithub asserts what it expects of a server; one that answers otherwise is not GitHub.
        kind = type(error).__name__
        raise SourceUnavailable(f"the answer about {name} is not GitHub's ({kind}); check GITHUB_BASE_URL") from None


def _explained(error: "GithubException", name: str, who: str) -> SourceError:
    if _is_limit(error):
        return _limited(error, name, who)
    match error.status:
        case 401:
            return SourceRefused(f"GitHub refuses {who or 'us'} for {name} (status 401); renew it, or unset it")
        case 403 | 451:
            return SourceRefused(
                f"GitHub refuses {name} (status {error.status}); {who or 'a token'} needs read access to its contents"
            )
        case 404:
            hint = f"that {who} may read it" if who else "set GITHUB_TOKEN if it is private"
            return SourceNotFound(f"GitHub has no {name}, or does not show it; check the spelling and {hint}")
        case 409:
            return SourceNotFound(f"{name} is empty: it has no commits yet")
        case 422:
            return SourceRefused(f"GitHub does not understand what is asked of {name} (status 422){_said(error)}")
    return SourceUnavailable(f"GitHub answers with status {error.status} for {name}; try again later")


def _unwritten(error: "GithubException", name: str, who: str) -> SourceError:
    """Say why something was not written; what is not about writing, as when reading."""
    match error.status:
        case 403 if not _is_limit(error):
            return SourceRefused(f"GitHub does not let {who} write this to {name} (status 403){_said(error)}")
        case 404:
            told = f"{name} has no such place, or {who} may not write to it (status 404)"
            return SourceNotFound(f"{told}; check number, branch and path, and the rights of {who}")
        case 409:
            return SourceRefused(
                f"{name} was changed at the same moment, or has no commits yet (status 409); look again"
            )
        case 410:
            return SourceRefused(f"{name} has its issues turned off (status 410)")
        case 422:
            return SourceRefused(f"GitHub does not take this for {name} (status 422){_said(error)}")
    return _explained(error, name, who)


def _is_limit(error: "GithubException") -> bool:
    from github import RateLimitExceededException

    return isinstance(error, RateLimitExceededException) or error.status == 429


def _said(error: "GithubException") -> str:
    """Return GitHub's own words about a question, shortened to a line."""
    data = error.data if isinstance(error.data, dict) else {}
    more = data.get("errors")
    found = [each.get("message") for each in more if isinstance(each, dict)] if isinstance(more, list) else []
    told = "; ".join(str(each) for each in (data.get("message"), *found) if each)
    words = "".join(c if c.isprintable() else " " for c in told)[:200].strip()
    return f": {words}" if words else "; check the query"


def _limited(error: "GithubException", name: str, who: str) -> SourceUnavailable:
    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdigit() and len(after) < 8:
        reset = str(int(datetime.now(UTC).timestamp()) + int(after))
    when = f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC" if reset.isdigit() and len(reset) < 12 else ""
    advice = "wait" if who else "set GITHUB_TOKEN (5,000 requests an hour instead of 60) or wait"
    return SourceUnavailable(f"GitHub's rate limit is reached{when}, {name} was not read; {advice}")
