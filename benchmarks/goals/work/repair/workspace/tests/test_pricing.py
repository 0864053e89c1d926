from stall.discounts import item_total
from stall.orders import Item, read
from stall.report import by_customer, table


def test_discount_from_ten_on():
    assert item_total(Item("egg", 9, 100)) == 900
    assert item_total(Item("egg", 10, 100)) == 950


def test_discount_from_fifty_on():
    assert item_total(Item("egg", 60, 100)) == 5280


def test_customers():
    orders = read(["1;2024-05-03;bea;egg*2@1.00", "2;2024-05-03;Ada;egg*2@1.00", "3;2024-05-03;Cid;egg*3@1.00"])
    assert by_customer(orders) == [("Cid", 300), ("Ada", 200), ("bea", 200)]


def test_table():
    assert table([("Ada", 1200), ("Bo", 50)]) == "Ada  12.00\nBo    0.50"
