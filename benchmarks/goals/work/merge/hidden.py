"""Both features, all that was mended, and the two with each other."""

import json
import subprocess
import sys
from pathlib import Path

import notes
import pytest
from notes import Book, BookError, Note

_TOP = Path(__file__).parent
_OLD = {
    "1": {"version": 1, "notes": [{"id": 1, "text": "a"}, {"id": 4, "text": "b"}]},
    "ours": {"version": 2, "notes": [{"id": 2, "text": "Käse", "tags": ["shop"]}]},
    "theirs": {"version": 2, "next": 9, "notes": [{"id": 3, "text": "c", "due": "2024-05-01"}]},
}


def _run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "cli", str(folder / "n.json"), *arguments]
    done = subprocess.run(command, cwd=_TOP, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout


def test_the_names() -> None:
    """Theirs is the layout, ours are the names."""
    assert not hasattr(notes, "Store") and not hasattr(notes, "StoreError")
    assert Path(str(notes.__file__)).name == "__init__.py" and not (_TOP / "notes.py").exists()


def test_together(tmp_path: Path) -> None:
    """Filters that are given together must all fit; the earliest comes first."""
    book = Book(tmp_path / "n.json")
    book.add(" buy   milk ", ["#Shop", "home", "shop"], "2024-05-03")
    book.add("rest", due="2024-05-02")
    book.add("bread", tags=("SHOP",), due="2024-05-01")
    book.add("salt", ("shop",))
    assert book.lines()[0] == "1 buy milk (due 2024-05-03) #shop #home"
    assert book.find("Shop") == book.find(tag="#shop") == [1, 3, 4]
    assert book.find(before="2024-05-04") == [3, 2, 1]
    assert book.find(tag="shop", before="2024-05-04") == [3, 1]
    assert book.find() == [1, 2, 3, 4]
    assert not hasattr(book, "due_before")
    note = book.notes[1]
    assert isinstance(note, Note) and (note.id, note.text, list(note.tags), note.due) == (
        1,
        "buy milk",
        ["shop", "home"],
        "2024-05-03",
    )


def test_the_file(tmp_path: Path) -> None:
    """Version 3, in order, UTF-8, nothing beside it."""
    path = tmp_path / "n.json"
    book = Book(path)
    book.add("Käse", ["kühl"], "2024-05-01")
    book.remove(book.add("b"))
    text = path.read_bytes().decode("utf-8")
    assert "Käse" in text and list(json.loads(text)) == ["version", "next", "notes"]
    assert json.loads(text)["version"] == 3 and json.loads(text)["next"] == 3
    assert list(json.loads(text)["notes"][0].items()) == [
        ("id", 1),
        ("text", "Käse"),
        ("tags", ["kühl"]),
        ("due", "2024-05-01"),
    ]
    assert [each.name for each in tmp_path.iterdir()] == ["n.json"]
    assert Book(path).add("c") == 3 and Book(path).lines()[0] == "1 Käse (due 2024-05-01) #kühl"


@pytest.mark.parametrize(("kind", "number"), [("1", 5), ("ours", 3), ("theirs", 9)])
def test_old_files(tmp_path: Path, kind: str, number: int) -> None:
    """All are read, and written as version 3."""
    path = tmp_path / "n.json"
    path.write_text(json.dumps(_OLD[kind], ensure_ascii=False), encoding="utf-8")
    book = Book(path)
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == _OLD[kind]["version"]
    assert book.add("new", ["x"]) == number
    data = json.loads(path.read_text(encoding="utf-8"))
    assert (data["version"], data["next"]) == (3, number + 1)
    assert all(list(note) == ["id", "text", "tags", "due"] for note in data["notes"])
    assert Book(path).find("x") == [number]


def test_newer_files_and_errors(tmp_path: Path) -> None:
    """Each is a BookError."""
    path = tmp_path / "n.json"
    path.write_text(json.dumps({"version": 4, "next": 1, "notes": []}))
    with pytest.raises(BookError, match=r"^version 4 is too new$"):
        Book(path)
    path.unlink()
    book = Book(path)
    for wrong in (lambda: book.add("  "), lambda: book.add("a", due="tomorrow"), lambda: book.remove(7)):
        with pytest.raises(BookError):
            wrong()
    assert not path.exists() or not Book(path).notes


def test_a_crash_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is replaced, not written over."""
    path = tmp_path / "n.json"
    Book(path).add("a")
    path.chmod(0o644)
    before, inode = path.read_bytes(), path.stat().st_ino
    Book(path).add("b")
    assert path.stat().st_ino != inode and path.read_bytes() != before


def test_the_command_line(tmp_path: Path) -> None:
    """Every option of both sides, and an export with all columns."""
    assert _run(tmp_path, "list") == (0, "")
    assert _run(tmp_path, "export") == (0, "id,text,tags,due\n")
    assert _run(tmp_path, "add", "milk, fresh", "--tag", "shop", "--due", "2024-05-02", "--tag", "Home") == (0, "1\n")
    assert _run(tmp_path, "add", "rest", "--due", "2024-05-01") == (0, "2\n")
    assert _run(tmp_path, "list", "--before", "2024-06-01", "--tag", "#shop") == (
        0,
        "1 milk, fresh (due 2024-05-02) #shop #home\n",
    )
    assert _run(tmp_path, "list", "--before", "2024-05-01") == (0, "")
    assert _run(tmp_path, "export") == (
        0,
        'id,text,tags,due\n1,"milk, fresh",shop home,2024-05-02\n2,rest,,2024-05-01\n',
    )
    assert _run(tmp_path, "add", " ")[0] == 1 and _run(tmp_path, "list", "--before", "x")[0] == 1
