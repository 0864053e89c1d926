"""Sources are named where they are asked for."""

from swarm.citing import with_sources
from swarm.reports import Observation

_SEEN = (
    Observation(action="retrieve a", outcome="ok", text="", evidence=("a/plan.txt, lines 1-9", "a/costs.pdf, page 1")),
    Observation(action="retrieve b", outcome="ok", text="", evidence=("a/costs.pdf, page 2",)),
)


def test_a_text_that_leaves_a_source_out_gets_the_list() -> None:
    """Each source once, without its pages and lines."""
    text = with_sources("All from plan.txt.\n", "a summary with sources", _SEEN)
    assert text == "All from plan.txt.\n\n## Sources\n\n- a/plan.txt\n- a/costs.pdf\n"


def test_a_text_that_names_all_or_is_not_asked_for_any_stays() -> None:
    """Nothing is added to a letter, nor to a text that cites."""
    assert with_sources("Dear all,", "a letter to all", _SEEN) == "Dear all,"
    assert with_sources("plan.txt, costs.pdf", "cite everything", _SEEN) == "plan.txt, costs.pdf"
    assert with_sources("No sources were read.", "with sources", ()) == "No sources were read."
