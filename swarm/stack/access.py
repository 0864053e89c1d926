"""Access to the Prefect server: what a request of ours carries, and the link that lets a person's browser in."""

from urllib.parse import urlsplit

from swarm.settings import Settings
from swarm.stack.gate import HOSTS
from swarm.stack.home import Home
from swarm.stack.login import basic, login_link, read_login


def authorization(settings: Settings, api: str) -> str | None:
    """Return the header `Authorization` for the Prefect server at `api`: the local one's login, or what is set."""
    if login := _local_login(settings, api):
        return basic(login)
    if settings.prefect_api_auth_string is not None:
        return basic(settings.prefect_api_auth_string.get_secret_value())
    key = settings.prefect_api_key
    return f"Bearer {key.get_secret_value()}" if key is not None else None


def page_link(settings: Settings, url: str) -> str:
    """Return an address that leads to a page of the local server and logs the browser in; a shared one's as it is."""
    address = urlsplit(url)
    login = _local_login(settings, url)
    return login_link(f"{address.scheme}://{address.netloc}", address.path or "/", login) if login else url


def _local_login(settings: Settings, url: str) -> str | None:
    """Return the login of this home's own server, None if `url` is another one's."""
    home, address = Home(settings.swarm_home), urlsplit(url)
    is_ours = address.scheme == "http" and address.hostname in HOSTS and address.port == home.recall().port
    return read_login(home) if is_ours and address.port else None
