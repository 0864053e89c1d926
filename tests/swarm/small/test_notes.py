"""A summary is put together of notes that their sources bear out."""

import pytest

from swarm.small.notes import (
    Noted,
    Stretch,
    counted,
    faithful,
    fault_of_note,
    points_a_stretch,
    quoted,
    stretches,
    summary,
)
from swarm.tree.briefing import Material

_TEXT = "The pilot costs 9,350 EUR in twelve months.\nThe Friends have promised 6,000 EUR before 1 June."


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ("The pilot costs 9,350 EUR.", ""),
        ("The pilot costs 9350 EUR.", ""),
        ("The pilot costs 9,530 EUR.", "9530 does not stand in the source"),
        ("Elephants wander slowly through distant jungles.", "most of its words do not stand in the source"),
    ],
)
def test_a_notes_figures_and_words_must_stand_in_its_source(note: str, fault: str) -> None:
    """So an invented figure is found, however it is written."""
    assert fault_of_note(note, _TEXT) == fault


def test_faithful_notes_are_kept_once_each() -> None:
    """An invention goes, and so does a note that says the same as another."""
    points = ["The pilot costs 9,350 EUR", "The pilot costs 7 EUR.", "The pilot costs 9,350 EUR in all.", "6,000"]
    stretch = Stretch(source="a.txt", text=_TEXT)
    assert faithful(points, stretch) == ("The pilot costs 9,350 EUR.",)
    assert faithful(points, stretch, before=("The pilot costs 9,350 EUR.",)) == ()


def test_where_no_note_is_faithful_the_source_speaks() -> None:
    """Its sentences with figures, in their order."""
    assert quoted(Stretch(source="a.txt", text=_TEXT)) == (
        "The pilot costs 9,350 EUR in twelve months.",
        "The Friends have promised 6,000 EUR before 1 June.",
    )


def test_sources_are_cut_by_page_and_paragraph() -> None:
    """Nothing is lost, each part knows its page, and neighbours that are short stand together."""
    pages = "[page 1]\n" + "a" * 500 + "\n[page 2]\n" + "b" * 100 + "\n[page 3]\n" + "c" * 600
    found = stretches([Material(place="d/x.pdf", text=pages), Material(place="y.txt", text="word " * 300)])
    assert [each.where for each in found if each.source == "d/x.pdf"] == ["pages 1-2", "page 3"]
    assert sum(each.text.count("word") for each in found) == 300
    assert all(len(each.text) < 1100 for each in found)
    assert found[0].place == "x.pdf, pages 1-2"


def test_many_sources_are_noted_in_a_bounded_number_of_stretches() -> None:
    """However much was read, and of each beginning something."""
    found = stretches([Material(place=f"{n}.txt", text=f"{n} " * 2000) for n in range(40)])
    assert 10 <= len(found) <= 14
    assert len({each.source for each in found}) > 10


def test_a_summary_names_the_place_of_each_note_and_all_sources() -> None:
    """By source, with its page, and a list at the end."""
    noted = [
        Noted(stretch=Stretch(source="b/x.pdf", where="page 2", text="t"), points=("It rains.", "It pours.")),
        Noted(stretch=Stretch(source="b/y.txt", text="t"), points=("The sun shines.",)),
    ]
    text = summary("All about the weather.", noted)
    assert text.startswith("# Summary of b/\n\nAll about the weather.\n\n## x.pdf\n\n- It rains (x.pdf, page 2).\n")
    assert text.endswith("- The sun shines (y.txt).\n\n## Sources\n\n- b/x.pdf\n- b/y.txt\n")
    assert counted("Give two bullet points", noted) == "- It rains.\n- The sun shines.\n"
    assert counted("Summarise it in one sentence", noted) == "It rains.\n"
    assert counted("Summarise it", noted) == ""
    assert [points_a_stretch(count) for count in (0, 1, 6, 8, 14, 90)] == [3, 3, 3, 2, 1, 1]
