"""What a goal names is read whole where it fits, by its outline where not, and never where it holds secrets."""

from pathlib import Path

import pytest

from integrations.materials import Reading
from swarm.settings import Settings
from swarm.store.file_changes import version_of
from swarm.tree.briefing import Material


def _reading(folder: Path, left: int = 5000) -> Reading:
    return Reading((folder,), Settings(), left)


async def _taken(folder: Path, uri: str, left: int = 5000) -> list[Material]:
    reading = _reading(folder, left)
    await reading.take(uri)
    return reading.materials


async def test_a_file_that_fits_is_read_whole(tmp_path: Path) -> None:
    """Just as it is, with the digest of its bytes."""
    (tmp_path / "a.txt").write_text("one\n\n  two\n")
    (material,) = await _taken(tmp_path, "a.txt")
    assert (material.place, material.text, material.whole) == ("a.txt", "one\n\n  two", True)
    assert material.digest == version_of(b"one\n\n  two\n")


async def test_a_file_that_does_not_fit_is_shown_by_its_outline(tmp_path: Path) -> None:
    """With the way to the rest; what is read next gets only the room that is left."""
    (tmp_path / "long.md").write_text("# First\n\n" + "word " * 3000 + "\n\n## Second\n")
    (material,) = await _taken(tmp_path, "long.md")
    assert "1: First" in material.text and "Second" in material.text and not material.whole
    assert "read the lines" in material.note and material.digest


async def test_a_tables_outline_says_columns_and_ranges(tmp_path: Path) -> None:
    """Rather than its first rows."""
    (tmp_path / "t.csv").write_text("name,age\n" + "".join(f"n{age},{age}\n" for age in range(3000)))
    (material,) = await _taken(tmp_path, "t.csv")
    assert "3000 rows, 2 columns" in material.text and "age: numbers from 0 to 2999" in material.text


async def test_a_long_table_is_shown_by_its_shape_and_first_rows(tmp_path: Path) -> None:
    """Though all of it would fit: its rows are for a program to read."""
    (tmp_path / "t.csv").write_text("name,age\n" + "".join(f"n{age},{age}\n" for age in range(3000)))
    (material,) = await _taken(tmp_path, "t.csv", left=500_000)
    assert not material.whole and "3000 rows, 2 columns" in material.text
    assert "name,age\nn0,0\nn1,1\n" in material.text and "n2999" not in material.text.partition("first rows")[2]


async def test_a_folder_is_its_listing_and_its_files_while_they_fit(tmp_path: Path) -> None:
    """Those that hold secrets are left out."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in (("a.txt", "alpha"), ("b.txt", "beta"), (".env", "no")):
        (folder / name).write_text(text)
    listing, first, second = await _taken(tmp_path, "docs/")
    assert listing.place == "docs/" and "a.txt (5 bytes)" in listing.text and ".env" not in listing.text
    assert (first.place, first.text, second.place) == ("docs/a.txt", "alpha", "docs/b.txt")


async def test_a_folder_with_no_room_for_its_files_says_so(tmp_path: Path) -> None:
    """What has been left out can be read."""
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text("x" * 400)
    taken = await _taken(tmp_path, ".", left=1600)
    assert "no room for all of its files" in taken[-1].note
    assert 1 < len([each for each in taken if each.text]) < 40


async def test_files_that_do_not_all_fit_have_equal_shares_of_the_room(tmp_path: Path) -> None:
    """The first by name do not push out the last: what is longer than its share is shown by its outline."""
    for number in range(6):
        (tmp_path / f"{number}.md").write_text(f"# Part {number}\n\n" + "x " * 900)
    (tmp_path / "z.md").write_text("# Changes\n\nAll is new.")
    listing, *parts, changes = await _taken(tmp_path, ".", left=6000)
    assert not listing.place.endswith(".md") and len(parts) == 6
    assert not any(part.whole for part in parts) and "Part 5" in parts[-1].text
    assert changes.whole and "All is new." in changes.text


async def test_a_folder_brings_only_so_much_unasked(tmp_path: Path) -> None:
    """Of one that is larger only the names are shown, though there were room: a node reads what it needs."""
    for name, size in (("large", 20_000), ("small", 5_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("x" * size)
    reading = _reading(tmp_path, left=100_000)
    names = reading.smallest_first(["large/", "small/", "none/"])
    assert names == ["none/", "small/", "large/"]
    for name in names[1:]:
        await reading.take(name)
    small, file, large = reading.materials
    assert (small.place, file.place, file.whole) == ("small/", "small/a.txt", True)
    assert "a.txt (20.0 kB)" in large.text and large.note == "20.0 kB of text, not read for you"
    reading = _reading(tmp_path, left=100_000)
    reading.folders = 50_000
    await reading.take("large/")
    assert reading.materials[-1].whole


async def test_what_is_not_there_is_said_with_what_is(tmp_path: Path) -> None:
    """The nearest names first."""
    (tmp_path / "notes.txt").write_text("x")
    (material,) = await _taken(tmp_path, "note.txt")
    assert not material.text and "notes.txt" in material.note


@pytest.mark.parametrize("name", [".env", "key.pem", ".aws/credentials"])
async def test_files_of_secrets_are_named_and_not_read(tmp_path: Path, name: str) -> None:
    """Not even where the goal names them: a node that must have one reads it itself."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("SECRET=1")
    (material,) = await _taken(tmp_path, name)
    assert not material.text and "secrets" in material.note


async def test_binary_empty_and_huge_files_are_named_with_the_reason(tmp_path: Path) -> None:
    """Nothing of them enters a prompt."""
    (tmp_path / "a.bin").write_bytes(b"\0\1\2" * 100)
    (tmp_path / "b.txt").write_text("")
    (tmp_path / "c.log").write_bytes(b"x\n" * 3_000_000)
    reading = _reading(tmp_path)
    for name in ("a.bin", "b.txt", "c.log"):
        await reading.take(name)
    assert [each.text for each in reading.materials] == ["", "", ""]
    said = [each.note for each in reading.materials]
    assert "binary" in said[0] and "empty" in said[1] and "6.0 MB" in said[2]


async def test_the_same_source_is_read_once(tmp_path: Path) -> None:
    """However often it is named."""
    (tmp_path / "a.txt").write_text("one")
    reading = _reading(tmp_path)
    await reading.take("a.txt")
    await reading.take("a.txt")
    assert len(reading.materials) == 1 and len(reading.passages) == 1


async def test_a_definition_that_is_named_is_read_alone(tmp_path: Path) -> None:
    """With its lines; the whole file where it has none of that name."""
    (tmp_path / "a.py").write_text("x = 1\nclass C:\n    y = 2\ndef d():\n    pass\n")
    reading = _reading(tmp_path)
    for name in ("C", "C", "d", "e"):
        await reading.take_section("a.py", name)
    first, second = reading.materials[:2]
    assert (first.text, first.whole, first.note) == ("class C:\n    y = 2", False, "C, lines 2-3 of 5")
    assert second.text.startswith("def d()") and len(reading.materials) == 2
    reading = _reading(tmp_path)
    await reading.take_section("a.py", "e")
    assert reading.materials[0].whole


async def test_a_pdf_is_read_page_by_page() -> None:
    """Each page begins with its number."""
    brief = Path(__file__).parent.parent.parent / "examples" / "brief"
    (material,) = await _taken(brief, "survey.pdf")
    assert material.text.startswith("[page 1]\n") and "\n[page 3]\n" in material.text
