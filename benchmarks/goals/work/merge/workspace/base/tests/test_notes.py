import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from cli import main
from notes import Store, StoreError


def test_adding_and_removing(tmp_path):
    store = Store(tmp_path / "n.json")
    assert [store.add("milk"), store.add("bread")] == [1, 2]
    store.remove(1)
    assert Store(tmp_path / "n.json").lines() == ["2 bread"]
    with pytest.raises(StoreError):
        store.remove(1)


def test_the_command_line(tmp_path, capsys):
    file = str(tmp_path / "n.json")
    assert main([file, "add", "milk"]) == 0 and main([file, "list"]) == 0
    assert capsys.readouterr().out == "1\n1 milk\n"
    assert main([file, "remove", "9"]) == 1


def test_a_newer_file(tmp_path):
    (tmp_path / "n.json").write_text(json.dumps({"version": 9, "notes": []}))
    with pytest.raises(StoreError):
        Store(tmp_path / "n.json")
