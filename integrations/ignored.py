"""Ignored: which files of a repository are not its own, by its `.gitignore` files, the nearest one deciding."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

_LARGEST = 1_000_000


class Rule(NamedTuple):
    """The lines of one `.gitignore`, and the folder for which they hold."""

    folder: Path
    spec: GitIgnoreSpec


def rule_of(folder: Path) -> list[Rule]:
    """Return the rule that a folder has; none if it has no file of rules, or none that can be read."""
    path = folder / ".gitignore"
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return []
        return [Rule(folder, GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8", errors="replace").splitlines()))]
    except (OSError, ValueError):
        return []


def is_ignored(path: Path, rules: Sequence[Rule], is_folder: bool = False) -> bool:
    """Say whether the rules of the folders above leave a path out."""
    for rule in reversed(rules):
        told = path.relative_to(rule.folder).as_posix() + "/" * is_folder
        if (found := rule.spec.check_file(told).include) is not None:
            return bool(found)
    return False
