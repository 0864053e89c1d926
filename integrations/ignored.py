"""Ignored: which files of a repository are not its own, by its `.gitignore` files, the nearest one deciding."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from swarm.run.ignore_rules import IgnoreRules


class Rule(NamedTuple):
    """The rules of one `.gitignore`, and the folder for which they hold."""

    folder: Path
    rules: IgnoreRules


def rule_of(folder: Path) -> list[Rule]:
    """Return the rule that a folder has; none if it has no file of rules, or none that can be read."""
    rules = IgnoreRules.read(folder / ".gitignore")
    return [] if rules is None else [Rule(folder, rules)]


def is_ignored(path: Path, rules: Sequence[Rule], is_folder: bool = False) -> bool:
    """Say whether the rules of the folders above leave a path out."""
    for rule in reversed(rules):
        found = rule.rules.decision(path.relative_to(rule.folder).as_posix(), is_folder)
        if found is not None:
            return found
    return False
