"""Office documents, tables, JSON, notebooks and ignored files, made on the spot, good and hostile."""

import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from integrations.documents.kinds import DocumentKind
from integrations.documents.office import document_passages
from integrations.files import Files, walk
from swarm.errors import SourceUnreadable
from swarm.passages import Passage


def docx(body: str) -> bytes:
    """Return the smallest Word document with this body."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>'
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", document)
    return out.getvalue()


def xlsx(sheets: dict[str, list[list[object]]]) -> bytes:
    """Return an Excel file with these sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx(*slides: tuple[str, str, str]) -> bytes:
    """Return slides, each with a title, a text and notes."""
    deck = Presentation()
    for title, text, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        slide.shapes.add_textbox(Inches(1), Inches(2), Inches(5), Inches(1)).text_frame.text = text
        slide.notes_slide.notes_text_frame.text = notes
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


async def _read(folder: Path, name: str, body: bytes | str) -> list[Passage]:
    data = body.encode() if isinstance(body, str) else body
    (folder / name).write_bytes(data)
    return await Files(folder / name, (folder,))("", 1000)


async def test_a_word_document_keeps_headings_and_tables(tmp_path: Path) -> None:
    """As Markdown."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    row = "<w:tr>" + cell + cell + "</w:tr>"
    style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'
    body = (
        f"<w:p>{style}<w:r><w:t>Tides</w:t></w:r></w:p><w:p><w:r><w:t>High water at six.</w:t></w:r></w:p>"
        f"<w:tbl>{row.format('Port', 'Fare')}{row.format('North', '3')}</w:tbl>"
    )
    (found,) = await _read(tmp_path, "a.docx", docx(body))
    assert "High water at six." in found.text and "Tides" in found.text
    assert "| Port | Fare |" in found.text and "| North | 3 |" in found.text


async def test_sheets_give_rows_under_their_header(tmp_path: Path) -> None:
    """Every passage begins with it; the sheet is in the title, the rows are the lines."""
    rows: list[list[object]] = [["port", "minutes"], *[[f"port {number}", number] for number in range(200)]]
    found = await _read(tmp_path, "a.xlsx", xlsx({"Ferries": rows, "Empty": []}))
    assert len(found) > 2 and all(each.text.startswith("port | minutes\n") for each in found)
    assert {each.title for each in found} == {"a.xlsx › Ferries"}
    assert found[0].lines and found[0].lines[0] == 2 and found[-1].lines and found[-1].lines[1] == 201
    assert "port 199 | 199" in found[-1].text


async def test_slides_are_pages(tmp_path: Path) -> None:
    """With title, text and notes."""
    found = await _read(tmp_path, "a.pptx", pptx(("Plan", "Build a pier", "Ask the mayor"), ("Cost", "Nine", "")))
    assert [(each.page, each.title) for each in found] == [(1, "a.pptx › Plan"), (2, "a.pptx › Cost")]
    assert "Build a pier" in found[0].text and "Notes: Ask the mayor" in found[0].text


async def test_tables_json_and_notebooks_are_read_by_their_structure(tmp_path: Path) -> None:
    """CSV with its header, minified JSON line by line, a notebook without its outputs."""
    table = await _read(tmp_path, "a.csv", "port,minutes\n" + "".join(f"north {n},{n}\n" for n in range(300)))
    assert len(table) > 2 and all(each.text.startswith("port,minutes\n") for each in table)
    assert table[-1].lines and table[-1].lines[1] == 301
    told = json.dumps({"ports": [{"name": f"port {n}", "fare": n} for n in range(300)]})
    found = await _read(tmp_path, "a.json", told)
    assert len(found) > 2 and '"name": "port 7"' in found[0].text
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "Six."]},
        {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["NOT THIS"]}]},
    ]
    (book,) = await _read(tmp_path, "a.ipynb", json.dumps({"cells": cells, "metadata": {}}))
    assert "# Tides" in book.text and "```python\nprint(1)\n```" in book.text and "NOT THIS" not in book.text
    for name in ("broken.json", "broken.ipynb"):
        assert (await _read(tmp_path, name, '{"cells": [nonsense'))[0].text == '{"cells": [nonsense'


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
async def test_broken_and_hostile_documents_are_told(kind: DocumentKind) -> None:
    """No zip, a zip of something else, one cut short, a bomb: one line each, in time."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "x")
    bomb = io.BytesIO()
    inner = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}[kind]
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(docx(""))) as sound:
            for name in ("[Content_Types].xml", "_rels/.rels"):
                archive.writestr(name, sound.read(name).replace(b"word/document.xml", inner.encode()))
        archive.writestr(inner, b"<a>" + b"x" * 450_000_000)
    for body in (b"MZ nothing", other.getvalue(), docx("<w:p/>")[:200], bomb.getvalue()):
        with pytest.raises(SourceUnreadable) as raised:
            await document_passages(body, kind=kind, uri=f"a.{kind}", where="file")
        assert f"a.{kind}" in str(raised.value) and "\n" not in str(raised.value)


async def test_entities_of_a_document_are_not_resolved(tmp_path: Path) -> None:
    """A Word file that asks for /etc/passwd, or for ten billion laughs, gets neither."""
    out = io.BytesIO()
    plain = io.BytesIO(docx("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>"))
    with zipfile.ZipFile(plain) as sound, zipfile.ZipFile(out, "w") as archive:
        for name in sound.namelist():
            body = sound.read(name)
            if name == "word/document.xml":
                body = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + body
            archive.writestr(name, body)
    try:
        found = await _read(tmp_path, "a.docx", out.getvalue())
    except SourceUnreadable:
        return
    assert "root:" not in " ".join(each.text for each in found)


def test_a_walk_leaves_out_what_git_does(tmp_path: Path) -> None:
    """The same files as `git ls-files` of a fresh repository, nested rules and exceptions included."""
    files = {
        ".gitignore": "*.log\nbuild/\n!keep.log\n/only-top.txt\n",
        "a.py": "",
        "b.log": "",
        "keep.log": "",
        "only-top.txt": "",
        "sub/only-top.txt": "",
        "sub/.gitignore": "*.py\n!good.py\n",
        "sub/bad.py": "",
        "sub/good.py": "",
        "sub/deep/worse.py": "",
        "build/out.txt": "",
        "sub/build/out.txt": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    told = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    found = {path.relative_to(tmp_path).as_posix() for path in walk(tmp_path)}
    assert found == set(told)
    assert "keep.log" in found and "sub/good.py" in found and "sub/deep/worse.py" not in found
