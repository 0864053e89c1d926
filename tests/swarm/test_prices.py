"""What tokens cost."""

from pathlib import Path

import pytest

from swarm.errors import UsageError
from swarm.prices import cost, find_price


def test_a_known_model_has_a_price_and_dated_names_share_it() -> None:
    """A million tokens each way cost the two listed prices."""
    assert cost("gpt-4o-mini", 1_000_000, 1_000_000) == pytest.approx(0.75)
    assert find_price("gpt-4o-mini-2024-07-18") == find_price("gpt-4o-mini")


def test_the_longest_name_counts_and_a_similar_one_does_not() -> None:
    """gpt-4.1-mini is not gpt-4.1, and gpt-4.15 is neither."""
    assert find_price("gpt-4.1-mini") != find_price("gpt-4.1")
    assert find_price("gpt-4.15") is None


def test_an_unknown_model_has_no_price() -> None:
    """None, not zero: nobody should think it is free."""
    assert cost("who-knows", 10, 10) is None


def test_a_file_overrides_and_adds(tmp_path: Path) -> None:
    """SWARM_PRICES is asked first; a star takes every name that begins so."""
    path = tmp_path / "prices.yaml"
    path.write_text('gpt-4o-mini: {in: 1, out: 2}\n"local*": {in: 0, out: 0}\n')
    assert cost("gpt-4o-mini", 1_000_000, 0, path) == 1.0
    assert cost("local/llama", 5, 5, path) == 0.0
    assert cost("gpt-4.1", 1_000_000, 0, path) == 2.0


@pytest.mark.parametrize("content", ["- a list", "m: {in: -1, out: 1}", "m: {in: 1}", "a: [", "m: {in: .nan, out: 1}"])
def test_a_bad_file_is_one_clear_line(tmp_path: Path, content: str) -> None:
    """The variable and the file are named."""
    path = tmp_path / "prices.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match="SWARM_PRICES=") as caught:
        cost("m", 1, 1, path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    """It cannot be read, and the line says which."""
    with pytest.raises(UsageError, match=r"none\.yaml cannot be read"):
        cost("m", 1, 1, tmp_path / "none.yaml")
