import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from trips import busiest, groups, impossible, minutes, read, report

TEXT = """# begin end bike from to
0 10 b1 Oak Elm
5 15 b2 Elm Ash
8 20 b1 Bay Cod
15 16 b2 Ash Oak
"""


def test_minutes():
    assert minutes(read(TEXT)) == {"b1": 22, "b2": 11}


def test_busiest():
    assert busiest(read(TEXT)) == (8, 3)
    assert busiest([]) == (None, 0)


def test_groups():
    assert groups(read(TEXT)) == [["Ash", "Elm", "Oak"], ["Bay", "Cod"]]


def test_impossible():
    assert impossible(read(TEXT)) == [(0, 2)]


def test_report():
    assert report(read(TEXT)) == "b1 22\nb2 11\nbusiest 8 3\ngroup Ash Elm Oak\ngroup Bay Cod\nimpossible 0 2\n"
