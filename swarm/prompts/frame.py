"""The frame: how material, names and actions reach a model as data, whatever is written in them."""

import re
from collections.abc import Iterable

from swarm.text.sanitize import one_line, quoted_name

_D, _A, _T = (
    "dD\uff44\uff24\u0501\u217e",
    "aA\uff41\uff21\u0430\u0410\u03b1\u0391\u0251",
    "tT\uff54\uff34\u0442\u0422\u03c4\u03a4",
)
_GAP = r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
_FRAME = re.compile(
    _GAP.join(
        (
            "[<\uff1c\ufe64\u2039\u3008\u27e8\u276e\u1438]",
            "[/\uff0f\u2044\u2215\u29f8]?",
            *map("[{}]".format, (_D, _A, _T, _A)),
        )
    )
)
"""What opens or closes a frame, or looks like it: other brackets, other scripts' letters, invisible marks between."""
LONGEST_LABEL = 1000


def data(source: str, text: str) -> str:
    """Frame `text` as material, so that nothing in it can close the frame or open another, nor look as if it did."""
    name = one_line(source.replace('"', "'").replace("<", "&lt;"))
    return f'<data source="{name}">{_unframed(text)}</data>'


def names(listed: Iterable[str]) -> str:
    """Return names of files and sources as data: in quotes what is more than a plain name, and none leaves its line."""
    return ", ".join(_unframed(quoted_name(each)) for each in listed)


def label(text: str, most: int = LONGEST_LABEL) -> str:
    """Return what names an action, as data: one line, of so many characters at most, with no frame in it."""
    line = _unframed(one_line(text))
    return line if len(line) <= most else f"{line[:most]} …"


def _unframed(text: str) -> str:
    return _FRAME.sub(lambda found: "&lt;" + found[0][1:].lstrip(), text)
