"""What a program printed is kept within bounds, and without what only a terminal understands."""

from swarm.sandbox.output import Output


def test_colours_and_titles_are_left_out() -> None:
    """pytest with `--color=yes` is four fifths escape sequences; its words are what counts."""
    output = Output(1000)
    output.feed(b"\x1b[32m.\x1b[0m\x1b[1;31mFAILED\x1b[39;49;00m a[0]\x1b]0;title\x07 \x1b[2Kend \xe2\x9c\x93")
    assert output.text() == ".FAILED a[0] end ✓"


def test_of_too_much_the_beginning_and_the_end_are_kept() -> None:
    """With a note between them."""
    output = Output(8)
    output.feed(b"abcdefgh12345678")
    assert output.text() == "abcd\n[... 8 bytes left out ...]\n5678"
