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
    assert _found(folder, r"\btwo\b") == ["src/a.py:2: y = two(x)", "src/deep/b.py:1: two = 2"]


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
        ("no", 0),
    ],
)
def test_files_narrow_the_search(folder: Path, files: str, found: int) -> None:
    """By a folder, a name or a glob; without a pattern the names are listed."""
    assert len(_found(folder, "", files)) == found


def test_a_pattern_that_is_none_is_taken_as_a_text(folder: Path) -> None:
    """Whoever looks for `two(` finds it."""
    assert _found(folder, "two(") == ["src/a.py:2: y = two(x)"]


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
