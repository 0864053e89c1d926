"""The office of the functions: what settings make of the library's parts, and what answers a function that asks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from integrations.github_writing import Wish, parse_wish, write
from integrations.sources import source_for, whole
from swarm.errors import BadArguments, FunctionRefused
from swarm.functions.grants import Grants, parse_grants
from swarm.functions.running import Running
from swarm.functions.search import Search
from swarm.keys import digest
from swarm.nodes import Noun
from swarm.passages import Passage, place
from swarm.run.outgoing import Outgoing, is_web, question
from swarm.sandbox.inside.api import FUNCTIONS
from swarm.sandbox.packages import Packages
from swarm.sandbox.programs import run_program
from swarm.secrets import secrets_by_name, secrets_of
from swarm.settings import Settings
from swarm.text.redaction import learn, redact_json
from swarm.text.sanitize import quoted
from swarm.workspace import MAX_BYTES, Workspace

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_MOST_PASSAGES = 1000
_MOST_BYTES = 3_000_000
_MOST_FILES = 50
_MOST_PLACES = 50

Answer = Callable[..., Awaitable[JsonValue]]


def running_of(settings: Settings) -> Running:
    """Return where functions run: with the packages under SWARM_HOME, and the secrets that can be granted."""
    packages = Packages(settings.swarm_home / "packages")
    return Running(packages, secrets_by_name(settings), settings.swarm_allow_private)


def grants_of(settings: Settings) -> Grants:
    """Return what a person has granted; raises UsageError for what is no grant."""
    return parse_grants(settings.swarm_grants)


def search_of(pool: "Pool", settings: Settings) -> Search:
    """Return the search over the library, by words and by meaning."""
    from integrations.embeddings import choose_embedder

    return Search(pool, choose_embedder(settings))


class AddressWish(Noun):
    """An address that a function has put together, to be asked for on the web."""

    uri: str
    query: str = ""

    @property
    def question(self) -> str:
        """What a person is asked."""
        return question(self.uri, self.query)


class Consent(Noun):
    """What a person said yes to, as `key_of` names it, and what the model had answered until the question came up."""

    wishes: tuple[str, ...] = ()
    answers: dict[str, JsonValue] = Field(default_factory=dict)

    def with_wish(self, wish: Wish | AddressWish, answers: Mapping[str, JsonValue]) -> "Consent":
        """Return the consent to one more thing."""
        return Consent(wishes=(*self.wishes, key_of(wish)), answers=self.answers | dict(answers))


NO_CONSENT = Consent()


def key_of(wish: Wish | AddressWish) -> str:
    """Return the name of a wish: every word that would be written counts."""
    return digest(wish.model_dump(mode="json"))


@dataclass(frozen=True)
class Office:
    """Answers what functions ask through `swarm.api` within one workspace. `thinking` are the answers of a model.

    What they save is kept aside, for whoever called them to put into the workspace. What they want written elsewhere
    and a person has not consented to is kept in `wishes`: whoever called them asks, and calls once more.
    """

    settings: Settings
    workspace: Workspace
    author: str
    """Who writes: nothing is written twice for one author."""
    thinking: Mapping[str, Answer] = field(default_factory=dict)
    consent: Consent = NO_CONSENT
    saved: dict[str, str] = field(default_factory=dict)
    answers: dict[str, JsonValue] = field(default_factory=dict)
    read: list[Passage] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """Where what they wrote elsewhere stands."""
    wishes: list[Wish | AddressWish] = field(default_factory=list)
    outgoing: Outgoing = field(default_factory=Outgoing)
    """Which addresses they may ask for."""

    def __post_init__(self) -> None:
        learn(secrets_of(self.settings))

    @property
    def places(self) -> tuple[str, ...]:
        """Where what they read stands, page by page, the first of it, and what they wrote elsewhere."""
        return tuple(dict.fromkeys([*map(place, self.read[:_MOST_PLACES]), *self.written]))

    async def ask(self, name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
        """Answer one question, whose arguments are as untrusted as the code; raises a SwarmError that says why not."""
        answers: dict[str, Answer] = {
            "retrieve": self._retrieve,
            "save": self._save,
            "execute": self._execute,
            "github": self._github,
        }
        answer = answers.get(name) or self._thought(name)
        if answer is None:
            known = name in {each.__name__ for each in FUNCTIONS}
            raise FunctionRefused(f"{name} needs a run with a model" if known else f"there is no api.{name[:40]}")
        try:
            told: JsonValue = redact_json(await answer(**arguments))
        except TypeError as error:
            raise BadArguments(f"api.{name}: {error}") from None
        return told

    def _thought(self, name: str) -> Answer | None:
        """Return what asks the model, unless it has answered the same before the person was asked."""
        ask = self.thinking.get(name)
        if ask is None:
            return None

        async def answer(**arguments: JsonValue) -> JsonValue:
            key = digest(name, repr(arguments))
            if key not in self.consent.answers:
                self.answers[key] = await ask(**arguments)
            return self.answers.get(key, self.consent.answers.get(key))

        return answer

    async def _github(self, action: JsonValue, repository: JsonValue, fields: JsonValue) -> JsonValue:
        wish = parse_wish(action, repository, redact_json(fields))
        grants_of(self.settings).check_write(wish.repository)
        if self.settings.swarm_confirm and key_of(wish) not in self.consent.wishes:
            self.wishes.append(wish)
            raise FunctionRefused(f"a person must say yes first: {wish.name} in {wish.repository}")
        written = await write(wish, self.author, self.settings)
        self.written.append(written.url)
        return written.model_dump(mode="json")

    async def _retrieve(self, uri: str, query: str = "", k: int = 8, **more: JsonValue) -> JsonValue:
        if not isinstance(uri, str) or not isinstance(query, str) or not isinstance(k, int):
            raise BadArguments("api.retrieve takes two texts and a number")
        roots, named = self.workspace.roots, self.workspace.closed.named
        if uri in self.saved:
            return [Passage(uri=uri, where="file", text=self.saved[uri]).model_dump(mode="json")]
        self._check_address(uri, query)
        if more.get("whole"):
            found = [await whole(uri, roots, self.settings, named)]
        else:
            found = await source_for(uri, roots, self.settings, named)(query, min(max(k, 1), _MOST_PASSAGES))
        if sum(len(each.text) for each in found) > _MOST_BYTES:
            raise FunctionRefused(f"{uri[:200]} has more than {_MOST_BYTES} bytes; ask for less of it")
        self.read.extend(found[: max(0, _MOST_PASSAGES - len(self.read))])
        return [each.model_dump(mode="json") for each in found]

    def _check_address(self, uri: str, query: str) -> None:
        """Raise FunctionRefused for an address that may not be asked for, or not before a person has said yes."""
        private = any(not is_web(each.uri) for each in self.read)
        verdict = self.outgoing.verdict(uri, query, private)
        wish = AddressWish(uri=uri, query=query)
        if verdict == "free" or (verdict == "ask" and key_of(wish) in self.consent.wishes):
            return
        if verdict == "ask":
            self.wishes.append(wish)
            raise FunctionRefused(f"a person must say yes first: {quoted(uri)} is to be asked for")
        raise FunctionRefused(self.outgoing.refusal(uri, query))

    async def _save(self, path: str, text: str) -> JsonValue:
        if not isinstance(path, str) or not isinstance(text, str):
            raise BadArguments("api.save takes a path and a text")
        name = str(self.workspace.resolve(path).relative_to(self.workspace.root))
        if len(self.saved) >= _MOST_FILES or len(text) > MAX_BYTES:
            raise FunctionRefused(
                f"{name} was not saved: a call saves {_MOST_FILES} files of {MAX_BYTES} bytes at most"
            )
        self.saved[name] = text
        return name

    async def _execute(self, code: str, language: str = "python", files: Mapping[str, str] | None = None) -> JsonValue:
        given = files or {}
        if not isinstance(code, str) or not isinstance(language, str) or not isinstance(given, dict):
            raise BadArguments("api.execute takes a code, a language and texts by name")
        told = await run_program(code, language, {name: str(text).encode() for name, text in given.items()})
        return {**told.model_dump(mode="json", include={"ok", "message", "stdout", "stderr"})}
