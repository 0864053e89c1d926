"""Web search: pages by a question, from a SearXNG of your own or from Brave's search with a key."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from pydantic import JsonValue, SecretStr

from integrations.fetch import MEGABYTE, Fetched, fetch
from integrations.links import normal
from integrations.plain_html import plain_html
from integrations.refusals import NotOpen
from swarm.errors import SourceNotFound, SourceRefused, SourceUnreadable
from swarm.passages import Passage
from swarm.settings import Settings
from swarm.text.redaction import redact

BRAVE = "https://api.search.brave.com/res/v1"
_MOST = 20
_LONGEST_QUERY = 400
"""Characters; Brave takes no more."""


@dataclass(frozen=True)
class WebSearch:
    """A search engine on the web; `topic` stands before what is asked. Without a key `place` is a SearXNG."""

    topic: str = ""
    place: str | None = None
    key: SecretStr | None = None
    timeout: float = 15.0

    @classmethod
    def parse(cls, uri: str, settings: Settings) -> "WebSearch":
        """Return the search behind `web:` or `web:QUERY`."""
        return cls(uri.partition(":")[2].strip(), settings.swarm_search_url, settings.swarm_search_key)

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` results, the engine's best first: address, title and snippet. Raises SourceError."""
        asked = " ".join(f"{self.topic} {query}".split())[:_LONGEST_QUERY]
        if not asked:
            raise SourceRefused("a web search needs words to search for; write web:WORDS, or give a query")
        rows = self._rows(await self._answer(asked, min(max(k, 1), _MOST)))
        found = list(_passages(rows))[: max(k, 0)]
        return [each.model_copy(update={"score": round(1 / rank, 4)}) for rank, each in enumerate(found, start=1)]

    async def _answer(self, query: str, count: int) -> Mapping[str, JsonValue]:
        if self.key is not None:
            place = (self.place or BRAVE).rstrip("/")
            url = f"{place}/web/search?{urlencode({'q': query, 'count': count})}"
            headers = {"X-Subscription-Token": self.key.get_secret_value(), "Accept": "application/json"}
        elif self.place:
            place = self.place.rstrip("/")
            url = f"{place}/search?{urlencode({'q': query, 'format': 'json'})}"
            headers = {"Accept": "application/json"}
        else:
            raise SourceRefused(
                "no web search is set up; set SWARM_SEARCH_URL to a SearXNG, or SWARM_SEARCH_KEY to a key of Brave's"
            )
        # Whoever sets the address means this very host, private or not.
        allow = (urlsplit(place).netloc,) if self.place else ()
        try:
            got = await fetch(url, allow=allow, accept={"*": 2 * MEGABYTE}, timeout=self.timeout, headers=headers)
        except NotOpen as error:
            raise SourceRefused(f"the web search refused us; {self._advice()} ({redact(str(error))})") from None
        except SourceNotFound as error:
            raise SourceRefused(f"there is no web search there; check SWARM_SEARCH_URL ({error})") from None
        return self._read(got)

    def _advice(self) -> str:
        return "check SWARM_SEARCH_KEY" if self.key else "SearXNG must permit `json` (search.formats in settings.yml)"

    def _read(self, got: Fetched) -> Mapping[str, JsonValue]:
        try:
            said = json.loads(got.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise SourceUnreadable(f"the web search answered with no JSON object; {self._advice()}")
        return said

    def _rows(self, said: Mapping[str, JsonValue]) -> JsonValue:
        """Return the results: Brave's stand under `web`, SearXNG's at the top; a search that found none has none."""
        web = said.get("web")
        return (web.get("results") if isinstance(web, dict) else []) if self.key else said.get("results")


def _passages(rows: JsonValue) -> Iterator[Passage]:
    seen = set()
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        url = normal(str(row.get("url") or ""))
        if not url or url in seen:
            continue
        seen.add(url)
        title = _text(row.get("title"))
        snippet = _text(row.get("content") or row.get("description"))
        yield Passage(uri=url, title=title[:300], where="web", text=(snippet or title or url)[:2000])


def _text(said: JsonValue) -> str:
    """Return a snippet without the marks of what was found in it."""
    text = said if isinstance(said, str) else ""
    return " ".join((plain_html(text)[1] if "<" in text or "&" in text else text).split())
