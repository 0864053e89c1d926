"""Edits: exact, unique replacements, and what is said of those that do not apply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.text.edits import EditFault, changed_lines, diff, now_there, replace_all

_CODE = "def one():\n    return 1\n\ndef two():\n    return 2\n"


def test_edits_are_made_in_order() -> None:
    """A later edit sees what an earlier one has made."""
    assert replace_all("a b", [("a", "x y"), ("y b", "z")]) == "x z"


def test_an_edit_that_occurs_twice_names_its_lines() -> None:
    """Nothing is changed, and the model is told how to make it unique."""
    with pytest.raises(EditFault, match=r"occurs 2 times, at lines 2, 5; give more of the lines"):
        replace_all(_CODE, [("    return ", "    give ")])


def test_an_edit_that_never_occurs_shows_what_comes_nearest() -> None:
    """Where only white space differs, the lines are shown as they are."""
    with pytest.raises(
        EditFault, match=r"edit 1 of 1: .*lines 1-2 differ from it in white space only:\ndef one\(\):\n    return 1"
    ):
        replace_all(_CODE, [("def one():\n  return 1", "x")])
    with pytest.raises(EditFault, match=r"nearest are lines \d+-\d+"):
        replace_all(_CODE, [("def won():\n    pass", "x")])


@pytest.mark.parametrize(("old", "new", "said"), [("", "x", "`old` is empty"), ("one", "one", "are the same")])
def test_an_edit_without_effect_is_refused(old: str, new: str, said: str) -> None:
    """It would change nothing, or everything."""
    with pytest.raises(EditFault, match=said):
        replace_all(_CODE, [(old, new)])


def test_one_bad_edit_undoes_all() -> None:
    """All edits of an action are made, or none."""
    with pytest.raises(EditFault, match="edit 2 of 2"):
        replace_all(_CODE, [("return 1", "return 3"), ("return 9", "return 4")])


def test_a_text_keeps_its_line_endings() -> None:
    """A CRLF file is edited with plain line feeds and stays one."""
    assert replace_all("a\r\nb\r\nc\r\n", [("a\nb", "x\ny\nz")]) == "x\r\ny\r\nz\r\nc\r\n"


@given(st.text("ab\n", max_size=30), st.text("ab\n", min_size=1, max_size=4), st.text("xy\n", max_size=4))
def test_only_what_occurs_once_is_replaced(text: str, old: str, new: str) -> None:
    """The result is the text with that one place exchanged; else there is a reason."""
    try:
        assert replace_all(text, [(old, new)]) == text.replace(old, new)
        assert text.count(old) == 1
    except EditFault:
        assert text.count(old) != 1 or old == new


def test_a_long_diff_says_what_it_leaves_out() -> None:
    """It is cut at a line, and the rest is counted."""
    shown = diff("", "\n".join(map(str, range(1000))), "n.txt", 200)
    assert len(shown) < 300 and "more lines of the diff left out" in shown


def test_changed_lines_are_named() -> None:
    """Of the new text; where lines only went, the place."""
    old = "a\nb\nc\nd\ne\n"
    assert changed_lines(old, "a\nx\ny\nc\nd\ne\n") == "lines 2-3 of 6"
    assert changed_lines(old, "x\nb\nc\ne\n") == "lines 1, after 3 of 4"
    assert changed_lines(old, old.replace("\n", "\r\n")) == "line ends only"


def test_what_stands_there_after_an_edit_is_shown() -> None:
    """With its numbers and two lines around; places apart have a gap, a long part is cut in the middle."""
    old = "".join(f"line {number}\n" for number in range(1, 31))
    new = old.replace("line 3\n", "three\n    more\n").replace("line 20\n", "")
    told = ["1: line 1", "2: line 2", "3: three", "4:     more", "5: line 4", "6: line 5", "..."]
    assert now_there(old, new).split("\n") == [*told, "19: line 18", "20: line 19", "21: line 21", "22: line 22"]
    long = now_there("a\n", "".join(f"{number}\n" for number in range(100)) + "x" * 300).split("\n")
    assert len(long) == 21 and long[10] == "[... 81 more lines ...]" and long[-1] == f"101: {'x' * 200} …"
    assert now_there("a\n", "") == "" and now_there("a\n", "a\r\n") == ""
