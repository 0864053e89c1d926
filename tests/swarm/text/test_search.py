"""Searching files: lines that match, names that fit, patterns that must not hang."""

from pathlib import Path

import pytest

from swarm.text.search import SearchFault, search_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small project."""
    for name, text in {
        "src/a.py": "x = 1\ny = two(x)\n",
        "src/deep/b.py": "two = 2\n",
        "notes.md": "Two notes\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "data.bin").write_bytes(b"two\0two")
    return tmp_path


def _found(folder: Path, pattern: str, files: str = "") -> list[str]:
    return list(search_files(folder, sorted(path for path in folder.rglob("*") if path.is_file()), pattern, files).rows)


def test_lines_are_named_with_their_places(folder: Path) -> None:
    """Binary files are not searched."""
    assert _found(folder, r"\btwo\b") == ["src/a.py:2:y = two(x)", "src/deep/b.py:1:two = 2"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ("src", 2),
        ("src/", 2),
        ("*.py", 2),
        ("src/**/*.py", 2),
        ("src/*.py", 2),
        ("notes.md", 1),
        ("**/*.md", 1),
        ("**/*.{py,md}", 3),
        ("{src,docs}/*.{py,md}", 2),
    ],
)
def test_files_narrow_the_search(folder: Path, files: str, found: int) -> None:
    """By a folder, a name or a glob; without a pattern the names are listed."""
    assert len(_found(folder, "", files)) == found


def test_files_that_are_not_there_are_a_fault_with_those_that_are(folder: Path) -> None:
    """No glob fits is no "nothing matches"; of many files their kinds and folders are said."""
    with pytest.raises(SearchFault, match=r"no file is named like \*\.rs; there are: .*notes\.md, src/a\.py"):
        _found(folder, "x", "*.rs")
    for number in range(20):
        (folder / f"t{number}.txt").write_text("")
    with pytest.raises(SearchFault, match=r"there are: 20 \.txt, 2 \.py, .*in src/"):
        _found(folder, "", "no")


def test_lines_keep_their_indentation_and_a_cut_has_a_mark(folder: Path) -> None:
    """What stands there is what is shown: an edit can be made from it."""
    (folder / "c.py").write_text("if x:\n    here = 1\n" + "here" * 200 + "\n")
    first, second = _found(folder, "here", "c.py")
    assert first == "c.py:2:    here = 1" and second.endswith("here …") and len(second) < 320


def test_lines_around_a_hit_are_shown_and_not_counted(folder: Path) -> None:
    """As grep shows them; groups that meet are one."""
    (folder / "d.txt").write_text("".join(f"line {number}\n" for number in range(1, 30)))
    hits = search_files(folder, [folder / "d.txt"], "line (3|20)$", "", 1)
    told = ["d.txt-2-line 2", "d.txt:3:line 3", "d.txt-4-line 4", "--", "d.txt-19-line 19", "d.txt:20:line 20"]
    assert list(hits.rows[:-1]) == told
    assert "more left out" not in hits.shown(1000) and "[... 1 more" in hits.shown(60)


def test_a_pattern_that_is_none_is_taken_as_a_text(folder: Path) -> None:
    """Whoever looks for `two(` finds it."""
    assert _found(folder, "two(") == ["src/a.py:2:y = two(x)"]


def test_a_pattern_that_would_run_for_ever_is_refused(folder: Path) -> None:
    """In well under a second, with the place named."""
    (folder / "evil.txt").write_text("a" * 60 + "!")
    with pytest.raises(SearchFault, match=r"takes too long on evil\.txt:1"):
        _found(folder, r"(a|aa)+$|(a+)+b$")


def test_what_does_not_fit_is_counted(folder: Path) -> None:
    """And the model is told to narrow it."""
    (folder / "many.txt").write_text("hit\n" * 5000)
    shown = search_files(folder, [folder / "many.txt"], "hit", "").shown(500)
    assert len(shown) < 600 and "more left out" in shown
