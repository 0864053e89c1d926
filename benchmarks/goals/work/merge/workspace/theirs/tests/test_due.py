import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from cli import main
from notes import Store, StoreError


def test_due(tmp_path):
    store = Store(tmp_path / "n.json")
    for text, due in (("a", "2024-05-03"), ("b", None), ("c", "2024-05-01")):
        store.add(text, due=due)
    assert store.lines(before="2024-05-04") == ["3 c (due 2024-05-01)", "1 a (due 2024-05-03)"]
    assert store.due_before("2024-05-01") == []


def test_no_day(tmp_path):
    with pytest.raises(StoreError):
        Store(tmp_path / "n.json").add("a", due="tomorrow")


def test_export(tmp_path, capsys):
    file = str(tmp_path / "n.json")
    main([file, "add", "milk, fresh", "--due", "2024-05-01"])
    capsys.readouterr()
    assert main([file, "export"]) == 0
    assert capsys.readouterr().out == 'id,text,due\n1,"milk, fresh",2024-05-01\n'
