"""The option behaves as wished, and all that belongs to an option is there."""

import re
from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_HERE = Path(__file__).parent


def check(folder: Path, answer: str) -> str:
    """Return what is wrong with the option, or what it lacks."""
    if fault := _written(folder) or same_files(_HERE / "workspace/tests", folder / "tests"):
        return fault
    return pytest_fault(folder, "tests") or pytest_fault(folder, str(_HERE / "hidden.py"))


def _written(folder: Path) -> str:
    options = (folder / "docs/options.md").read_text(encoding="utf-8")
    table, _, wishes = options.partition("## Wishes")
    rows = [line for line in table.splitlines() if line.startswith("| `--")]
    if rows != sorted(rows) or not any(all(word in row for word in ("--top", "SPEND_TOP", "`top`")) for row in rows):
        return "docs/options.md lacks the row of --top at its place"
    if "--top" in wishes or "--since" not in wishes:
        return "docs/options.md: the wish still stands, or the other one is gone"
    [flags] = re.findall(r'-W "(--.*?)"', (folder / "completion/spend.bash").read_text(encoding="utf-8"))
    if flags.split() != ["--currency", "--format", "--help", "--sort", "--top"]:
        return f"completion/spend.bash completes {flags}"
    changes = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = changes.partition("## Unreleased")[2].partition("\n## ")[0]
    if "--top" not in unreleased.partition("### Added")[2].partition("###")[0] or "byte order mark" not in unreleased:
        return "CHANGELOG.md has no line on --top under Unreleased, Added"
    if changes.count("### Added") != 3:
        return "CHANGELOG.md: a release was changed"
    added = [path for path in (folder / "tests").glob("*.py") if not (_HERE / "workspace/tests" / path.name).exists()]
    tested = any("top" in path.read_text(encoding="utf-8") for path in added)
    return "" if tested else "tests/ has no tests of --top"
