"""Every command with its defaults and its role; what is gone is only named as gone."""

import re
import runpy
from pathlib import Path

_MADE = runpy.run_path(str(Path(__file__).with_name("make.py")))
_NEAR = 1_500
"""Characters after a command's name within which what belongs to it must stand."""


def check(folder: Path, answer: str) -> str:
    """Return what the guide lacks, or says wrongly."""
    try:
        text = (folder / "guide.md").read_text(encoding="utf-8")
    except OSError:
        return "guide.md is missing"
    known = _MADE["facts"]()
    if missing := [name for name in known if name not in text]:
        return f"{len(missing)} of {len(known)} commands are missing, such as {missing[0]}"
    faults = [fault for name, (options, admin) in known.items() if (fault := _fault(text, name, options, admin))]
    if faults:
        return f"{len(faults)} commands are described wrongly: {faults[0]}"
    return _removed(text)


def _fault(text: str, name: str, options: dict[str, str], admin: bool) -> str:
    """Return what no place that names a command says of it; empty where one says it all."""
    faults = []
    for match in re.finditer(rf"{re.escape(name)}\b", text):
        after = text[match.start() : match.start() + _NEAR]
        later = re.search(r"fleet \w+ \w+", after[len(name) :].replace(name, "=" * len(name)))
        own = after[: len(name) + later.start()] if later else after
        lacking = [f"{o} {v}" for o, v in options.items() if o not in own or not re.search(rf"\b{v}\b", own)]
        if not lacking and bool(re.search(r"\badmin\b", own)) == admin:
            return ""
        faults.append(f"{name} lacks {', '.join(lacking)}" if lacking else f"{name}: the role is wrong")
    return faults[0]


def _removed(text: str) -> str:
    head = re.search(r"^#+ .*removed.*$", text, re.IGNORECASE | re.MULTILINE)
    if head is None:
        return "there is no chapter Removed"
    for old, new in _MADE["REMOVED"].items():
        if old in text[: head.start()]:
            return f"{old} is offered, and it is gone"
        at = text.find(old, head.start())
        if at < 0 or new not in text[at : at + 300]:
            return f"Removed does not say that {new} replaces {old}"
    return ""
