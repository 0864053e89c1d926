"""Run every benchmark and write what they print to docs/benchmarks.md."""

import subprocess
import sys
from pathlib import Path

_SCRIPTS = (
    *("overhead", "start", "resume", "sandbox", "commands", "gate", "teaching", "extract", "goals.results"),
    "search --scale 100000",
    "functions_search",
    "functions_search --scale 20000",
    "recall",
)
_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_HEAD = "# Benchmarks\n\nPrinted by `make bench`; each script says in its first lines what it compares with.\n"


def main() -> None:
    """Run the scripts one after the other; the first that fails ends it."""
    page = _HEAD
    for name in _SCRIPTS:
        print(f"{name} ...", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", *f"benchmarks.{name}".split()], stdout=subprocess.PIPE, text=True, check=True
        )
        page += f"\n## {name}\n\n```\n{done.stdout}```\n"
    _PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
