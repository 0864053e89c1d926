from stall.cache import Recent
from stall.slots import free, merge


def test_slots_that_touch():
    assert merge([(10, 20), (20, 30)]) == [(10, 30)]


def test_a_slot_within_another():
    assert merge([(10, 60), (20, 30)]) == [(10, 60)]


def test_free():
    assert free((540, 720), [(600, 630)]) == [(540, 600), (630, 720)]


def test_taken_before_the_day():
    assert free((540, 720), [(0, 30)]) == [(540, 720)]


def test_reading_counts_as_use():
    cache = Recent(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert cache.get("b") is None
    assert cache.get("a") == 1


def test_an_entry_put_again():
    cache = Recent(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.put("b", 3)
    assert cache.get("a") == 1
