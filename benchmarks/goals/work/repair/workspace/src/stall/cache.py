"""A cache that forgets what was not used for longest."""

from collections import OrderedDict
from typing import Any


class Recent:
    """The `size` entries that were used last."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._entries: OrderedDict[Any, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return an entry, or the default."""
        return self._entries.setdefault(key, default)

    def put(self, key: Any, value: Any) -> None:
        """Keep an entry, and forget the oldest where there are too many."""
        if len(self._entries) >= self.size:
            self._entries.popitem(last=False)
        self._entries[key] = value
