"""The command line: a person's mistake is one line on standard error and exit code 2, before anything is started."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from swarm import cli
from swarm.errors import StackError, SwarmError, UsageError
from swarm.testing import ScriptedModel

_HEAVY = {"prefect", "openai", "onnxruntime", "xllamacpp", "rich.live", "asyncpg", "httpx", "pydantic", "integrations"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home nobody lives in, so that a mistake that is not caught cannot start anything on the real one."""
    monkeypatch.setenv("SWARM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("swarm.stack.up", lambda settings, say: pytest.fail("the stack was started"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["swarm", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", ""], "the goal is empty"),
        (["run", " \n "], "the goal is empty"),
        (["run", "x" * 100_000], "the goal has 100,000 characters, the limit is 20,000"),
        (["run", "g\udcff"], "the goal is not UTF-8 text at character 2"),
        (["run"], "Missing argument 'goal'"),
        (["run", "g", "--bogus"], "No such option: --bogus"),
        (["dance"], "No such command 'dance'"),
        (["run", "g", "--context", "none.txt"], "--context none.txt cannot be read: No such file"),
        (["run", "g", "--context", "ftp://example.org"], "is not a path nor an http(s) address"),
        (["run", "g", "--context", "a\udcff"], r"--context a\xff cannot be read"),
        (["run", "g", "--workspace", "file/below"], "file/below is not writable: Not a directory"),
        (["run", "g", "--budget-calls", "0"], "'--budget-calls'"),
        (["run", "g", "--budget-tokens", "many"], "'--budget-tokens'"),
        (["run", "g", "--budget-tokens", str(2**64)], "'--budget-tokens'"),
        (["run", "g", "--budget-usd", "-1"], "'--budget-usd'"),
        (["run", "g", "--budget-usd", "nan"], "'--budget-usd'"),
        (["run", "g", "--budget-usd", "inf"], "'--budget-usd'"),
        (["run", "g", "--max-nodes", "0"], "'--max-nodes'"),
        (["ls", "--limit", "0"], "'--limit'"),
        (["fork", "r"], "Missing option '--node'"),
        (["fork", "r", "--node", "0", "--goal", "g", "--model", "m"], "one fork changes one thing"),
        (["fork", "r", "--node", "0", "--goal", " "], "the goal is empty"),
        (["fork", "r", "--node", "0", "--answer", ""], "--answer is empty"),
        (["prune"], "say which: `swarm prune RUN ...`"),
        (["prune", "--older-than", "soon"], "--older-than 'soon' is no age"),
    ],
)
def test_a_persons_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is wrong, prints nothing on standard output, and starts nothing."""
    Path("file").touch()
    assert _main(monkeypatch, *arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("swarm: ") and shown.err.count("\n") == 1 and said in shown.err
    assert not home.exists()


def test_a_setting_that_is_not_usable_is_a_persons_mistake(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong environment variable is named."""
    monkeypatch.setenv("SWARM_MODEL_RETRIES", "often")
    assert _main(monkeypatch, "run", "g") == 2
    assert capsys.readouterr().err.startswith("swarm: SWARM_MODEL_RETRIES is not usable: ")
    assert not home.exists()


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (None, 0, ""),
        (typer.Exit(1), 1, ""),
        (typer.Exit(130), 130, ""),
        (typer.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, ""),
        (UsageError("wrong"), 2, "swarm: wrong\n"),
        (StackError("down"), 1, "swarm: down\n"),
        (SwarmError("broken"), 1, "swarm: broken\n"),
    ],
)
def test_how_a_command_ends_is_its_exit_code(
    raised: BaseException | None,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 done, 1 failed or partial, 2 usage, 130 interrupted; scripts rely on it."""
    app = typer.Typer()

    @app.command()
    def only() -> None:
        if raised:
            raise raised

    monkeypatch.setattr("swarm.cli.frame.app", app)
    assert _main(monkeypatch) == code
    assert capsys.readouterr().err.strip("\n") == said.strip("\n")


def test_a_defect_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is nobody's mistake but ours keeps its traceback."""
    app = typer.Typer()

    @app.command()
    def only() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("swarm.cli.frame.app", app)
    monkeypatch.setattr(sys, "argv", ["swarm"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_help_imports_nothing_heavy() -> None:
    """What takes seconds to import is imported where it is used; this keeps `swarm --help` under 0.3 s."""
    program = "import sys; sys.argv = ['swarm', '--help']; from swarm.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0 and "Run a goal to its report" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "swarm.cli" in imported
    assert not [name for name in imported if name in _HEAVY or name.partition(".")[0] in _HEAVY]


def test_without_a_command_help_is_shown_as_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever types `swarm` alone learns the commands, on standard error."""
    assert _main(monkeypatch) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and "watch" in shown.err


def test_every_command_that_answers_can_answer_in_json() -> None:
    """Scripts rely on it."""
    from typer.main import get_command

    commands = get_command(cli.app).commands  # type: ignore[attr-defined]  # a group, as it has several
    for group in ("functions", "memory"):
        commands |= {f"{group} {name}": each for name, each in commands.pop(group).commands.items()}
    without = {name for name, command in commands.items() if "--json" not in str([p.opts for p in command.params])}
    assert without == {"down"}


def test_models_shows_each_profile_with_the_origin_of_its_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By table, endpoint and default; `--json` has the same by role; a bad file is a usage error."""
    with ScriptedModel({"model": "gpt-4.1", "window": 20_000}) as model:
        for name, value in (("OPENAI_BASE_URL", model.base_url), ("SWARM_MODEL_WRITE", "nobody-knows")):
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("SWARM_MODEL", raising=False)
        assert _main(monkeypatch, "models") == 0
        shown = capsys.readouterr().out
        assert _main(monkeypatch, "models", "--json") == 0
        profiles = json.loads(capsys.readouterr().out)["profiles"]
        (tmp_path / "p.yaml").write_text("gpt-4.1: {window: none}")
        monkeypatch.setenv("SWARM_PROFILES", "p.yaml")
        assert _main(monkeypatch, "models") == 2
    assert "window    20,000       endpoint" in shown and "form      tools        table: gpt-4.1" in shown
    assert "turns     60           default" in shown
    assert profiles["decide"]["window"] == 20_000 and profiles["write"]["model"] == "nobody-knows"
    assert profiles["review"]["origin"]["output"] == "half the window"


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        ("swarm models >/dev/full", 1, "swarm: standard output cannot be written: No space left on device"),
        ("swarm models --json >/dev/full", 1, "swarm: standard output cannot be written: No space left on device"),
        ("swarm models >&-", 0, ""),
        ("swarm models >&- 2>&- <&-", 0, ""),
        ("swarm models | true; exit ${PIPESTATUS[0]}", None, ""),
        ("mkdir gone; cd gone; rmdir ../gone; swarm ls", 2, "swarm: the current folder cannot be used: "),
        ("PYTHONIOENCODING=ascii swarm run '' --context Übersicht.md", 2, "swarm: the goal is empty"),
        ("PYTHONIOENCODING=ascii:strict swarm show Ünbekannt", 1, "swarm: the stack under "),
        ("PYTHONIOENCODING=latin-1 swarm show 東京", 1, "swarm: the stack under "),
    ],
)
def test_the_terminal_as_it_is(home: Path, shell: str, code: int | None, said: str) -> None:
    """A stream that is closed or full, an encoding with few characters, a folder that is gone: no traceback."""
    environ = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "SWARM_HOME": str(home)}
    done = subprocess.run(["bash", "-c", shell], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) <= 1
    assert done.stderr.startswith(said)
    assert code is None or done.returncode == code
