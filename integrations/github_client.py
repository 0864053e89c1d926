"""The client: as whom GitHub is asked, where it is, how long it is waited for, and where its answers are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from integrations.addresses import API, HOSTS, origin_of
from swarm.errors import SourceRefused
from swarm.settings import Settings

if TYPE_CHECKING:
    from github import Github
    from github.Auth import AppInstallationAuth

_VARIABLES = "GITHUB_APP_ID, GITHUB_APP_KEY and GITHUB_APP_INSTALLATION"


@dataclass(frozen=True)
class App:
    """A GitHub App, as it is installed somewhere; `key` is its private key, as PEM or as the path of that."""

    id: str
    key: SecretStr
    installation: int


@dataclass(frozen=True)
class Manners:
    """How GitHub is asked beyond address and token: as an App, waiting at most so many seconds, with a cache."""

    app: App | None = None
    max_wait: float = 60.0
    cache: Path | None = None

    def who(self, token: SecretStr | None) -> str:
        """Return the name of what one is known by to GitHub; empty if one is not."""
        return "the GitHub App" if self.app else "GITHUB_TOKEN" if token else ""


MANNERS = Manners()


def asked_at(uri: str, settings: Settings) -> tuple[str, SecretStr | None, Manners]:
    """Return the API, the token and the manners for an address; raises SourceRefused for half an App.

    Where an Enterprise server is set, github.com is asked without the token, which is not for it.
    """
    cache = settings.swarm_home / "cache" / "github"
    elsewhere = origin_of(settings.github_base_url) != origin_of(API)
    if elsewhere and urlsplit(uri.strip()).netloc.lower() in HOSTS:
        return API, None, Manners(None, settings.github_max_wait, cache)
    return settings.github_base_url, settings.github_token, Manners(_app(settings), settings.github_max_wait, cache)


@contextmanager
def connected(base_url: str, token: SecretStr | None, manners: Manners = MANNERS) -> Iterator["Github"]:
    """Yield a client whose every wait is bounded. Raises SourceRefused for an App that GitHub does not accept."""
    from github import Auth, Github

    from integrations.github_cache import keep_answers
    from integrations.github_waits import waits

    installed = _installed(base_url, manners.app) if manners.app else None
    client = Github(
        base_url=base_url,
        auth=installed or (Auth.Token(token.get_secret_value()) if token else None),
        retry=waits(manners.max_wait),
        timeout=15,
        per_page=100,
        seconds_between_requests=0,
    )
    keep_answers(client, manners.cache)
    try:
        if manners.app and installed:
            _log_in(manners.app, installed)
        yield client
    finally:
        client.close()


def _app(settings: Settings) -> App | None:
    given = (settings.github_app_id, settings.github_app_key, settings.github_app_installation)
    if None not in given:
        assert given[0] and given[1] and given[2]  # for the types
        return App(given[0], given[1], given[2])
    if any(given):
        raise SourceRefused(f"half a GitHub App is set; set all three of {_VARIABLES}, or none")
    return None


@lru_cache(maxsize=8)
def _installed(base_url: str, app: App) -> "AppInstallationAuth":
    """Return what holds the App's token for that server, and renews it; one a process, so that it is asked for once."""
    from github import Auth

    return Auth.AppAuth(app.id, _pem(app.key)).get_installation_auth(app.installation)


def _pem(key: SecretStr) -> str:
    text = key.get_secret_value()
    if "-----BEGIN" in text:
        return text.replace("\\n", "\n")
    try:
        return Path(text).expanduser().read_text("ascii")
    except (OSError, ValueError, RuntimeError) as error:
        kind = type(error).__name__
        raise SourceRefused(f"GITHUB_APP_KEY is neither a key in PEM form nor a file with one ({kind})") from None


def _log_in(app: App, auth: "AppInstallationAuth") -> None:
    from github import GithubException, RateLimitExceededException
    from jwt import PyJWTError

    try:
        _ = auth.token
    except RateLimitExceededException:
        raise
    except GithubException as error:
        if error.status not in (401, 403, 404):
            raise
        told = f"installation {app.installation} of the GitHub App {app.id} (status {error.status})"
        raise SourceRefused(f"GitHub refuses {told}; check {_VARIABLES}") from None
    except (PyJWTError, ValueError, TypeError) as error:
        raise SourceRefused(f"GITHUB_APP_KEY is no private key in PEM form ({type(error).__name__})") from None
