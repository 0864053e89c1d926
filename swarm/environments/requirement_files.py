"""Requirements files, as pip reads them: pins and hashes are heeded, options that lead to other places are not."""

import re
from pathlib import Path

from pydantic import Field

from swarm.environments.package_names import sound_requirement
from swarm.nodes import Noun

_LARGEST = 1_000_000
_DEEPEST = 5
_FOR_TESTS = re.compile(r"(^|[-_])(tests?|testing|dev|develop|development)([-_.]|$)")
_HASH = re.compile(r"\s--hash[= ]sha256:([0-9a-f]{64})")
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"^(?:-r|--requirement)[= ]?\s*(\S+)$")


class RequirementFile(Noun):
    """What one file asks for, with the files it includes."""

    lines: tuple[str, ...] = ()
    hashes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def find_requirement_files(folder: Path) -> list[str]:
    """Return the requirements files of a project that are for running, testing or developing it."""
    names = [path.name for path in folder.glob("*requirements*.txt")]
    names += [f"requirements/{path.name}" for path in (folder / "requirements").glob("*.txt")]
    plain = ("requirements.txt", "requirements/base.txt", "requirements/requirements.txt")
    return sorted(name for name in names if name in plain or _FOR_TESTS.search(name.replace("/", "-")))


def read_requirement_file(folder: Path, name: str, depth: int = 0) -> RequirementFile:
    """Return what a file below a project's folder asks for; what cannot be heeded is left out with the reason."""
    path = (folder / name).resolve()
    if depth > _DEEPEST or not path.is_relative_to(folder.resolve()) or not path.is_file():
        return RequirementFile(left_out=(f"{name} is left out, for it is not a file of the project",))
    if path.stat().st_size > _LARGEST:
        return RequirementFile(left_out=(f"{name} is left out, for it is larger than {_LARGEST:,} bytes",))
    lines: dict[str, None] = {}
    hashes: dict[str, tuple[str, ...]] = {}
    left_out: list[str] = []
    text = path.read_text(encoding="utf-8-sig", errors="replace").replace("\\\n", " ").replace("\\\r\n", " ")
    for line in filter(None, (_COMMENT.sub("", each).strip() for each in text.splitlines())):
        if included := _INCLUDE.match(line):
            inner = read_requirement_file(folder, str(Path(name).parent / included[1]), depth + 1)
            lines |= dict.fromkeys(inner.lines)
            hashes |= inner.hashes
            left_out += inner.left_out
        elif reason := _read_line(line, lines, hashes):
            left_out.append(f"{name}: {line[:200]!r} is left out, for {reason}")
    return RequirementFile(lines=tuple(lines), hashes=hashes, left_out=tuple(left_out))


def _read_line(line: str, lines: dict[str, None], hashes: dict[str, tuple[str, ...]]) -> str:
    """Take one line in, or return why it is left out."""
    if re.match(r"^(-e|--editable)[= ]?\s*\.?/?(\[.*\])?$", line) or line in (".", "./"):
        return ""  # the project itself, which is importable
    if line.startswith("-"):
        return "options that name other places are not heeded"
    sums = tuple(_HASH.findall(line))
    try:
        requirement = sound_requirement(re.split(r"\s--", line)[0].strip())
    except ValueError as error:
        return str(error)
    lines[requirement] = None
    if sums:
        hashes[requirement.partition(";")[0].strip()] = sums
    return ""
