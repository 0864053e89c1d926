"""Ignore rules: what git itself leaves out, and no pattern that takes long."""

import subprocess
import time
from pathlib import Path

import pytest

from swarm.run.ignore_rules import IgnoreRules

_NAMES = (
    *(
        [
            "a.py",
            "b.pyc",
            "build/x.o",
            "build/keep.txt",
            "src/build/y",
            "docs/a.md",
            "docs/sub/b.md",
            "docs/sub/c.txt",
            "x.tmp",
            "x.tmq",
        ]
    ),
    *(
        [
            "foo1.c",
            "foo12.c",
            "#odd",
            "!odd",
            "node_modules/a/b.js",
            "deep/node_modules/c.js",
            "log/2024/a.log",
            "log/b.log",
        ]
    ),
    *("a/x/z", "a/x/y/z", "a/z", "q[1].txt", "sp ace.txt"),
)
_RULES = [
    "*.pyc\nbuild/\n!build/keep.txt\n/docs/*.md\n*.tm[a-p]\nfoo?.c",
    "\\#odd\n\\!odd\nsp ace.txt   \nnode_modules\n/log/**\n!/log/b.log",
    "a/**/z\n**/sub/*.md\n/*\n!/docs\n!/src",
    "docs/\n!docs/a.md\nq\\[1\\].txt\n*.[!p]*\n",
    "**/build\nlog/*/a.*\n[a-c].p*\nx.*\n!x.tmp",
]


@pytest.mark.parametrize("rules", _RULES)
def test_what_git_leaves_out_is_left_out(rules: str, tmp_path: Path) -> None:
    """Asked of git itself, file by file."""
    for name in _NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".gitignore").write_text(rules)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    asked = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "--others", "--exclude-standard", "-z"], capture_output=True, check=True
    )
    kept = set(asked.stdout.decode().strip("\0").split("\0")) - {".gitignore"}
    found = IgnoreRules(rules.splitlines())

    assert {name for name in _NAMES if not found.covers(name)} == kept


@pytest.mark.parametrize(
    "pattern", ["*a" * 12 + "b", "**/" * 60 + "x", "*" * 900, "[" * 500, "?*" * 300, "a/**/" * 90 + "b"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Nor many of them: a repository brings its own."""
    rules, began = IgnoreRules([pattern] * 50), time.monotonic()
    for name in ("a" * 250, "a/" * 120 + "a", "[" * 200):
        rules.decision(name)
    assert time.monotonic() - began < 2.0
