"""Requirements in Poetry's older form, `[tool.poetry.dependencies]`, as lines of PEP 508."""

from collections.abc import Collection, Mapping


def poetry_requirements(poetry: Mapping[str, object], groups: Collection[str]) -> list[str]:
    """Return the dependencies, and those of `groups`; one from elsewhere keeps its address, to be refused."""
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    grouped = poetry.get("group")
    for name, group in (grouped if isinstance(grouped, dict) else {}).items():
        if name.lower() in groups and isinstance(group, dict):
            tables.append(group.get("dependencies"))
    lines: list[str] = []
    for table in tables:
        for name, wanted in (table if isinstance(table, dict) else {}).items():
            if name.lower() != "python":
                lines.append(_line(name, wanted))
    return lines


def _line(name: str, wanted: object) -> str:
    if isinstance(wanted, str):
        return name + _range(wanted)
    if not isinstance(wanted, dict):
        return name
    address = next((wanted[key] for key in ("git", "path", "url", "file") if key in wanted), None)
    if address is not None:
        return f"{name} @ {address}"
    extras = wanted.get("extras")
    version = wanted.get("version")
    marker = wanted.get("markers")
    listed = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    text = name + listed + (_range(version) if isinstance(version, str) else "")
    return f"{text}; {marker}" if isinstance(marker, str) else text


def _range(version: str) -> str:
    """`^1.2.3` allows what does not change the first digit that is not zero, `~1.2.3` what changes the last only."""
    return ",".join(filter(None, map(_bounds, version.split(","))))


def _bounds(version: str) -> str:
    text = version.strip()
    if text in ("", "*"):
        return ""
    if text[0] in "^~" and not text.startswith("~="):
        numbers = [int(part) if part.isdigit() else 0 for part in text[1:].split(".")]
        at = min(1, len(numbers) - 1)
        if text[0] == "^":
            at = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
        upper = [*numbers[:at], numbers[at] + 1]
        return f">={text[1:].strip()},<{'.'.join(map(str, upper))}"
    return f"=={text}" if text[0].isdigit() else text
