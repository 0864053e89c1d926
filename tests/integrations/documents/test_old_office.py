"""Office before 2007, and Outlook's messages, put together byte by byte; and LibreOffice, where one is there."""

import struct
from pathlib import Path

import pytest

from integrations.documents import libreoffice
from swarm.errors import SourceUnreadable
from tests.integrations.documents.ole import compound
from tests.integrations.documents.reading import read, text_of
from tests.integrations.documents.test_office import docx


@pytest.fixture(autouse=True)
def _without_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda: None)


def doc(body: str, notes: str = "", flags: int = 0x0200) -> bytes:
    """Return a Word 97 file of one piece, its text in 16 bits a letter."""
    text = (body + notes).encode("utf-16-le")
    main = bytearray(1024)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 0x0A, flags)
    struct.pack_into("<2i", main, 0x4C, len(body), len(notes))
    pieces = struct.pack("<II", 0, len(body + notes)) + struct.pack("<HIH", 0, 1024, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x01A2, 0, len(table))
    return compound({"WordDocument": bytes(main) + text, "1Table": table})


async def test_an_old_word_file_is_read_and_says_what_may_be_missing(tmp_path: Path) -> None:
    """Text, results of fields and notes; that there is no LibreOffice stands at the end."""
    told = await text_of(
        tmp_path, "a.doc", doc("Tides\r\x13 PAGE \x1447\x15 boats at six.\rPort\x07Fare\x07\x07", "A note.\r")
    )
    assert "Tides\n\n47 boats at six.\n\nPort | Fare" in told and "PAGE" not in told
    assert "a.doc › footnotes\nA note." in told and "read without LibreOffice" in told


async def test_an_encrypted_old_file_is_told(tmp_path: Path) -> None:
    """And so is a newer one, which then looks like an old one."""
    for name, body in (("a.doc", doc("x", flags=0x0300)), ("a.docx", compound({"EncryptedPackage": b"x"}))):
        with pytest.raises(SourceUnreadable, match=rf"{name}.*encrypted"):
            await read(tmp_path, name, body)


async def test_a_file_is_read_by_what_it_is(tmp_path: Path) -> None:
    """Many a .doc is RTF or a newer Word file, many an .xls CSV or a page, and robots have messages, too."""
    assert "Tides at six." in await text_of(tmp_path, "a.doc", r"{\rtf1\ansi Tides at six.\par}")
    table = await read(tmp_path, "a.xls", "port\tfare\nnorth\t3\n")
    assert (table[0].text, table[0].lines) == ("port\tfare\nnorth\t3", (2, 2))
    page = "<html><table><tr><td>port</td><td>fare</td></tr></table></html>"
    assert "| port | fare |" in await text_of(tmp_path, "b.xls", page)
    assert "float64 x" in await text_of(tmp_path, "c.msg", "float64 x\nfloat64 y\n")
    assert "New." in await text_of(tmp_path, "b.doc", docx("<w:p><w:r><w:t>New.</w:t></w:r></w:p>"))


def _record(kind: int, body: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(body)) + body


async def test_old_slides_are_pages(tmp_path: Path) -> None:
    """With the texts of their outline and of their own shapes, and notes."""
    title, more, bytes_ = (_record(0x0FA0, text.encode("utf-16-le")) for text in ("Tides", "A box", "Ask the mayor"))
    outline = _record(0x0FF0, _record(0x03F3, b"") + title + _record(0x03F3, b"") + _record(0x0FA8, b"Fares"), 0x0F)
    slides = _record(0x03EE, _record(0x0F02, more, 0x0F), 0x0F) + _record(0x03F0, bytes_, 0x0F)
    found = await read(tmp_path, "a.ppt", compound({"PowerPoint Document": _record(0x03E8, outline, 0x0F) + slides}))
    assert [(each.page, each.text) for each in found[:3]] == [
        (1, "Tides\nA box"),
        (2, "Fares"),
        (None, "Ask the mayor"),
    ]


async def test_old_sheets_give_rows(tmp_path: Path) -> None:
    """Values by their kinds; a hidden sheet is told to be one."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)
    label = record(0x0204, struct.pack("<HHHHB", 0, 0, 0, 4, 0) + b"Port")
    sheet = record(0x0809, begin) + label + record(0x0203, struct.pack("<HHHd", 1, 0, 0, 14.0)) + record(0x000A, b"")
    head = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    place = len(head) + 4 + 12 + 4
    bound = record(0x0085, struct.pack("<IBBBB", place, 1, 0, 4, 0) + b"Low ")
    found = await read(tmp_path, "a.xls", compound({"Workbook": head + bound + record(0x000A, b"") + sheet}))
    assert (found[0].title, found[0].text) == ("a.xls › Low  (hidden sheet)", "Port\n14")


async def test_a_message_of_outlook_is_read(tmp_path: Path) -> None:
    """Who, to whom, about what, the text, and what is attached."""
    told = {"0037": "Pier", "0C1A": "Ann", "5D01": "ann@x.org", "0E04": "Bo", "1000": "The pump is broken."}
    streams = {f"__substg1.0_{code}001F": text.encode("utf-16-le") for code, text in told.items()}
    attached = "__attach_version1.0_#00000000/__substg1.0_"
    streams |= {f"{attached}3707001F": "plan.pdf".encode("utf-16-le"), f"{attached}37010102": b"12345"}
    text = await text_of(tmp_path, "a.msg", compound({"__properties_version1.0": b"x" * 32, **streams}))
    assert "From: Ann <ann@x.org>\nTo: Bo\nSubject: Pier" in text and "The pump is broken." in text
    assert "[attachment plan.pdf, 5 bytes, not read]" in text


async def test_libreoffice_reads_old_files_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets a folder of its own; what it cannot make into a newer file is read without it."""
    made = tmp_path / "made.docx"
    made.write_bytes(docx("<w:p><w:r><w:t>By LibreOffice.</w:t></w:r></w:p>"))
    program = tmp_path / "soffice"
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\nmkdir -p "$2"\n'
        f'[ -f "$3" ] && cp {made} "$2/document.docx"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(libreoffice, "program", lambda: str(program))
    told = await text_of(tmp_path, "a.doc", doc("Old.\r"))
    assert "By LibreOffice." in told and "without LibreOffice" not in told
    program.write_text("#!/bin/sh\nexit 1\n")
    assert "Old." in await text_of(tmp_path, "a.doc", doc("Old.\r"))


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt", "a.msg"])
async def test_broken_old_files_are_told(tmp_path: Path, name: str) -> None:
    """Cut short, of something else, or no such file at all: one line each."""
    for body in (doc("x" * 5000)[:700], compound({"Other": b"x"}), b"MZ\0nothing", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with pytest.raises(SourceUnreadable, match=name) as raised:
            await read(tmp_path, name, body)
        assert "\n" not in str(raised.value)
