"""The child that reads an office document: its kind as argument, bytes on standard input, JSON on standard output.

`docx` becomes HTML by mammoth, `xlsx` sheets of rows by openpyxl, `pptx` slides by python-pptx. Run by path.
"""

import io
import json
import sys
from pathlib import Path

_MOST_ROWS = 50_000
_MOST_COLUMNS = 200
_MOST_SLIDES = 2000
_LONGEST_CELL = 2000


def main(kind: str, megabytes: int, seconds: int) -> None:
    """Bound this process, then write `{"parts": [{"title", "html" | "rows" | "text"}]}` or `{"fault": text}`."""
    data = sys.stdin.buffer.read()
    from integrations.documents.worker.limits import bound

    bound(megabytes, seconds)
    try:
        answer: dict[str, object] = {"parts": {"docx": _docx, "xlsx": _xlsx, "pptx": _pptx}[kind](data)}
    except MemoryError:
        return
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; the parent names it
        answer = {"fault": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))


def _docx(data: bytes) -> list[dict[str, object]]:
    import mammoth  # type: ignore[import-untyped]

    nothing = mammoth.images.img_element(lambda image: {"src": ""})
    return [{"title": "", "html": mammoth.convert_to_html(io.BytesIO(data), convert_image=nothing).value}]


def _xlsx(data: bytes) -> list[dict[str, object]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    parts: list[dict[str, object]] = []
    left = _MOST_ROWS
    for sheet in book.worksheets:
        rows = []
        for row in sheet.iter_rows(max_col=_MOST_COLUMNS, max_row=left, values_only=True):
            cells = ["" if value is None else str(value)[:_LONGEST_CELL] for value in row]
            while cells and not cells[-1]:
                cells.pop()
            rows.append(cells)
        left = max(left - len(rows), 1)
        parts.append({"title": sheet.title, "rows": rows})
    return parts


def _pptx(data: bytes) -> list[dict[str, object]]:
    from pptx import Presentation

    parts: list[dict[str, object]] = []
    for slide in list(Presentation(io.BytesIO(data)).slides)[:_MOST_SLIDES]:
        title = slide.shapes.title
        lines = [text for shape in slide.shapes for text in _texts(shape)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            lines += ["", "Notes: " + slide.notes_slide.notes_text_frame.text]
        parts.append({"title": title.text if title is not None else "", "text": "\n".join(lines)})
    return parts


def _texts(shape: object) -> list[str]:
    if getattr(shape, "has_table", False):
        rows = shape.table.rows  # type: ignore[attr-defined]
        return ["| " + " | ".join(cell.text.replace("\n", " ") for cell in row.cells) + " |" for row in rows]
    return [shape.text_frame.text] if getattr(shape, "has_text_frame", False) else []  # type: ignore[attr-defined]


if __name__ == "__main__":
    import logging
    import warnings

    logging.disable()
    warnings.simplefilter("ignore")
    # Run with -I, the project is no place to import from by itself.
    sys.path.append(str(Path(__file__).parents[3]))
    main(sys.argv[1], *map(int, sys.argv[2:]))
