"""Sources are named where they are asked for."""

from swarm.citing import joined, meant, with_sources
from swarm.reports import Observation

_SEEN = (
    Observation(action="retrieve a", outcome="ok", text="", evidence=("a/plan.txt, lines 1-9", "a/costs.pdf, page 1")),
    Observation(action="retrieve b", outcome="ok", text="", evidence=("a/costs.pdf, page 2",)),
)


def test_a_text_that_leaves_a_source_out_gets_the_list() -> None:
    """Each source once, without its pages and lines."""
    text = with_sources("All from plan.txt.\n", "s.md", "a summary with sources", _SEEN)
    assert text == "All from plan.txt.\n\n## Sources\n\n- a/plan.txt\n- a/costs.pdf\n"


def test_a_text_that_names_all_or_is_not_asked_for_any_stays() -> None:
    """Nothing is added to a letter, nor to a text that cites."""
    assert with_sources("Dear all,", "l.txt", "a letter to all", _SEEN) == "Dear all,"
    assert with_sources("plan.txt, costs.pdf", "c.md", "cite everything", _SEEN) == "plan.txt, costs.pdf"
    assert with_sources("No sources were read.", "n", "with sources", ()) == "No sources were read."


def test_nothing_is_added_to_a_file_that_is_not_prose() -> None:
    """A list of sources would break a program, a table or a page."""
    for path in ("a.py", "b.json", "c.csv", "d.html", "e.SH"):
        assert with_sources("x = 1\n", path, "with sources", _SEEN) == "x = 1\n"


def test_a_bare_name_means_the_nodes_own_file() -> None:
    """Memory knows files of the same name from other runs, which are no sources of this one."""
    told = ("file:///runs/a/notes.md, lines 1-9", "file:///runs/b/notes.md", "https://example.org/fares")
    assert meant(["notes.md"], ["notes.md, lines 1-4"], told) == ["notes.md, lines 1-4"]
    assert meant(["notes.md"], [], told) == []
    assert meant(["notes.md"], [], told[:1]) == list(told[:1])
    assert meant(["fares", "[file:///runs/b/notes.md]"], [], told) == [told[2], told[1]]


def test_ranges_of_one_file_are_one_source_where_they_meet() -> None:
    """In the order in which they were read first; of a file that is named whole none is left."""
    read = ["a.py, lines 10-20", "b.md", "a.py, lines 40-50", "a.py, lines 1-12", "b.md, lines 3-4", "c.pdf, page 2"]
    assert joined(read) == ["a.py, lines 1-20", "a.py, lines 40-50", "b.md", "c.pdf, page 2"]
    assert joined(["c.pdf, page 2", "c.pdf, page 3", "d, line 7"]) == ["c.pdf, pages 2-3", "d, line 7"]
