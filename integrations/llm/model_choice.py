"""Which models a setting chooses: a provider's, any OpenAI-compatible server's, or the embedded one."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from swarm.errors import UsageError
from swarm.prices import find_price
from swarm.proxies import is_loopback
from swarm.settings import Role, Settings
from swarm.text.display_url import display_url

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4.1-mini"
"""Used with a key alone: cheap, no hidden reasoning tokens, follows strict schemas."""

EMBEDDED_MODELS = {"1.5b": "qwen2.5-coder-1.5b-instruct", "0.5b": "qwen2.5-coder-0.5b-instruct"}

_ASK_SECONDS = 10.0


class Choice(BaseModel):
    """The models for each role, where they are asked, and why, in one line for a person.

    `query` goes with every request, as Azure's `api-version` does; it may hold a key, so it is never shown.
    """

    model_config = ConfigDict(frozen=True)

    decide: str
    write: str
    review: str
    base_url: str
    embedded: bool
    why: str
    query: tuple[tuple[str, str], ...] = Field((), repr=False, exclude=True)

    def model(self, role: Role) -> str:
        """Return the model that serves a role."""
        return {"decide": self.decide, "write": self.write, "review": self.review}[role]


def choose(settings: Settings) -> Choice:
    """Choose the models; with a base URL but no model name this asks `GET /models`. Raises UsageError."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        return _embedded(settings)
    base_url, query = split_url(settings.openai_base_url or OPENAI_URL)
    fallback, why = settings.swarm_model, "SWARM_MODEL"
    if fallback is None and settings.openai_base_url is None:
        fallback, why = OPENAI_MODEL, "OPENAI_API_KEY is set; the default, as SWARM_MODEL is not"
    roles = (settings.swarm_model_decide, settings.swarm_model_write, settings.swarm_model_review)
    if fallback is None and None in roles:
        fallback, why = _first_listed(settings, base_url, query), f"the first model that {display_url(base_url)} lists"
    decide, write, review = (name or fallback or "" for name in roles)
    return Choice(
        decide=decide,
        write=write,
        review=review,
        base_url=base_url,
        query=query,
        embedded=False,
        why=why if fallback else "by role",
    )


def check_prices(choice: Choice, prices: Path | None) -> None:
    """Raise UsageError if a cap in money could not hold, because a model has no known price."""
    for role in ("decide", "write", "review"):
        name = choice.model(role)
        if not choice.embedded and find_price(name, prices) is None:
            raise UsageError(f"--budget-usd cannot hold: no price is known for {name}; give it in a file, SWARM_PRICES")


def _embedded(settings: Settings) -> Choice:
    name = EMBEDDED_MODELS[settings.swarm_embedded_model]
    why = "embedded: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
    if settings.swarm_model:
        why += f" (so SWARM_MODEL={settings.swarm_model} is not used)"
    return Choice(decide=name, write=name, review=name, base_url="", embedded=True, why=why)


def split_url(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a base URL without its query, and the query's pairs, for each request; raises UsageError."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"OPENAI_BASE_URL={display_url(url)} is not usable: write http(s)://host[:port]/v1")
    if "#" in url:
        shown = display_url(urlunsplit(parts._replace(query="")))
        raise UsageError(f"OPENAI_BASE_URL={shown} is not usable: leave out what follows #")
    bare = urlunsplit(parts._replace(query="")).rstrip("/")
    # People copy the whole address of the API from a page of documentation.
    for ending in ("/chat/completions", "/embeddings", "/models"):
        bare = bare.removesuffix(ending)
    return bare, tuple(parse_qsl(parts.query, keep_blank_values=True))


def headers_for(query: tuple[tuple[str, str], ...], key: str) -> Mapping[str, str]:
    """Return the headers that an endpoint wants beside the usual ones: Azure asks for the key in one of its own."""
    return {"api-key": key} if key and any(name == "api-version" for name, _ in query) else {}


def _first_listed(settings: Settings, base_url: str, query: tuple[tuple[str, str], ...]) -> str:
    import openai

    names = []
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    http = openai.DefaultHttpxClient(trust_env=not is_loopback(base_url))
    with openai.OpenAI(
        api_key=key or "none",
        base_url=base_url,
        default_query=dict(query),
        default_headers=headers_for(query, key),
        max_retries=0,
        timeout=_ASK_SECONDS,
        http_client=http,
    ) as client:
        try:
            names = [model.id for model in client.models.list().data or []]
        except openai.APIStatusError as error:
            why = f"answered {error.status_code}"
        except (openai.OpenAIError, ValueError, AttributeError) as error:
            why = "could not be reached" if isinstance(error, openai.APIConnectionError) else "sent no list"
        else:
            why = "lists none"
    if not names:
        place = display_url(base_url)
        raise UsageError(f"no model is chosen, and {place}/models {why}: set SWARM_MODEL to the model's name")
    return names[0]
