"""What a project says it needs, without installing anything: so that a person can be asked."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from swarm.environments.node import read_json
from swarm.environments.package_names import is_npm_name, is_npm_range, sound_requirement
from swarm.environments.poetry import poetry_requirements
from swarm.environments.requirement_files import RequirementFile, find_requirement_files, read_requirement_file
from swarm.errors import UsageError
from swarm.nodes import Noun

_LARGEST_FILE = 2_000_000
_GROUPS = frozenset(("test", "tests", "testing", "dev", "develop", "development"))
_NPM = "npm:"
_MOST = 500


class Requirements(Noun):
    """The packages a project needs: for Python as lines of PEP 508, for Node by name and range."""

    python: tuple[str, ...] = ()
    hashes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Of `name==version`: the SHA-256 sums that its files allow."""
    node: dict[str, str] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    """What cannot be installed from an index, each with the reason."""

    def __bool__(self) -> bool:
        """Say whether anything is needed."""
        return bool(self.python or self.node)

    @property
    def names(self) -> tuple[str, ...]:
        """The packages, as a person is asked about them: `numpy>=2`, `npm:express@^4`."""
        return (*self.python, *(f"{_NPM}{name}@{spec}" for name, spec in self.node.items()))


def required_by(folder: Path, packages: Sequence[str] = ()) -> Requirements:
    """Return what the files of a project need, and what is named besides: `pandas>=2`, `npm:left-pad@1`.

    Read are pyproject.toml (its dependencies and those for tests and development), requirements files of these names,
    and package.json. Raises UsageError for a name that is not one.
    """
    lines: dict[str, None] = {}
    left_out: list[str] = []
    hashes: dict[str, tuple[str, ...]] = {}
    for line in _from_pyproject(folder, left_out):
        try:
            lines[sound_requirement(line)] = None
        except ValueError as error:
            left_out.append(f"pyproject.toml: {line[:200]!r} is left out, for {error}")
    for name in find_requirement_files(folder):
        found: RequirementFile = read_requirement_file(folder, name)
        lines |= dict.fromkeys(found.lines)
        left_out += found.left_out
        hashes |= found.hashes
    node = _from_package_json(folder, left_out)
    for package in packages:
        if package.startswith(_NPM):
            name, spec = _npm_package(package.removeprefix(_NPM))
            node[name] = spec
            continue
        try:
            lines[sound_requirement(package)] = None
        except ValueError as error:
            raise UsageError(f"{package[:200]!r} is not the name of a package: {error}; write name>=version") from None
    if len(lines) + len(node) > _MOST:
        raise UsageError(f"{folder} asks for {len(lines) + len(node)} packages; at most {_MOST} are installed")
    return Requirements(python=tuple(lines), hashes=hashes, node=node, left_out=tuple(left_out))


def _from_pyproject(folder: Path, left_out: list[str]) -> list[str]:
    path = folder / "pyproject.toml"
    if not path.is_file():
        return []
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError(f"it is larger than {_LARGEST_FILE:,} bytes")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        left_out.append(f"pyproject.toml is left out, for it cannot be read: {error}")
        return []
    project, tool = _table(document.get("project")), _table(document.get("tool"))
    lines = [*_strings(project.get("dependencies")), *poetry_requirements(_table(tool.get("poetry")), _GROUPS)]
    extras = _table(project.get("optional-dependencies"))
    lines += [line for name, listed in extras.items() if name.lower() in _GROUPS for line in _strings(listed)]
    groups = _table(document.get("dependency-groups"))
    lines += [line for name in groups if name.lower() in _GROUPS for line in _group(groups, name, frozenset())]
    return _without_itself(lines, str(project.get("name", "")), extras)


def _group(groups: Mapping[str, object], name: str, above: frozenset[str]) -> list[str]:
    """The requirements of a group, with those of the groups that it includes (PEP 735)."""
    lines: list[str] = []
    listed = groups.get(name)
    for item in listed if isinstance(listed, list) and name not in above else ():
        if isinstance(item, str):
            lines.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            lines += _group(groups, item["include-group"], above | {name})
    return lines


def _without_itself(lines: Sequence[str], project: str, extras: Mapping[str, object]) -> list[str]:
    """Replace `project[extra]` by what the extra needs: the project itself is importable as it is."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    kept: list[str] = []
    for line in lines:
        try:
            found = Requirement(line)
        except InvalidRequirement:
            kept.append(line)
            continue
        if canonicalize_name(found.name) != canonicalize_name(project or "-"):
            kept.append(line)
            continue
        kept += [inner for name in sorted(found.extras) for inner in _strings(extras.get(name)) if inner != line]
    return kept


def _from_package_json(folder: Path, left_out: list[str]) -> dict[str, str]:
    path = folder / "package.json"
    if not path.is_file():
        return {}
    try:
        document = read_json(path)
    except (OSError, ValueError) as error:
        left_out.append(f"package.json is left out, for it cannot be read: {error}")
        return {}
    node: dict[str, str] = {}
    for field in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, spec in _table(document.get(field)).items():
            try:
                node |= [_npm_package(f"{name}@{spec}")]
            except UsageError as error:
                left_out.append(f"package.json: {error}")
    return node


def _npm_package(text: str) -> tuple[str, str]:
    at = text.find("@", 1)
    name, spec = (text[:at], text[at + 1 :]) if at > 0 else (text, "latest")
    if not is_npm_name(name) or not is_npm_range(spec):
        raise UsageError(f"{text[:200]!r} is not a package of npm's registry; write npm:name or npm:name@version")
    return name, spec


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
