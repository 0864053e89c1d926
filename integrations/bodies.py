"""Bodies: an HTTP body read in bounded memory, however well it was compressed."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator

from integrations.patience import Transient

# A decompressor that takes gzip and zlib by their headers; raw deflate, which some servers send, has none.
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
ENCODINGS = "gzip, deflate"


class TooLarge(Exception):
    """The body has more bytes than asked for; stays in this package."""


class Undecodable(Exception):
    """The body is not encoded the way its header says; stays in this package."""


async def read_body(parts: AsyncIterable[bytes], encoding: str, limit: int) -> bytes:
    """Return the decompressed body of at most `limit` bytes.

    Raises TooLarge before more is decompressed, Undecodable, or Transient for a compressed body that ends early.
    """
    body = bytearray()
    async for part in _decoded(parts, encoding.strip().lower(), limit + 1):
        body += part
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


async def _decoded(parts: AsyncIterable[bytes], encoding: str, most: int) -> AsyncIterator[bytes]:
    if encoding in ("", "identity"):
        async for part in parts:
            yield part
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable(f"its Content-Encoding is {encoding!r}, only {ENCODINGS} can be read")
    inflater: zlib._Decompress | None = None
    async for part in parts:
        inflater = inflater or zlib.decompressobj(_window(part, encoding))
        try:
            yield inflater.decompress(part, most)
        except zlib.error as error:
            raise Undecodable(f"its {encoding} encoding is damaged ({error})") from None
    if inflater is not None and not inflater.eof:
        raise Transient("sent only a part of the body")


def _window(part: bytes, encoding: str) -> int:
    """Return zlib's window bits: raw deflate if the first byte cannot begin a zlib stream (RFC 1950, CM = 8)."""
    raw = encoding == "deflate" and bool(part) and part[0] & 0x0F != 8
    return -zlib.MAX_WBITS if raw else _GZIP_OR_ZLIB
