"""File names in any bytes and any normal form: shown, found, and kept apart as a person would."""

import os
import unicodedata
from pathlib import Path

import pytest

from integrations.files import Files
from integrations.listing import listed
from integrations.sources import source_for
from swarm.file_names import on_disk, same_name, shown
from swarm.goals import _check_context
from swarm.memory.addresses import address, path_of
from swarm.settings import Settings
from swarm.text.tree import tree_of
from swarm.tree.references import references
from swarm.workspace import Workspace

_NFD = unicodedata.normalize("NFD", "Übersicht.md")
_ODD = {
    b"caf\xe9.txt": r"caf\xe9.txt",
    b"two\nlines.txt": r"two\x0alines.txt",
    "ev‮il.txt".encode(): r"ev\xe2\x80\xaeil.txt",
    b"\xff\xfe": r"\xff\xfe",
    "naïve.txt".encode(): "naïve.txt",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as old archives, Macs and pranks leave it."""
    for name in _ODD:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(f"Opens at nine: {name!r}.\n")
    (tmp_path / _NFD).write_text("Five euros.\n")
    return tmp_path


@pytest.mark.parametrize(("name", "text"), _ODD.items())
def test_a_name_is_shown_as_text_and_finds_its_file(folder: Path, name: bytes, text: str) -> None:
    """What is shown can be encoded, stands on one line, and is a way back."""
    real = os.fsdecode(name)
    assert shown(real) == text and text.encode().isascii() == (text != "naïve.txt")
    assert os.fsencode(on_disk(folder / text).name) == name
    workspace = Workspace(folder, folder.parent / "keep", "")
    assert workspace.relative(text) == text
    assert workspace.content_of(text) == f"Opens at nine: {name!r}.\n".encode()


async def test_one_odd_name_stops_no_folder(folder: Path) -> None:
    """Each file is listed and read; memory has an address for each that leads back to it."""
    told = await Files(folder, (folder,))("", 50)
    assert {passage.uri for passage in told} >= {*_ODD.values(), _NFD}
    for passage in told:
        assert passage.model_dump_json().encode()
    found = [each async for each in listed(address(str(folder)), Settings())]
    assert sorted(os.fsencode(path_of(each.uri).name) for each in found) == sorted([*_ODD, os.fsencode(_NFD)])
    for each in found:
        assert (await each.read())[0].passages


async def test_a_letter_is_the_same_in_every_normal_form(folder: Path) -> None:
    """A model writes it in one, the Mac wrote it in two: it is one file, and is replaced, not doubled."""
    wanted = "Übersicht.md"
    assert wanted != _NFD and same_name(_NFD, wanted)
    assert "Five euros" in (await source_for(wanted, (folder,), Settings())("", 1))[0].text
    assert references(f"Bring {wanted} up to date", (_NFD,)).outputs + references(f"Read {wanted}", (_NFD,)).files
    workspace = Workspace(folder, folder.parent / "keep", f"Bring {wanted} up to date")
    assert not workspace.is_foreign(wanted)
    workspace.write(wanted, "Six euros.\n")
    assert (folder / _NFD).read_text() == "Six euros.\n" and wanted not in os.listdir(folder)  # noqa: PTH208


def test_a_context_is_given_as_it_is_typed_or_as_it_is_shown(folder: Path) -> None:
    """What the shell completes, bytes and all, and what a listing says."""
    for given in (os.fsdecode(b"caf\xe9.txt"), r"caf\xe9.txt"):
        assert _check_context(str(folder / given)) == str(folder / r"caf\xe9.txt")


def test_a_listing_has_a_line_for_each(folder: Path) -> None:
    """With its size."""
    assert r"caf\xe9.txt (" in tree_of(folder, list(folder.iterdir()), 9000)


def test_names_that_differ_in_their_spelling_alone_stay_two_files(folder: Path) -> None:
    """Each means itself."""
    (folder / "Übersicht.md").write_text("Composed.\n")
    assert on_disk(folder / _NFD).read_text() == "Five euros.\n"
    assert on_disk(folder / "Übersicht.md").read_text() == "Composed.\n"
    assert on_disk(folder / "sub" / "new.md") == folder / "sub" / "new.md"
