"""Words: the same word is the same term in every spelling that Unicode has for it."""

import unicodedata

import pytest

from swarm.words import split, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (unicodedata.normalize("NFD", "Übergrößenzuschlag im Café"), "Übergrößenzuschlag im Café"),
        ("ｆａｒｅ １２３", "fare 123"),
        ("Schiff\u00adfahrt", "Schifffahrt"),
        ("time\u200btable", "timetable"),
        ("\ufeffTariff", "tariff"),
        ("İstanbul", "istanbul"),
        ("غدًا", "غدا"),
        ("ﬁnal", "final"),
        ("STRASSE", "straße"),
    ],
)
def test_spellings_of_one_word(one: str, other: str) -> None:
    """Composed or not, wide, hyphenated where it may break, dotted, pointed, joined."""
    assert terms(one) == terms(other) != []


def test_a_vowel_sign_is_a_part_of_its_word() -> None:
    """Hindi, Thai and Hebrew words stay whole, and Chinese is found by each sign."""
    assert split("हिन्दी किताब") == ["हिन्दी", "किताब"]
    assert split("שָׁלוֹם") == [unicodedata.normalize("NFKC", "שָׁלוֹם")]
    assert split("渡船 fares_2024") == ["渡", "船", "fares", "2024"]
