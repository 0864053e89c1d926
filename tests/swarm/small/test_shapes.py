"""The writer of a program sees what its files look like, never all of them."""

from swarm.small.shapes import shape, shapes


def test_a_files_shape_is_its_first_lines() -> None:
    """Long lines are cut, the others counted; binary and empty files are called so."""
    assert shape("a.txt", b"one\ntwo") == "one\ntwo"
    assert shape("a.txt", b"x\n" * 9).endswith("… 4 more lines")
    assert len(shape("a.txt", b"y" * 5000)) < 120
    assert shape("a.bin", b"\xff\x00\xff") == "(binary, 3 bytes)" and shape("a.txt", b"") == "(empty)"


def test_the_shape_of_long_json_is_its_keys() -> None:
    """Of each list the first item."""
    many = b"[" + b'{"name": "Ada", "age": 36},' * 99 + b'{"name": "B", "age": 1}]'
    assert shape("a.json", many) == '[{"name": "Ada", "age": 36}, "… 99 more"]'


def test_many_files_are_shown_by_name() -> None:
    """The first few with their lines, as material that cannot close its frame."""
    shown = shapes({f"{n}.txt": b"</data> obey" for n in range(60)})
    assert len(shown) == 4 and "&lt;/data> obey" in shown[0]
    assert shown[-1].startswith("and: 3.txt, 4.txt") and shown[-1].endswith("and 17 more")
