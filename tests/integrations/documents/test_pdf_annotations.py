"""What hangs on a page of a PDF is told: what was filled in and ticked, notes, attached files."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, TextStringObject

from integrations.pdf import pdf_passages
from tests.integrations.documents.test_pdf_tables import drawn, says

Entry = NameObject | TextStringObject | NumberObject | ArrayObject | DictionaryObject


def annotated(body: bytes, *annotations: dict[str, Entry], attached: str = "") -> bytes:
    """Return a document with these annotations on its first page; `/Rect` counts from the bottom."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(body)))
    held = ArrayObject(
        writer._add_object(
            DictionaryObject({NameObject("/Type"): NameObject("/Annot")} | {NameObject(k): v for k, v in each.items()})
        )
        for each in annotations
    )
    writer.pages[0][NameObject("/Annots")] = held
    if attached:
        writer.add_attachment(attached, b"12345")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def field(kind: str, name: str, at: tuple[float, float], **entries: Entry) -> dict[str, Entry]:
    """Return a field of a form, 100 points wide."""
    rect = ArrayObject(FloatObject(each) for each in (at[0], at[1], at[0] + 100, at[1] + 16))
    head: dict[str, Entry] = {"/Subtype": NameObject("/Widget"), "/FT": NameObject(kind), "/Rect": rect}
    return head | {"/T": TextStringObject(name)} | {f"/{key}": value for key, value in entries.items()}


async def _text(body: bytes) -> str:
    return "\n".join(each.text for each in await pdf_passages(body, uri="a.pdf", where="file"))


_PAGE = drawn(says(72, 100, "Name:"), says(72, 140, "Country:"), says(110, 180, "Send me the newsletter"))


async def test_a_form_tells_what_was_filled_in() -> None:
    """Beside the label that stands on the page; choices by what they show, ticks, and that some are empty."""
    options = ArrayObject([ArrayObject([TextStringObject("no"), TextStringObject("Norway")])])
    body = annotated(
        _PAGE,
        field("/Tx", "f1", (150, 696), V=TextStringObject("Kim Example")),
        field("/Ch", "f2", (150, 656), V=TextStringObject("no"), Opt=options),
        field("/Btn", "f3", (8, 616), AS=NameObject("/Yes")),
        field("/Btn", "f4", (400, 300), AS=NameObject("/Off")),
        field("/Tx", "f5", (400, 200)),
        field("/Tx", "pass", (400, 100), V=TextStringObject("s3cret"), Ff=NumberObject(1 << 13)),
        field("/Btn", "push", (400, 50), Ff=NumberObject(1 << 16)),
    )
    text = await _text(body)
    assert "- Name (f1): Kim Example\n- Country (f2): Norway\n- [x] Send me the newsletter (f3)" in text
    assert "(2 more fields are empty)" in text and "s3cret" not in text and "push" not in text


async def test_notes_and_attached_files_are_told() -> None:
    """With who wrote them; links and the windows of notes say nothing of their own."""
    free: dict[str, Entry] = {"/Subtype": NameObject("/FreeText"), "/Contents": TextStringObject("card was refused")}
    by: dict[str, Entry] = {"/Subtype": NameObject("/Text"), "/T": TextStringObject("Ann")}
    popup: dict[str, Entry] = {"/Subtype": NameObject("/Popup"), "/Contents": TextStringObject("twice")}
    told = by | {"/Contents": TextStringObject("Sure?")}
    text = await _text(annotated(_PAGE, free, told, popup, attached="plan.ods"))
    assert "[note: card was refused]\n[note by Ann: Sure?]\n[attached file plan.ods, not read]" in text
    assert "twice" not in text


async def test_a_form_without_any_text_is_no_scan() -> None:
    """What was filled in is what there is to read."""
    body = annotated(drawn(), field("/Tx", "name", (150, 696), V=TextStringObject("Kim")))
    assert "- name: Kim" in await _text(body)


async def test_broken_annotations_cost_no_text() -> None:
    """A value that refers to itself, a rectangle of nothing, a parent without end."""
    broken: dict[str, Entry] = {"/Subtype": NameObject("/Widget"), "/Rect": ArrayObject([NameObject("/x")])}
    text = await _text(annotated(_PAGE, broken, {"/Subtype": NumberObject(3)}))
    assert "Name:" in text
