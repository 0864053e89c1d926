import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from cli import main
from notes import Book, BookError


def test_adding_and_removing(tmp_path):
    book = Book(tmp_path / "n.json")
    assert [book.add("milk"), book.add("bread")] == [1, 2]
    book.remove(1)
    assert Book(tmp_path / "n.json").lines() == ["2 bread"]
    with pytest.raises(BookError):
        book.remove(1)


def test_the_command_line(tmp_path, capsys):
    file = str(tmp_path / "n.json")
    assert main([file, "add", "milk"]) == 0 and main([file, "list"]) == 0
    assert capsys.readouterr().out == "1\n1 milk\n"
    assert main([file, "remove", "9"]) == 1


def test_a_newer_file(tmp_path):
    (tmp_path / "n.json").write_text(json.dumps({"version": 9, "notes": []}))
    with pytest.raises(BookError):
        Book(tmp_path / "n.json")


def test_tags(tmp_path):
    book = Book(tmp_path / "n.json")
    book.add(" buy   milk ", ["#Shop", "home", "shop"])
    book.add("rest")
    assert book.lines() == ["1 buy milk #shop #home", "2 rest"]
    assert book.find("#SHOP") == [1] and book.find("sho") == []


def test_an_empty_note(tmp_path):
    with pytest.raises(BookError):
        Book(tmp_path / "n.json").add("  ")


def test_nothing_listed_prints_nothing(tmp_path, capsys):
    assert main([str(tmp_path / "n.json"), "list"]) == 0
    assert capsys.readouterr().out == ""


def test_letters_stay_as_they_are(tmp_path):
    Book(tmp_path / "n.json").add("Käse")
    assert "Käse" in (tmp_path / "n.json").read_text(encoding="utf-8")
