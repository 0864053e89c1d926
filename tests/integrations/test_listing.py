"""Listing and ingesting: a source as its items, with what is new, changed and gone, on a real database."""

import os
from pathlib import Path

import pytest

from integrations.ingesting import ingest
from integrations.listing import listed
from swarm.errors import SourceNotFound, SourceRefused
from swarm.memory import sources
from swarm.memory.addresses import address
from swarm.memory.catalogue import Catalogue
from swarm.settings import Settings
from tests.integrations.conftest import Site
from tests.swarm.memory.conftest import catalogue as catalogue


def _silent(_: str) -> None:
    pass


def test_addresses_are_what_a_person_means(tmp_path: Path) -> None:
    """A path becomes a file address, absolute and without links; anything with a scheme stays."""
    assert address("a b.md", tmp_path) == (tmp_path / "a b.md").as_uri()
    assert address("file:///x/y.md") == "file:///x/y.md"
    for uri in ("https://h/a", "github:o/r", "crawl:https://h/", "s3://b/k", "github-search:issues"):
        assert address(uri) == uri
    for wrong in ("", "  ", "a\0b"):
        with pytest.raises(SourceRefused):
            address(wrong)


@pytest.mark.engine
async def test_a_site_is_remembered_page_by_page(catalogue: Catalogue, site: Site, tmp_path: Path) -> None:
    """Each page is an item; a second look reads it again, and forgets what is gone."""
    story = "<p>" + "The harbour opens at dawn and closes at dusk. " * 12 + "</p>"
    site.page("/docs/", f"<title>Docs</title><main>{story}<a href='one'>one</a> <a href='two'>two</a></main>")
    site.page("/docs/one", f"<title>One</title><main>One. {story}</main>")
    site.page("/docs/two", f"<title>Two</title><main>Two. {story}</main>")
    settings = Settings.model_validate({"swarm_allow_private": site.origin, "swarm_home": tmp_path})
    uri = f"crawl:{site.url('/docs/')}"
    found = await ingest(catalogue, uri, settings, _silent)
    assert (found.change.new, found.failed) == (3, 0)
    assert {item.title for item in await catalogue.items()} == {"Docs", "One", "Two"}
    site.page("/docs/", f"<title>Docs</title><main>{story}<a href='one'>one</a></main>")
    again = await ingest(catalogue, uri, settings, _silent)
    assert again.forgotten == 1 and {item.title for item in await catalogue.items()} == {"Docs", "One"}


@pytest.mark.engine
async def test_a_look_that_was_broken_off_goes_on(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was entered before the end is not read again, and nothing is forgotten too early."""
    for number in range(120):
        (tmp_path / f"{number:03}.md").write_text(f"Note {number}.")
    uri, settings = tmp_path.as_uri(), Settings.model_validate({})

    class Killed(Exception):
        pass

    def told(line: str) -> None:
        if "100 items" in line:
            raise Killed

    with pytest.raises(Killed):
        await ingest(catalogue, uri, settings, told)
    (kept,) = await sources.every(catalogue.pool)
    assert kept.state == "refreshing" and len(await catalogue.items()) == 100
    read: list[str] = []

    async def counted(*given: object) -> object:
        read.append(str(given[0]))
        return await original(*given)  # type: ignore[arg-type]

    from integrations import listing

    original = listing._read_file
    monkeypatch.setattr(listing, "_read_file", counted)
    found = await ingest(catalogue, uri, settings, _silent)
    assert (found.unchanged, found.change.new, len(read)) == (100, 20, 20)
    (tmp_path / "000.md").write_text("Note 0, mended.")
    os.utime(tmp_path / "001.md", (1, 1))
    (tmp_path / "002.md").unlink()
    third = await ingest(catalogue, uri, settings, _silent)
    assert (third.unchanged, third.change.changed, third.change.same, third.forgotten) == (117, 1, 1, 1)
    assert third.change.kept + third.change.added == 1
    (tmp_path / "003.md").write_bytes(b"\0 no text any more")
    fourth = await ingest(catalogue, uri, settings, _silent)
    assert (fourth.failed, fourth.forgotten) == (1, 0)
    assert "Note 3." in (await catalogue.text((tmp_path / "003.md").as_uri()))[0].text


@pytest.mark.engine
async def test_a_source_of_which_nothing_can_be_read_is_not_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    """Its failure is told; a folder that is gone raises."""
    (tmp_path / "a.bin").write_bytes(b"\0\1\2")
    found = await ingest(catalogue, tmp_path.as_uri(), Settings.model_validate({}), _silent)
    assert found.failed == 1 and "a.bin" in found.failures[0]
    assert await sources.every(catalogue.pool) == []
    with pytest.raises(SourceNotFound):
        _ = [each async for each in listed((tmp_path / "gone").as_uri(), Settings.model_validate({}))]
