"""Code chunks: source code cut by its syntax, so that a function or a class that fits stays whole."""

import re
from bisect import bisect_left
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semantic_text_splitter import CodeSplitter

_GRAMMARS = {
    ".py": "tree_sitter_python",
    ".js": "tree_sitter_javascript",
    ".mjs": "tree_sitter_javascript",
    ".cjs": "tree_sitter_javascript",
    ".jsx": "tree_sitter_javascript",
    ".ts": "tree_sitter_typescript:language_typescript",
    ".tsx": "tree_sitter_typescript:language_tsx",
    ".go": "tree_sitter_go",
    ".java": "tree_sitter_java",
    ".rs": "tree_sitter_rust",
    ".c": "tree_sitter_c",
    ".h": "tree_sitter_cpp",
    ".cc": "tree_sitter_cpp",
    ".cpp": "tree_sitter_cpp",
    ".hpp": "tree_sitter_cpp",
    ".rb": "tree_sitter_ruby",
}
_LONGEST = 2_000_000
"""Characters; a longer file is generated, and is cut by lines."""
_LONGEST_LINE = 5000


def is_code(name: str, text: str) -> bool:
    """Say whether a text of this name is cut by syntax."""
    if PurePosixPath(name).suffix.lower() not in _GRAMMARS or len(text) > _LONGEST:
        return False
    return max(map(len, text.split("\n"))) <= _LONGEST_LINE  # else it is minified


def code_pieces(text: str, limit: int, name: str) -> list[tuple[str, tuple[int, int]]]:
    """Return source code in pieces, each with its first and last line, from 1.

    They have about `limit` characters, twice as many where that keeps a function whole.
    """
    suffix = PurePosixPath(name).suffix.lower()
    ends = [found.start() for found in re.finditer("\n", text)]
    pieces = []
    for at, piece in _splitter(_GRAMMARS[suffix], limit).chunk_indices(text):
        at += len(piece) - len(piece.lstrip())
        begin = text.rfind("\n", 0, at) + 1
        start = begin if text[begin:at].isspace() else at  # the first line keeps its indentation
        whole = text[start:at] + piece.strip()
        first = bisect_left(ends, at) + 1
        if whole:
            pieces.append((whole, (first, first + whole.count("\n"))))
    return pieces


@cache
def _splitter(grammar: str, limit: int) -> "CodeSplitter":
    from semantic_text_splitter import CodeSplitter

    module, _, function = grammar.partition(":")
    language = getattr(import_module(module), function or "language")()
    return CodeSplitter(language, (limit, 2 * limit), trim=False)
