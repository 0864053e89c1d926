"""The commands on memory: Postgres is enough for them, and they import no more than they need."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.errors import StackError
from swarm.settings import Settings
from swarm.stack import Connection, database_url
from swarm.stack.home import Home, Memory

_SCRIPT = """
import json, sys
from swarm import cli
try:
    cli.main()
except SystemExit as end:
    print(json.dumps({"code": end.code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
_HEAVY = {"prefect", "openai", "onnxruntime", "tokenizers", "httpx", "numpy", "regex", "github", "trafilatura"}


def _run(stack: tuple[Settings, Connection], folder: Path, *arguments: str) -> tuple[str, set[str]]:
    """Run a command with the database alone: in a home where nothing was ever started."""
    told = {"SWARM_DATABASE_URL": stack[1].database_url, "SWARM_HOME": str(folder / "home")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SWARM_", "PREFECT_"))}
    command = [sys.executable, "-c", _SCRIPT, "memory", *arguments]
    done = subprocess.run(command, env=kept | told, cwd=folder, capture_output=True, text=True, timeout=120)
    said = json.loads(done.stderr.splitlines()[-1])
    assert said["code"] == 0, done.stderr
    return done.stdout, {name.partition(".")[0] for name in said["modules"]}


@pytest.mark.engine
def test_the_database_is_enough(stack: tuple[Settings, Connection], tmp_path: Path) -> None:
    """To add, search, list, look and forget; what is found is named by its headings."""
    word = secrets.token_hex(4)
    (tmp_path / "ferry.md").write_text(f"# Ferry {word}\n\n## Fares\n\nA crossing costs two crowns{word}.\n")
    _run(stack, tmp_path, "add", "ferry.md", "--no-embed")
    found, _ = _run(stack, tmp_path, "search", f"crowns{word}", "--strategy", "lexical")
    assert f"ferry.md > Ferry {word}  (file://" in found and "lines 1-5" in found
    uri = (tmp_path / "ferry.md").as_uri()
    for command in (["ls", uri], ["show", uri], ["view", uri], ["stats"], ["ls", "--sources"]):
        said, modules = _run(stack, tmp_path, *command)
        assert said and not modules & _HEAVY, command
    said, modules = _run(stack, tmp_path, "export", "out.jsonl", "--below", uri)
    assert "1 items" in said and not modules & _HEAVY
    said, modules = _run(stack, tmp_path, "forget", "ferry.md")
    assert "1 items are forgotten" in said and not modules & (_HEAVY - {"numpy", "regex"})


def test_a_database_that_does_not_run_is_said(tmp_path: Path) -> None:
    """Also where its process is gone that a home remembers; one that is named by the environment is taken as it is."""
    home = Home(tmp_path / "home").make()
    settings = Settings(swarm_home=home.root, swarm_database_url=None)
    home.remember(Memory(database_url="postgresql://x@/swarm"))
    with pytest.raises(StackError, match=r"database under .* is not running; run `swarm up`"):
        database_url(settings)
    named = Settings.model_validate({"swarm_home": home.root, "swarm_database_url": "postgresql://x:y@db/swarm"})
    assert database_url(named) == "postgresql://x:y@db/swarm"
