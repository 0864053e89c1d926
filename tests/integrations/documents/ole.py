"""The smallest compound file ([MS-CFB]): streams by their paths, as files of old Office and of Outlook are made."""

import struct

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_CUT = 4096


def compound(streams: dict[str, bytes]) -> bytes:
    """Return a file with these streams; a path with a slash lies in a storage."""
    names = ["", *dict.fromkeys(p.split("/")[0] for p in streams if "/" in p), *streams]
    sectors: list[bytes] = []
    fat: list[int] = []
    mini, mini_fat = b"", list[int]()

    def put(data: bytes) -> int:
        first, count = len(sectors), -(-len(data) // 512)
        for at in range(count):
            sectors.append(data[512 * at : 512 * at + 512].ljust(512, b"\0"))
            fat.append(first + at + 1 if at + 1 < count else _END)
        return first if count else _END

    places: dict[str, tuple[int, int]] = {}
    for path, data in streams.items():
        if len(data) >= _CUT:
            places[path] = (put(data), len(data))
            continue
        first, count = len(mini) // 64, -(-len(data) // 64)
        mini_fat += [first + at + 1 if at + 1 < count else _END for at in range(count)]
        mini += data.ljust(count * 64, b"\0")
        places[path] = (first if count else _END, len(data))
    root = (put(mini), len(mini))
    mini_at = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat)) if mini_fat else _END
    directory = b"".join(_entry(name, names, places, root) for name in names)
    directory_at = put(directory)
    fat_at = len(sectors)
    fat.append(0xFFFFFFFD)
    sectors.append(struct.pack("<128I", *fat, *[_FREE] * (128 - len(fat))))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, directory_at, 0, _CUT, mini_at, int(bool(mini_fat)), _END, 0)
    return head + struct.pack("<109I", fat_at, *[_FREE] * 108) + b"".join(sectors)


def _entry(path: str, names: list[str], places: dict[str, tuple[int, int]], root: tuple[int, int]) -> bytes:
    """Return an entry of the directory; those of one storage are a chain, each to the right of the one before."""
    folder, _, own = path.rpartition("/")
    peers = [name for name in names if name and name.rpartition("/")[0] == folder]
    after = peers[peers.index(path) + 1] if path and path != peers[-1] else None
    inner = next((name for name in names if name and name.rpartition("/")[0] == path), None)
    kind = 5 if not path else 2 if path in places else 1
    label = (own if path else "Root Entry").encode("utf-16-le") + b"\0\0"
    child = names.index(inner) if kind != 2 and inner else _FREE
    start, size = places.get(path, root if not path else (0, 0))
    return (
        label.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(label), kind, 1, _FREE, names.index(after) if after else _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
