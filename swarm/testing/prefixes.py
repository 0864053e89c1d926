"""Prefixes: how much of a prompt a provider would have in its cache, because an earlier request began the same."""

import json
import threading
from collections import deque
from collections.abc import Mapping
from os.path import commonprefix

from pydantic import JsonValue

_KEPT = 32
_LEAST = 1024
"""Tokens; a shorter prefix is not kept, as with the large providers."""
_STEP = 128


class Prefixes:
    """The last requests as their providers see them; tools come first, then the messages."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def cached(self, body: Mapping[str, JsonValue]) -> int:
        """Return the tokens of a request's longest known beginning, in steps of 128, and remember the request."""
        whole = json.dumps([body.get("tools"), body.get("messages")], ensure_ascii=False)
        with self._lock:
            known = (commonprefix([whole, each]) for each in self._seen)  # noqa: RUF071  these are no paths
            shared = max(map(len, known), default=0)
            self._seen.append(whole)
        found = shared // 4 // _STEP * _STEP
        return found if found >= _LEAST else 0
