import pytest

from stall.orders import Item, OrderError, read


def test_an_order():
    [order] = read(["A1;2024-05-03;Kim;apple*3@0.50,pear@0.80"])
    assert order.items == [Item("apple", 3, 50), Item("pear", 1, 80)]


def test_quotes():
    [order] = read(['A1;2024-05-03;"Kim; son of ""Ada""";apple*1@0.50'])
    assert order.customer == 'Kim; son of "Ada"'


def test_a_broken_line():
    with pytest.raises(OrderError, match="line 3"):
        read(["# orders", "A1;2024-05-03;Kim;apple*3@0.50", "A2;2024-05-03"])
