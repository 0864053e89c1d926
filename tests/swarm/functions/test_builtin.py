"""The built-in functions are what every function must be: described, tested, and let in by the gate."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import JsonValue

from integrations.addresses import Address, parse_address
from integrations.office import Office
from swarm.functions.built_in import FOLDER
from swarm.functions.exchange import as_yaml, parse_yaml
from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.inspection import asked_in
from swarm.functions.running import Running
from swarm.sandbox.calling import Ask
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm
from swarm.settings import Settings
from swarm.workspace import Workspace
from tests.integrations.test_pdf import made

BUILT_IN = {path.stem: parse_yaml(path.read_text("utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))}
_TABLE: list[JsonValue] = [{"city": "Graz, AT", "note": 'say "so"'}, {"city": "Linz", "note": "two\nlines"}]


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """Where the functions run; the sandboxes go with the test."""
    yield Running(Packages(tmp_path / "packages"))
    close_warm()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """What answers for a real workspace with a few files."""
    root = tmp_path / "work"
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "bees.md").write_text("# Bees\n\nBees make honey of nectar.\n")
    (root / "docs" / "wax (1).txt").write_text("Wax is made in June.\n")
    (root / "docs" / "deep" / "photo.bin").write_bytes(b"\0\1\2")
    (root / "docs" / "empty.txt").write_text("")
    (root / "docs" / "book.pdf").write_bytes(made("The captain sails.", "The ferry burns diesel."))
    return Office(Settings(), Workspace(root, tmp_path / "keep", "goal"), "a test")


async def result(running: Running, ask: Ask, name: str, **arguments: JsonValue) -> JsonValue:
    """Return what a built-in returns, or the name and the words of its error."""
    told = await running.run(BUILT_IN[name], arguments, ask, Grants())
    return told.value if told.ok else f"{told.error}: {told.message}"


def test_there_are_some() -> None:
    """Files, web, PDF, GitHub, tables, JSON, texts and dates."""
    assert len(BUILT_IN) >= 22


@pytest.mark.parametrize("name", BUILT_IN)
async def test_a_built_in_passes_the_gate(name: str, running: Running) -> None:
    """As strictly as what the swarm writes itself; it says all that it asks for, and what its parameters mean."""
    function = BUILT_IN[name]
    assert function.name == name
    assert len(function.test_cases) >= 5
    assert len(function.code.splitlines()) <= 45
    assert all(part.get("description") for part in function.properties.values())
    assert function.parameters["additionalProperties"] is False
    assert set(function.capabilities.api) == set(asked_in(function.code))
    assert parse_yaml(as_yaml(function), "again") == function
    judged = await Gate(running, Grants()).judge(function)
    assert judged.passed, judged.text


async def test_files_are_listed_as_they_are_read(running: Running, office: Office) -> None:
    """However the folder is written, each file has the path by which read_file reads it, readable or not."""
    docs = ["docs/book.pdf", "docs/deep/photo.bin", "docs/empty.txt", "docs/wax (1).txt"]
    for folder in ("docs", "docs/", "./docs", f"{office.workspace.root}/docs"):
        assert await result(running, office.ask, "list_files", folder=folder) == docs
    for folder in (".", "", "docs/.."):
        assert await result(running, office.ask, "list_files", folder=folder) == ["bees.md", *docs]
    assert await result(running, office.ask, "read_file", path="docs/wax (1).txt") == "Wax is made in June.\n"
    assert str(await result(running, office.ask, "list_files", folder="nowhere")).startswith("ApiError: ")


async def test_what_was_written_is_read_again(running: Running, office: Office) -> None:
    """In the same call's workspace; nothing leads out of it."""
    assert await result(running, office.ask, "write_file", path="./out/a.txt", text="made\n") == "out/a.txt"
    assert await result(running, office.ask, "read_file", path="out/a.txt") == "made\n"
    assert str(await result(running, office.ask, "write_file", path="../a", text="x")).startswith("ApiError: ")


async def test_a_search_that_nothing_answers_finds_nothing(running: Running, office: Office) -> None:
    """Retrieval then gives the beginnings instead, which are no answer to a search."""
    found = await result(running, office.ask, "search_files", query="honey", folder=".")
    assert found == [{"uri": "bees.md", "text": "# Bees\n\nBees make honey of nectar.", "lines": "1-3"}]
    assert await result(running, office.ask, "search_files", query="zeppelin", folder=".") == []
    found = await result(running, office.ask, "pdf_search", uri="docs/book.pdf", query="diesel")
    assert found == [{"page": 2, "text": "The ferry burns diesel."}]
    assert await result(running, office.ask, "pdf_search", uri="docs/book.pdf", query="zeppelin") == []


async def test_a_pdf_is_read_by_its_pages(running: Running, office: Office) -> None:
    """What has no pages is no PDF, and said so."""
    pages = [{"page": 1, "text": "The captain sails."}, {"page": 2, "text": "The ferry burns diesel."}]
    assert await result(running, office.ask, "pdf_text", uri="docs/book.pdf") == pages
    assert await result(running, office.ask, "pdf_text", uri="bees.md") == (
        "ValueError: ValueError: bees.md is no PDF: it has no pages"
    )


@pytest.mark.parametrize(
    ("name", "arguments", "address"),
    [
        ("github_file", {"path": "src/a.py"}, Address("o/r", "HEAD", "src/a.py")),
        ("github_file", {"path": "a b/100%#?.md", "ref": "v1.0"}, Address("o/r", "v1.0", "a b/100%#?.md")),
        ("github_readme", {}, Address("o/r")),
        ("github_readme", {"ref": "v1.0"}, Address("o/r", "v1.0")),
        ("github_search", {"query": "install"}, Address("o/r")),
    ],
)
async def test_github_is_asked_for_the_place_that_is_meant(
    name: str, arguments: dict[str, JsonValue], address: Address, running: Running
) -> None:
    """The gate does not see what a function asks; a sign in a path must not become a query or a fragment."""
    asked = []

    async def ask(_: str, given: Mapping[str, JsonValue]) -> JsonValue:
        asked.append(parse_address(str(given["uri"])))
        return []

    await result(running, ask, name, repository="o/r", **arguments)
    assert asked == [address]


async def test_csv_that_was_made_is_read_again(running: Running, office: Office) -> None:
    """Whatever stands in the fields, and between them."""
    for delimiter in (",", ";", "\t"):
        made_of = await result(running, office.ask, "to_csv", rows=_TABLE, delimiter=delimiter)
        assert await result(running, office.ask, "parse_csv", text=made_of) == _TABLE
