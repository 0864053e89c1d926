"""Cutting text into passages."""

from hypothesis import given
from hypothesis import strategies as st

from swarm.chunks import chunks


def test_short_text_is_one_chunk_with_its_lines() -> None:
    """Blank edges do not count."""
    (chunk,) = chunks("\n\na\nb\n\nc\n\n")
    assert (chunk.text, chunk.lines) == ("a\nb\n\nc", (3, 6))


def test_cuts_fall_between_paragraphs() -> None:
    """A paragraph is not torn while it fits."""
    paragraphs = ["x" * 50 + f"\n{n}" for n in range(6)]
    cut = chunks("\n\n".join(paragraphs), limit=120)
    assert [chunk.text for chunk in cut] == ["\n\n".join(paragraphs[n : n + 2]) for n in (0, 2, 4)]
    assert [chunk.lines for chunk in cut] == [(1, 5), (7, 11), (13, 17)]


def test_a_heading_opens_a_chunk_once_the_last_is_half_full() -> None:
    """So that it stays with what it heads."""
    assert [chunk.text for chunk in chunks(f"{'x' * 60}\n\n# Next\n\nwords", limit=100)] == [
        "x" * 60,
        "# Next\n\nwords",
    ]


def test_a_long_paragraph_is_cut_at_lines() -> None:
    """And the numbers follow."""
    cut = chunks("\n".join(f"line {n:03}" for n in range(1, 31)), limit=80)
    assert [chunk.lines for chunk in cut] == [(1, 9), (10, 18), (19, 27), (28, 30)]


def test_a_long_line_is_cut_at_words() -> None:
    """With the same line number throughout."""
    cut = chunks("word " * 100, limit=60)
    assert {chunk.lines for chunk in cut} == {(1, 1)} and all(chunk.text.endswith("word") for chunk in cut)


@given(st.text(alphabet="ab .,#\n\t\r\u2028", max_size=400), st.integers(5, 60))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, limit: int) -> None:
    """Every character that is no white space comes back in order; every chunk lies where its lines say."""
    cut = chunks(text, limit)
    assert "".join("".join(chunk.text.split()) for chunk in cut) == "".join(text.split())
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for chunk in cut:
        first, last = chunk.lines
        assert len(chunk.text) <= limit and 1 <= first <= last <= len(lines)
        assert "".join(chunk.text.split()) in "".join("".join(lines[first - 1 : last]).split())
