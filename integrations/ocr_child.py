"""The child that reads scanned pages: as documents/worker/pdf.py, but it renders them and asks RapidOCR; run by path.

The first line is `{"password", "pages": [numbers from 0]}`; the answer `{"pages": {number: text}, "left": count}`.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

_LONGEST = 2200
"""Pixels of a page's longer side: 190 dots an inch of a page of A4."""
_SURE = 0.5
"""What is less sure is no letter."""
_SAME_ROW = 0.5


def main(megabytes: int, seconds: int) -> None:
    """Bound this process, then read pages until the time is up."""
    begun = time.monotonic()
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    from integrations.documents.worker.limits import bound

    bound(megabytes, 2 * seconds)  # two threads of the model spend it twice as fast
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(data, password=asked["password"] or None)
    found, reader, longest, left = dict[int, str](), None, 0.0, list(asked["pages"])
    while left and (started := time.monotonic()) - begun + longest <= seconds:
        number = left.pop(0)
        page = document[number]
        if _has_picture(page):
            reader = reader or _reader()
            found[number] = _read(reader, page)
            longest = max(longest, time.monotonic() - started)
        page.close()
    sys.stdout.write(json.dumps({"pages": found, "left": len(left)}))


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    return next(iter(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None


def _reader() -> Any:
    from rapidocr import RapidOCR

    # The classifier of directions turns lines around that stand upright; what a PDF turns, PDFium turns back.
    plain = {"Global.use_cls": False, "Global.log_level": "critical"}
    return RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": 2, **plain})


def _read(reader: Any, page: Any) -> str:
    picture = page.render(scale=_LONGEST / max(*page.get_size(), 1.0), grayscale=True).to_numpy()
    found = reader(picture[:, :, 0] if picture.ndim == 3 else picture)
    if found.txts is None:
        return ""
    cells = [
        (float(min(y for _, y in box)), float(max(y for _, y in box)), float(min(x for x, _ in box)), text)
        for box, text, sure in zip(found.boxes, found.txts, found.scores, strict=True)
        if sure >= _SURE
    ]
    return "\n".join(_rows(sorted(cells)))


def _rows(cells: list[tuple[float, float, float, str]]) -> list[str]:
    """Return lines of text from top to bottom; what stands on one line is joined from left to right."""
    rows: list[list[tuple[float, float, float, str]]] = []
    for cell in cells:
        top, bottom = cell[:2]
        if rows and top < rows[-1][0][1] - _SAME_ROW * (bottom - top):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [" ".join(text for *_, text in sorted(row, key=lambda cell: cell[2])) for row in rows]


if __name__ == "__main__":
    import logging

    logging.disable()
    # Run with -I, the project is no place to import from by itself.
    sys.path.append(str(Path(__file__).parents[1]))
    main(*(int(argument) for argument in sys.argv[1:3]))
