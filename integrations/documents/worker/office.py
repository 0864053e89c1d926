"""The child that reads an office document: its kind as argument, bytes on standard input, JSON on standard output.

`docx` becomes HTML by mammoth, `xlsx` sheets of rows by openpyxl, `pptx` slides by python-pptx. Run by path.
"""

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
    from integrations.documents.worker.sheets import sheet_parts
    from integrations.documents.worker.slides import slide_parts
    from integrations.documents.worker.word import word_parts

    try:
        answer: dict[str, object] = {
            "parts": {"docx": word_parts, "xlsx": sheet_parts, "pptx": slide_parts}[kind](data)
        }
    except MemoryError:
        return
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; the parent names it
        answer = {"fault": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    import logging
    import warnings

    logging.disable()
    warnings.simplefilter("ignore")
    # Run with -I, the project is no place to import from by itself.
    sys.path.append(str(Path(__file__).parents[3]))
    main(sys.argv[1], *map(int, sys.argv[2:]))
