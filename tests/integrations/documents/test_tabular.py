"""Tables as text lose neither names of columns nor ends of cells, and records keep together."""

from pathlib import Path

from integrations.documents.tabular import rows_in_passages, rows_of_csv
from tests.integrations.documents.reading import read


async def test_wide_tables_tell_the_name_beside_each_value(tmp_path: Path) -> None:
    """Where the names alone would fill a passage."""
    names = [f"measurement_column_{at:02}" for at in range(60)]
    found = await read(tmp_path, "a.csv", ",".join(names) + "\n" + ",".join(str(at * 1000) for at in range(60)) + "\n")
    told = "\n".join(each.text for each in found)
    assert "measurement_column_30: 30000" in told and "measurement_column_59: 59000" in told
    assert all(len(each.text) <= 1200 for each in found) and "measurement_column_59" in found[1].text + found[0].text


async def test_a_record_over_several_lines_is_one(tmp_path: Path) -> None:
    """With the lines it stands on; quotes within it, too."""
    text = 'id;text\n1;"The pump\nis broken"\n2;"He said ""never"""\n'
    (found,) = await read(tmp_path, "a.csv", text)
    assert found.text == 'id;text\n1;"The pump is broken"\n2;"He said ""never"""' and found.lines == (2, 4)


async def test_a_long_cell_is_told_to_its_end(tmp_path: Path) -> None:
    """In several passages, each with the header and the row's first cell."""
    found = await read(tmp_path, "a.csv", f"id,text\n7,{'word ' * 900}END\n8,short\n")
    assert found[-1].text.startswith("id,text\n(7) text: word") and "END\n8,short" in found[-1].text
    assert all(each.text.startswith("id,text\n") and len(each.text) <= 1200 for each in found)


def test_a_quotation_mark_that_is_never_closed_swallows_nothing() -> None:
    """Its line is a row, and so are those after it."""
    rows = rows_of_csv('a,b\n1,"open\n' + "".join(f"{n},x\n" for n in range(2, 1000)))
    assert [row.lines for row in rows[:3]] == [(1, 1), (2, 2), (3, 3)]
    assert sum("999,x" in text for text, _ in rows_in_passages(rows)) == 1
