"""Make a test collection of code from a checkout: each function without its docstring, to be found by its docstring.

The docstring's first paragraph is the query, of five words at least; functions of less than 120 characters, tests and
special methods are left out. What is written is what `benchmarks.search` reads. Nothing of it is kept here.

    python -m benchmarks.code_collection CHECKOUT FOLDER
"""

import argparse
import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

_SHORTEST_CODE = 120
_FEWEST_WORDS = 5
_LONGEST_QUERY = 300
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Write corpus, queries and judgements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    corpus: dict[str, str] = {}
    queries: dict[str, str] = {}
    for name, function in _functions(given.checkout):
        told, code = _parted(function)
        if len(code) < _SHORTEST_CODE:
            continue
        corpus[name] = code
        if len(told.split()) >= _FEWEST_WORDS and told not in queries.values():
            queries[name] = told
    given.folder.mkdir(parents=True, exist_ok=True)
    rows = [{"_id": name, "title": "", "text": code} for name, code in corpus.items()]
    asked = [{"_id": f"q{name}", "text": told} for name, told in queries.items()]
    _write(given.folder / "corpus.jsonl", map(json.dumps, rows))
    _write(given.folder / "queries.jsonl", map(json.dumps, asked))
    _write(given.folder / "qrels.tsv", (f"q{name}\t{name}\t1" for name in queries))
    print(f"{len(rows)} functions, {len(asked)} queries")


def _functions(checkout: Path) -> Iterator[tuple[str, Function]]:
    for path in sorted(checkout.rglob("*.py")):
        if "test" in path.relative_to(checkout).as_posix():
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, Function) and not node.name.startswith("__"):
                yield f"{path.relative_to(checkout)}:{node.lineno}:{node.name}", node


def _parted(function: Function) -> tuple[str, str]:
    """Return the first paragraph of a function's docstring in one line, and its code without the docstring."""
    told = ast.get_docstring(function) or ""
    if told:
        function.body = function.body[1:] or [ast.Pass()]
    first = " ".join(re.split(r"\n\s*\n", told)[0].split())
    return first[:_LONGEST_QUERY], ast.unparse(function)


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
