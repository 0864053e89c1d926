"""Files and folders, on a real file system."""

import os
import time
from pathlib import Path

import pytest

import integrations.files
from integrations.files import Files, walk
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnreadable
from swarm.passages import Passage
from tests.integrations.test_pdf import made

BRIEF = Path(__file__).parents[2] / "examples" / "brief"


def write(root: Path, **files: str | bytes) -> None:
    for name, body in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)


async def read(root: Path, name: str, query: str = "", k: int = 8) -> list[Passage]:
    return await Files(root / name, (root,))(query, k)


async def test_a_text_comes_with_its_lines(tmp_path: Path) -> None:
    """uri is the path relative to the root; lines count from 1."""
    write(tmp_path, notes__a_md="# Title\n\nFirst.\n\n\nLast.\n")
    (passage,) = await read(tmp_path, "notes/a.md")
    assert (passage.uri, passage.title, passage.where, passage.lines) == ("notes/a.md", "a.md", "file", (1, 6))
    assert passage.text == "# Title\n\nFirst.\n\nLast."


async def test_the_place_that_answers_comes_first(tmp_path: Path) -> None:
    """A long file is ranked by the query, and the line numbers fit the file."""
    rows = [f"Line {n} says nothing of interest to anybody at all." for n in range(1, 400)]
    rows[300] = "The password rotation takes place on Thursdays."
    write(tmp_path, log_txt="\n".join(rows))
    first, *_ = await read(tmp_path, "log.txt", "when are passwords rotated", 3)
    assert first.lines is not None and first.lines[0] <= 301 <= first.lines[1]
    assert first.text.split("\n")[301 - first.lines[0]] == rows[300]


@pytest.mark.parametrize("query", ["", "zebra"])
async def test_three_short_documents_all_come_back(query: str) -> None:
    """The example's folder, with no query or one that nothing answers: every document, its pages in order."""
    passages = await Files(BRIEF, (BRIEF.parents[1],))(query, 8)
    places = [(passage.uri, passage.page) for passage in passages[:5]]
    names = ("budget.txt", "meeting.md", "survey.pdf", "survey.pdf", "survey.pdf")
    assert places == [(f"examples/brief/{name}", page) for name, page in zip(names, (None, None, 1, 2, 3), strict=True)]
    assert sum(len(passage.text) for passage in passages) < 5000


async def test_places_are_shared_fairly(tmp_path: Path) -> None:
    """A long file does not crowd out a short one."""
    write(tmp_path, a_txt="\n\n".join(["word " * 200] * 20), b_txt="short", c_txt="shorter")
    assert [p.uri for p in await read(tmp_path, "", k=4)] == ["a.txt", "b.txt", "c.txt", f"{tmp_path}/"]
    assert [p.uri for p in await read(tmp_path, "", k=3)] == ["a.txt", "b.txt", "c.txt"]


async def test_a_folder_with_more_files_than_places_leads_with_its_list(tmp_path: Path) -> None:
    """So that a reader knows what to ask for next."""
    write(tmp_path, **{f"docs__n{n}_txt": f"text {n}" for n in range(9)})
    listing, first = await read(tmp_path, "docs", k=2)
    assert listing.uri == "docs/" and "n8.txt (6 bytes)" in listing.text and first.uri == "docs/n0.txt"


async def test_a_question_is_asked_of_all_files(tmp_path: Path) -> None:
    """Only what answers comes back, whichever file it is in."""
    write(tmp_path, a_txt="Nothing here.", b__c_md="The ferry leaves at noon.", d_csv="ferry,price\nnorth,4\n")
    assert {p.uri for p in await read(tmp_path, "", "ferry price")} == {"b/c.md", "d.csv"}


async def test_html_and_pdf_files_are_read_as_such(tmp_path: Path) -> None:
    """Through the readers of pages and documents, by name, a PDF also by its bytes."""
    write(tmp_path, p_html="<nav>menu</nav><p>Page</p>", d_pdf=made("Sheet"), x_bin=made("Hidden sheet"))
    assert {p.text for p in await read(tmp_path, "")} >= {"Page", "Sheet", "Hidden sheet"}


async def test_what_is_closed_or_belongs_to_tools_is_skipped(tmp_path: Path) -> None:
    """Neither read nor listed."""
    write(tmp_path, a_txt="seen")
    for name in (".env", ".venv/lib.py", ".git/config", "sub/.netrc", "node_modules/left-pad/index.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("no")
    seen, listing = await read(tmp_path, "")
    assert (seen.text, listing.text) == ("seen", "a.txt (4 bytes)")


async def test_a_file_that_cannot_be_read_is_noted_and_the_rest_is_read(tmp_path: Path) -> None:
    """A damaged document does not spoil its folder."""
    write(tmp_path, a_txt="good", b_pdf=b"%PDF-1.4 broken", c_png=b"\x89PNG\0\0")
    passages = await read(tmp_path, "")
    assert passages[0].text == "good"
    assert "b.pdf (not read: b.pdf is damaged" in passages[-1].text and "c.png is binary" in passages[-1].text


@pytest.mark.parametrize("name", ["../secret.txt", "link.txt", "folder/link.txt", "up/secret.txt", "/etc/hostname"])
async def test_nothing_outside_the_roots_is_read(tmp_path: Path, name: str) -> None:
    """Dots, links to files, links to folders, absolute paths: refused, and the granted folders are named."""
    root = tmp_path / "root"
    write(tmp_path, secret_txt="secret", root__folder__a_txt="fine")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "folder" / "link.txt").symlink_to("../../secret.txt")
    (root / "up").symlink_to(tmp_path)
    with pytest.raises(SourceRefused, match="outside the folders") as refused:
        await read(root, name)
    assert str(root) in str(refused.value)


async def test_links_inside_a_folder_are_followed_only_within_the_roots(tmp_path: Path) -> None:
    """A link out of the granted folders is listed as not read; no folder is entered through one."""
    root = tmp_path / "root"
    write(tmp_path, secret_txt="secret", root__a_txt="fine", outer__b_txt="secret too")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "in.txt").symlink_to(root / "a.txt")
    (root / "door").symlink_to(tmp_path / "outer")
    passages = await read(root, "")
    assert "secret" not in {p.text for p in passages} and "out.txt (not read:" in passages[-1].text


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("none.txt", SourceNotFound, "there is no none.txt in"),
        ("empty.txt", SourceUnreadable, "empty.txt is empty"),
        ("blob.bin", SourceUnreadable, "blob.bin is binary"),
        ("pipe", SourceUnreadable, "pipe is not a regular file"),
        ("bare", SourceNotFound, "has no files"),
        ("a\0b", SourceRefused, "not a usable path"),
        ("x" * 5000, SourceRefused, "not a usable path"),
        ("loop", SourceRefused, "not a usable path"),
    ],
)
async def test_what_cannot_be_read_has_its_own_line(
    tmp_path: Path, name: str, error: type[SourceError], said: str
) -> None:
    """Missing, empty, binary, a pipe nobody writes to, an empty folder, no path at all."""
    write(tmp_path, empty_txt=" \n", blob_bin=bytes(range(256)))
    (tmp_path / "bare").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(error, match=said) as raised:
        await read(tmp_path, name)
    assert "\n" not in str(raised.value)


async def test_sizes_and_counts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file alone, one file among many, and the number of files."""
    monkeypatch.setattr(integrations.files, "MOST_BYTES", 100)
    monkeypatch.setattr(integrations.files, "MOST_FILES", 3)
    monkeypatch.setattr(integrations.files, "_MOST_IN_FOLDER", 50)
    write(tmp_path, a_txt="x" * 101, b_txt="x" * 60, c_txt="x", d_txt="x")
    with pytest.raises(SourceRefused, match="has 101 bytes; at most 100"):
        await read(tmp_path, "a.txt")
    assert len(await read(tmp_path, "b.txt")) == 1
    passages = await read(tmp_path, "")
    assert [p.uri for p in passages] == ["c.txt", f"{tmp_path}/"] and "d.txt" not in passages[-1].text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
async def test_text_in_usual_encodings_is_read(tmp_path: Path, codec: str) -> None:
    """With and without a byte order mark."""
    write(tmp_path, a_txt="Žluťoučký kůň".encode(codec))
    assert (await read(tmp_path, "a.txt"))[0].text == "Žluťoučký kůň"


async def test_a_root_may_be_a_single_file(tmp_path: Path) -> None:
    """Then it is granted, and its neighbours are not."""
    write(tmp_path, a_txt="yes", b_txt="no")
    (passage,) = await Files(tmp_path / "a.txt", (tmp_path / "a.txt",))("", 3)
    assert (passage.text, passage.uri) == ("yes", "a.txt")
    with pytest.raises(SourceRefused):
        await Files(tmp_path / "b.txt", (tmp_path / "a.txt",))("", 3)


def test_a_projects_dotfiles_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what tools keep, and not those of a home folder, which are other programs'."""
    for name in ("a.py", ".github/ci.yml", ".eslintrc", ".git/config", ".venv/x.py", "node_modules/y.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    names = [path.relative_to(tmp_path).as_posix() for path in walk(tmp_path)]
    assert names == [".eslintrc", "a.py", ".github/ci.yml"]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert [path.name for path in walk(tmp_path)] == ["a.py"]


async def test_pipes_and_patterns_of_a_repository_stop_nothing(tmp_path: Path) -> None:
    """A pipe is noted, as are pipes in the place of files of rules; a pattern that backtracks takes no time."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "sub" / ".gitignore")
    os.mkfifo(tmp_path / ".swarmignore")
    (tmp_path / ".gitignore").write_text("*a*a*a*a*a*a*a*a*ab\n")
    (tmp_path / ("a" * 60)).write_text("text")
    began = time.monotonic()
    found = await read(tmp_path, "", k=9)
    assert {each.text for each in found} >= {"text"} and time.monotonic() - began < 3
    assert any("not a regular file" in each.text for each in found)
