"""OCR: the text of scanned pages, by RapidOCR on this machine, in a child process that is bounded in all it does.

Needs the extra: `.venv/bin/uv pip install rapidocr`; its models come with it.
"""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from integrations.killable import OutOfTime, answer_of

HOW = ".venv/bin/uv pip install rapidocr"
MOST_PAGES = 100
_MEGABYTES = 6144
"""Of address space; it fills about a sixth of it."""
_SECONDS = 240
"""Less than a node waits for a source."""
_CHILD = Path(__file__).with_name("ocr_child.py")


def is_there() -> bool:
    """Say whether the extra is installed."""
    return find_spec("rapidocr") is not None


async def read_scanned(body: bytes, pages: Sequence[int], password: str) -> tuple[dict[int, str], int]:
    """Return the text of those pages that are pictures, by number, and how many of the last there was no time for."""
    wanted = list(pages)[:MOST_PAGES]
    asked = json.dumps({"password": password, "pages": wanted}).encode()
    try:
        output = await answer_of(_CHILD, (str(_MEGABYTES), str(_SECONDS)), asked + b"\n" + body, 2 * _SECONDS)
        answer = json.loads(output)
    except (OutOfTime, ValueError):
        return {}, len(pages)
    found = {int(number): str(text) for number, text in answer["pages"].items() if str(text).strip()}
    return found, int(answer["left"]) + len(pages) - len(wanted)
