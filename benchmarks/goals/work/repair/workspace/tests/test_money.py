import pytest

from stall.money import cents, percent, share, text


def test_amounts():
    assert [cents(each) for each in ("1", "1.50", "-0.05")] == [100, 150, -5]


def test_one_place():
    assert cents("1.5") == 150


def test_too_many_places():
    with pytest.raises(ValueError):
        cents("1.505")


def test_half_a_cent():
    assert percent(150, 5) == 8
    assert percent(-150, 5) == -8
    assert percent(250, 1) == 3


def test_share():
    assert share(100, 3) == [34, 33, 33]


def test_text():
    assert text(1234) == "12.34"
    assert text(-5) == "-0.05"
