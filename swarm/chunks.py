"""Chunks: text cut into passages of at most a given length, at paragraph and line boundaries, with line numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from swarm.code_chunks import code_pieces, is_code
from swarm.text.redaction import redact

LIMIT = 1200


@dataclass(frozen=True)
class Chunk:
    """A stretch of a text; `lines` are its first and last line, counted from 1."""

    text: str
    lines: tuple[int, int]


def chunks(text: str, limit: int = LIMIT, name: str = "") -> list[Chunk]:
    """Return `text` in order as chunks of at most `limit` characters; blank edges are dropped, nothing else.

    Source code, known by its `name`, is cut by its syntax.
    """
    text = redact(text)
    if is_code(name, text):
        return [Chunk(piece, lines) for piece, lines in code_pieces(text, limit, name)]
    packed: list[Chunk] = []
    for block in _blocks(text):
        for piece in _pieces(block, limit):
            joined = _join(packed[-1], piece) if packed else piece
            if packed and len(joined.text) <= limit and not _opens_section(piece, packed[-1], limit):
                packed[-1] = joined
            else:
                packed.append(piece)
    return packed


def _blocks(text: str) -> Iterator[Chunk]:
    """Yield the paragraphs: runs of lines that are not blank."""
    held: list[str] = []
    # Not splitlines: editors count neither form feeds nor U+2028 as line ends.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            held.append(line.rstrip())
        elif held:
            yield Chunk("\n".join(held), (number - len(held), number - 1))
            held = []


def _pieces(block: Chunk, limit: int) -> Iterator[Chunk]:
    """Yield a block whole if it fits, else by lines, a line that is too long by words."""
    if len(block.text) <= limit:
        yield block
        return
    first = block.lines[0]
    held = ""
    start = first
    for number, line in enumerate(block.text.split("\n"), start=first):
        for part in _wrapped(line, limit):
            joined = f"{held}\n{part}" if held else part
            if held and len(joined) > limit:
                yield Chunk(held, (start, max(start, number - 1)))
                held, start = part, number
            else:
                held = joined
    if held:
        yield Chunk(held, (start, block.lines[1]))


def _wrapped(line: str, limit: int) -> Iterator[str]:
    while len(line) > limit:
        cut = max(line.rfind(mark, limit // 2, limit) for mark in (". ", "; ", ", ", " ", ","))
        cut = limit if cut < 0 else cut + 1
        yield line[:cut].rstrip()
        line = line[cut:].lstrip()
    yield line


def _join(before: Chunk, after: Chunk) -> Chunk:
    """Join neighbours, with as many blank lines between them as the text has, two at most."""
    gap = min(max(after.lines[0] - before.lines[1], 1), 2)
    return Chunk(before.text + "\n" * gap + after.text, (before.lines[0], after.lines[1]))


def _opens_section(piece: Chunk, before: Chunk, limit: int) -> bool:
    """Say whether a Markdown heading should begin a new chunk: only once the one before is half full."""
    return piece.text.startswith("#") and len(before.text) > limit // 2
