"""What README.md promises, beyond what the visible tests look at."""

import pytest
from stall.cache import Recent
from stall.discounts import item_total, order_total
from stall.money import cents, percent, share, text
from stall.orders import Item, OrderError, read
from stall.report import by_customer, table
from stall.slots import free, merge


def test_amounts_are_whole_texts() -> None:
    """What stands behind an amount is an error."""
    for wrong in ("1.234", "1x", "", "1.", "abc"):
        with pytest.raises(ValueError):
            cents(wrong)
    assert [cents("-0.5"), cents("0.05"), cents("12.3")] == [-50, 5, 1230]


def test_rounding_is_away_from_zero() -> None:
    """Half a cent is rounded alike on both sides, and exactly."""
    assert [percent(each, 5) for each in (10, 30, 50, -10, -30, 0)] == [1, 2, 3, -1, -2, 0]
    assert percent(10**17 + 50, 1) == 10**15 + 1


def test_shares_add_up() -> None:
    """Parts differ by a cent and add up, also below zero."""
    assert share(-100, 3) == [-34, -33, -33]
    assert share(2, 3) == [1, 1, 0]


def test_negative_text() -> None:
    """A minus stands before the whole amount."""
    assert [text(-5), text(-150), text(-100), text(7)] == ["-0.05", "-1.50", "-1.00", "0.07"]


def test_readings_do_not_mix() -> None:
    """Each reading begins with nothing."""
    assert len(read(["1;2024-01-01;A;x@1"])) == 1
    assert [order.id for order in read(["2;2024-01-01;B;y@1"])] == ["2"]


def test_line_numbers_count_all_lines() -> None:
    """Skipped lines count."""
    with pytest.raises(OrderError, match=r"line 4\b"):
        read(["", "# x", "1;2024-01-01;A;x@1", "2;2024-13-01;A;x@1"])


def test_doubled_quotes() -> None:
    """A doubled quote in a quoted field is a quote."""
    [order] = read(['1;2024-01-01;"""A"";B";x*2@1.5'])
    assert order.customer == '"A";B' and order.items == [Item("x", 2, 150)]


def test_steps() -> None:
    """The larger step counts from its number on."""
    assert [item_total(Item("x", count, 100)) for count in (10, 49, 50, 51)] == [950, 4655, 4400, 4488]


def test_large_orders() -> None:
    """The discount of a large order comes after those of its items."""
    [order] = read(["1;2024-01-01;A;x*50@3.00"])
    assert order_total(order) == 13200 - 396


def test_merge_leaves_its_list_alone() -> None:
    """Slots come in any order and stay as they are."""
    slots = [(50, 60), (10, 20), (15, 18), (20, 25)]
    assert merge(slots) == [(10, 25), (50, 60)]
    assert slots == [(50, 60), (10, 20), (15, 18), (20, 25)]


def test_free_stays_within_the_day() -> None:
    """What is taken outside of the day takes nothing."""
    assert free((100, 200), [(250, 300), (0, 120), (190, 260)]) == [(120, 190)]
    assert free((100, 200), [(50, 60)]) == [(100, 200)]
    assert free((100, 200), [(50, 260)]) == []
    assert free((100, 200), [(300, 400)]) == [(100, 200)]


def test_a_missing_key_is_not_stored() -> None:
    """Asking for what is not there leaves no trace."""
    cache = Recent(2)
    assert cache.get("x", 5) == 5 and len(cache) == 0
    assert cache.get("x", 6) == 6


def test_none_keeps_nothing() -> None:
    """A size of 0 keeps nothing, and putting again counts as use."""
    cache = Recent(0)
    cache.put("a", 1)
    assert len(cache) == 0
    cache = Recent(2)
    for key in ("a", "b", "a", "c"):
        cache.put(key, key)
    assert cache.get("a") == "a" and cache.get("b") is None


def test_report_order() -> None:
    """Equal totals stand by name without regard to case, and columns are straight."""
    orders = read([f"{name};2024-01-01;{name};x@1" for name in ("b", "C", "a")])
    assert [name for name, _ in by_customer(orders)] == ["a", "b", "C"]
    assert table([("A", 5), ("Long", -12345)]) == "A        0.05\nLong  -123.45"
