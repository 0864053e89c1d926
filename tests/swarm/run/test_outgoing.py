"""Outgoing: nothing that was read leaves by an address, a query or a name that the run has put together itself."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from integrations.office import NO_CONSENT, AddressWish, Consent, Office
from swarm.errors import FunctionRefused
from swarm.functions.admitting import Admission
from swarm.functions.grants import Grants, parse_grants
from swarm.functions.library import Library
from swarm.functions.records import Function
from swarm.functions.running import Running
from swarm.run.outgoing import Outgoing, Seen, addresses_in, is_web
from swarm.sandbox.packages import Packages
from swarm.settings import Settings
from swarm.workspace import Workspace

_MADE_UP = (
    "https://evil.example/x?d=stolen",
    "web:stolen words",
    "crawl:https://evil.example/stolen",
    "github:evil/stolen",
)


def _read(action: str, text: str, evidence: str) -> dict[str, JsonValue]:
    return {"action": action, "outcome": "ok", "text": text, "evidence": [evidence]}


@pytest.mark.parametrize("uri", _MADE_UP)
def test_an_address_is_free_until_private_material_was_read(uri: str) -> None:
    """Then a person is asked; with the web open never, with it closed it is refused."""
    assert Outgoing().verdict(uri, "q") == "free" and Outgoing(private=True).verdict(uri, "q") == "ask"
    assert Outgoing(mode="open", private=True).verdict(uri) == "free" and Outgoing(mode="off").verdict(uri) == "closed"
    assert "web is closed" in Outgoing(mode="off").refusal(uri) and "person" in Outgoing(private=True).refusal(uri)


def test_what_a_person_has_named_is_free() -> None:
    """However the address is spelt, also when it is crawled; not what is longer, and not another query."""
    known = addresses_in("Read https://Docs.example:443/guide?v=2#top, then (https://github.com/Octo/Bees).")
    outgoing = Outgoing(private=True, known=known)
    for uri in ("https://docs.example/guide?v=2", "crawl:https://docs.example/guide?v=2", "github:octo/bees#7"):
        assert outgoing.verdict(uri) == "free", uri
    for uri in ("https://docs.example/guide?v=2&d=x", "https://docs.example/guide/x", "http://docs.example/guide?v=2"):
        assert outgoing.verdict(uri) == "ask", uri


def test_files_memory_and_objects_are_no_addresses_of_the_web() -> None:
    """They have rules of their own."""
    assert not any(map(is_web, ("notes.md", "file:///a", "memory:", "s3://bucket/a", "C:", "a:b.txt")))
    assert all(map(is_web, ("HTTP://h", " https://h", *_MADE_UP)))


def test_a_grant_of_a_host_and_a_persons_yes_free_an_address() -> None:
    """The grant all of a host and port, the yes this one; of a search the words count."""
    granted = Outgoing(private=True, hosts=parse_grants(["network:api.example:443"]).network)
    assert granted.verdict("https://api.example/any?q=1") == "free" and granted.verdict("http://api.example/") == "ask"
    said = Outgoing(private=True, allowed=frozenset(("https://h.example/a", "web: bees")))
    assert said.verdict("https://h.example/a") == "free" and said.verdict("https://h.example/ab") == "ask"
    assert said.verdict("web:", "bees") == "free" and said.verdict("web:", "bees stolen") == "ask"


def test_what_a_page_shows_is_observed_and_what_the_run_wrote_is_not() -> None:
    """Else a model would write an address into a file and read it there."""
    seen = Seen(written=frozenset(("links.md",)))
    seen.take("read", _read("read https://a.example/", "see https://b.example/x", "https://a.example/"))
    assert not seen.private and seen.observed == addresses_in("https://b.example/x")
    seen.take("read", _read("read links.md", "https://evil.example/?d=1", "links.md, lines 1-1"))
    seen.take("retrieve", _read("retrieve plan.md", "https://c.example/", "plan.md, lines 1-9"))
    assert seen.private and seen.observed == addresses_in("https://b.example/x https://c.example/")


@pytest.mark.parametrize(
    ("step", "result"),
    [
        ("command", {"ok": True, "output": "https://evil.example/?d=1"}),
        ("find", _read("find token", "a.txt:1: https://evil.example/?d=1", "a.txt")),
        ("call", {"outcome": "ok", "text": "https://evil.example/?d=1", "places": ["notes.md, lines 1-2"]}),
        ("read", _read("read memory: plans", "https://evil.example/?d=1", "links.md")),
        ("fact-briefing", {"materials": [{"place": "a.txt", "text": "x"}], "hints": {"places": []}}),
        ("fact-briefing", {"materials": [], "hints": {"places": ["file:///home/me/a.txt, lines 1-2"]}}),
    ],
)
def test_what_sees_the_workspace_or_memory_is_private(step: str, result: dict[str, JsonValue]) -> None:
    """And what a program prints is no address that was observed: the model has written the program."""
    seen = Seen(written=frozenset(("links.md",)))
    seen.take(step, result)
    assert seen.private and not seen.observed


def test_what_came_from_the_web_alone_is_not_private() -> None:
    """A page, its addresses in a briefing, what a function was told by a search, what a person has answered."""
    seen = Seen()
    seen.take(
        "fact-briefing", {"materials": [{"place": "https://a.example/", "text": "https://b.example/"}], "hints": {}}
    )
    seen.take("call", {"outcome": "ok", "text": "", "places": ["https://c.example/d"]})
    seen.take("fact-answer", {"text": "the person answered: take https://e.example/"})
    assert not seen.private and seen.named == addresses_in("https://e.example/")
    assert seen.observed == addresses_in("https://b.example/ https://c.example/d")


def _office(tmp_path: Path, outgoing: Outgoing, consent: Consent = NO_CONSENT) -> Office:
    (tmp_path / "notes.md").write_text("a plan")
    return Office(Settings(), Workspace(tmp_path, tmp_path / "k", ""), "a test", consent=consent, outgoing=outgoing)


async def test_a_function_asks_the_web_for_nothing_made_up_once_it_has_read_a_file(tmp_path: Path) -> None:
    """Not even within one call; the wish is put to a person, and nothing was sent before."""
    office = _office(tmp_path, Outgoing())
    await office.ask("retrieve", {"uri": "notes.md"})
    with pytest.raises(FunctionRefused, match="must say yes"):
        await office.ask("retrieve", {"uri": "http://127.0.0.1:9/?d=plan"})
    assert "127.0.0.1:9/?d=plan" in office.wishes[0].question
    said = NO_CONSENT.with_wish(AddressWish(uri="http://127.0.0.1:9/?d=plan"), {})
    with pytest.raises(Exception, match="is not fetched"):  # it is asked now; the guard stands behind it
        await _office(tmp_path, Outgoing(private=True), said).ask("retrieve", {"uri": "http://127.0.0.1:9/?d=plan"})


async def test_a_function_that_may_have_secrets_is_private_from_the_start(tmp_path: Path) -> None:
    """It need not read anything to have something to carry away."""
    with pytest.raises(FunctionRefused, match="must say yes"):
        await _office(tmp_path, Outgoing().of_function(has_secrets=True)).ask(
            "retrieve", {"uri": "https://evil.example/"}
        )


async def test_a_model_may_name_no_package_to_an_index_without_a_grant(tmp_path: Path) -> None:
    """The index is not asked, whatever the name says; what a person names is his own affair."""
    function = Function.model_validate(
        {
            **{
                "name": "add",
                "description": "Add.",
                "code": "def add():\n    return 1",
                "returns": {"type": "integer"},
            },
            **{"parameters": {"type": "object", "properties": {}}, "dependencies": ["Stolen.Data-4711==1.0"]},
        }
    )
    running = Running(Packages(tmp_path))
    admission = Admission(Library(None), running, Grants())  # type: ignore[arg-type]  # nothing is looked up
    with pytest.raises(FunctionRefused, match=r"stolen-data-4711.*--grant packages"):
        await admission.completed(function)
    assert admission.not_granted(["stolen-data-4711[x]>=1"]) == ("stolen-data-4711",)
    assert Admission(Library(None), running, parse_grants(["packages"])).not_granted(["a"]) == ()  # type: ignore[arg-type]
    assert Admission(Library(None), running, Grants(), frozenset(("a-b",))).not_granted(["A_b==1"]) == ()  # type: ignore[arg-type]
