"""Texts: strings from outside, made such that JSON, a database and a terminal can take them."""

import re
from typing import Annotated

from pydantic import BeforeValidator

# Half a surrogate pair is no UTF-8, Postgres refuses NUL, and the rest can steer a terminal; tabs and line ends stay.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def _fit(text: object) -> object:
    return _UNFIT.sub("\ufffd", text) if isinstance(text, str) else text


CleanText = Annotated[str, BeforeValidator(_fit)]
"""A string whose unfit characters are replaced by U+FFFD as it enters."""
