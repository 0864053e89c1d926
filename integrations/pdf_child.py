"""The child that reads a PDF: bytes on standard input, JSON on standard output; run by path, it may die at any time."""

import io
import json
import sys

_MOST_TEXT = 20_000_000
"""Characters; the parent has to hold them too."""


def main(pages: int, megabytes: int, seconds: int) -> None:
    """Bound this process, then write `{"title", "pages": [text]}` or `{"fault": kind, "detail": text}`."""
    # Read before the bound, so that a document's own size is not what breaks it.
    data = sys.stdin.buffer.read()
    _bound(megabytes, seconds)
    try:
        answer = _read(data, pages)
    except MemoryError:
        answer = {"fault": "memory", "detail": ""}
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; the parent names it
        limit = type(error).__name__ == "LimitReachedError"
        answer = {"fault": "memory" if limit else "damaged", "detail": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))


def _bound(megabytes: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and pypdf's own limits are what is left
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses a bound on address space
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _read(data: bytes, most: int) -> dict[str, object]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    # Many files are encrypted with an empty password, only to forbid printing; those open.
    if reader.is_encrypted and not reader.decrypt(""):
        return {"fault": "encrypted", "detail": ""}
    count = len(reader.pages)
    if count > most:
        return {"fault": "pages", "detail": str(count)}
    title = str(reader.metadata.title or "") if reader.metadata else ""
    texts: list[str] = []
    left = _MOST_TEXT
    for page in reader.pages:
        texts.append(page.extract_text())
        left -= len(texts[-1])
        if left < 0:
            return {"fault": "memory", "detail": ""}
    return {"title": title, "pages": texts}


if __name__ == "__main__":
    import logging

    logging.disable()
    main(*map(int, sys.argv[1:]))
