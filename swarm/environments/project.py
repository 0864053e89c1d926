"""The project itself as an installed package: its name, version, entry points and programs; its code stays in place.

Nothing of the project is run for that: a version that only running it would tell is 0.
"""

import ast
import configparser
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import Field

from swarm.keys import digest
from swarm.nodes import Noun

_LARGEST = 2_000_000
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,98}")
_GROUP = re.compile(r"[\w.-]{1,200}")
_OBJECT = re.compile(r"([\w.]{1,200}):([\w.]{1,200})(?:\s*\[[\w, .-]*\])?")
_UNKNOWN = "0"
_VERSION_FILES = ("__init__.py", "_version.py", "version.py", "__about__.py", "__version__.py")
_SCRIPTS = "console_scripts"
_PROGRAM = """\
#!/usr/bin/env python
import sys
from importlib import import_module
from operator import attrgetter

sys.exit(attrgetter("{attribute}")(import_module("{module}"))())
"""


class Project(Noun):
    """What a project says of itself: its name, its version, and its entry points by group and name."""

    name: str
    version: str = _UNKNOWN
    entry_points: dict[str, dict[str, str]] = Field(default_factory=dict)


def project_of(folder: Path) -> Project | None:
    """Read what a folder's pyproject.toml, or its setup.cfg, says of the project in it; None for no project."""
    for read in (_from_pyproject, _from_setup_cfg):
        name, version, groups = read(folder)
        if not _NAME.fullmatch(name):
            continue
        version = version or _written_version(folder, name)
        kept = {group: dict(_sound(entries)) for group, entries in groups.items() if _GROUP.fullmatch(group)}
        return Project(
            name=name,
            version=version if _VERSION.fullmatch(version) else _UNKNOWN,
            entry_points={group: entries for group, entries in kept.items() if entries},
        )
    return None


def install_project(folder: Path, root: Path) -> Path | None:
    """Return a folder below `root` by which a project counts as installed: its metadata, and programs in `bin`.

    Folders are shared by what they hold; None where there is no project.
    """
    project = project_of(folder)
    if project is None:
        return None
    place = root / f"project-{digest(project.model_dump(mode='json'), _PROGRAM)}"
    if not place.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=root, prefix=".installing-"))
        try:
            _write(project, beside)
            with suppress(OSError):  # another process was first
                beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return place


def _write(project: Project, folder: Path) -> None:
    info = folder / f"{re.sub(r'[-_.]+', '_', project.name).lower()}-{project.version}.dist-info"
    programs = folder / "bin"
    for each in (info, programs):
        each.mkdir()
        each.chmod(0o755)
    rows = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {project.version}\n",
        "INSTALLER": "swarm\n",
        "entry_points.txt": "".join(
            f"[{group}]\n{''.join(f'{name} = {value}{chr(10)}' for name, value in entries.items())}\n"
            for group, entries in project.entry_points.items()
        ),
    }
    files = {info / name: text for name, text in rows.items()}
    for name, value in project.entry_points.get(_SCRIPTS, {}).items():
        if (found := _OBJECT.fullmatch(value)) and _NAME.fullmatch(name):
            files[programs / name] = _PROGRAM.format(module=found[1], attribute=found[2])
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if path.parent == programs else 0o644)
    folder.chmod(0o755)


def _from_pyproject(folder: Path) -> tuple[str, str, dict[str, Mapping[str, object]]]:
    try:
        document = tomllib.loads(_text(folder / "pyproject.toml"))
    except (ValueError, RecursionError):
        return "", "", {}
    project, tool = _table(document.get("project")), _table(document.get("tool"))
    poetry = _table(tool.get("poetry"))
    groups = dict(_table(project.get("entry-points"))) | {_SCRIPTS: project.get("scripts") or poetry.get("scripts")}
    groups |= {"gui_scripts": project.get("gui-scripts"), **_table(poetry.get("plugins"))}
    name, version = project.get("name") or poetry.get("name"), project.get("version") or poetry.get("version")
    return str(name or ""), str(version or ""), {str(group): _table(each) for group, each in groups.items()}


def _from_setup_cfg(folder: Path) -> tuple[str, str, dict[str, Mapping[str, object]]]:
    found = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    try:
        found.read_string(_text(folder / "setup.cfg"))
    except configparser.Error:
        return "", "", {}
    groups: dict[str, Mapping[str, object]] = {}
    for group, text in found["options.entry_points"].items() if "options.entry_points" in found else ():
        pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
        groups[group] = {name.strip(): value.strip() for name, _, value in pairs}
    version = found.get("metadata", "version", fallback="")
    return found.get("metadata", "name", fallback=""), "" if ":" in version else version, groups


def _written_version(folder: Path, name: str) -> str:
    """Return a version that stands as a plain literal in the project's code; empty for one that does not."""
    module = re.sub(r"[-.]+", "_", name)
    places = [folder / below / each for below in ("src", ".") for each in dict.fromkeys((module, module.lower()))]
    for path in [place / file for place in places for file in _VERSION_FILES] + [Path(f"{each}.py") for each in places]:
        with suppress(SyntaxError, ValueError, RecursionError):
            for statement in ast.parse(_text(path)).body:
                if version := _literal(statement):
                    return version
    return _UNKNOWN


def _literal(statement: ast.stmt) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    is_version = any(isinstance(each, ast.Name) and each.id in ("__version__", "version") for each in targets)
    return value.value if is_version and isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _sound(entries: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in entries.items():
        plain = f"{name}{value}".isprintable() and not {"=", "[", "#", ";"} & set(name[:1] + name[-1:])
        if isinstance(value, str) and name.strip() and plain:
            yield name, value


def _text(path: Path) -> str:
    """Return a project's file as text; empty for one that is not there, or is no ordinary file."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
