"""Full hands: a node on a capable model reads, finds, writes, edits, runs commands, and is judged by one that looks."""

import subprocess
from itertools import pairwise

import pytest
from pydantic import JsonValue

from swarm.testing import Asked
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import Said

pytestmark = pytest.mark.engine
_STRONG = {"swarm_model": "strong"}
_PASS: Said = {"kind": "judge", "criteria": [{"id": "c1", "result": "pass", "gap": ""}]}
_WANTED: list[JsonValue] = [{"text": "The work shows it", "check": "judge", "spec": ""}]


def turn(*actions: Said, situation: str = "On it.") -> Said:
    """Return a decision for several actions."""
    return {"situation": situation, "actions": list(actions)}


def do(kind: str, **fields: JsonValue) -> Said:
    """Return one action."""
    return {"kind": kind, **fields}


def end(answer: str = "Done.", **more: JsonValue) -> Said:
    """Return the decision to finish."""
    return turn(do("finish", answer=answer, **more))


def settling(first: Said, wanted: JsonValue = _WANTED) -> Said:
    """Return a root's first decision with its criteria before all else."""
    if isinstance(then := first.get("then"), dict):
        return first | {"then": settling(then, wanted)}
    actions = first["actions"]
    assert isinstance(actions, list)
    return first | {"actions": [do("settle", criteria=wanted), *actions]}


def led(
    first: Said,
    *further: JsonValue,
    wanted: JsonValue = _WANTED,
    reviews: list[JsonValue] | None = None,
    **more: JsonValue,
) -> Said:
    """Return a script for a root, which settles its criteria first, and for the reviewer, which passes unless said."""
    root: Said = {"decide": [settling(first, wanted), *further]}
    return {"nodes": {"0": root}, "default": {"review": reviews or [turn(_PASS)]}, **more}


async def _grown(grove: Grove, script: Said, goal: str = "Mend what is wrong", **more: object) -> Tree:
    return await grove.grown(script, goal, given=_STRONG, workspace=str(grove.folder), **more)


def _last(tree: Tree, nth: int = -1) -> str:
    """Return what the last message of a decision's request showed."""
    return tree.model.asked("0", "decide")[nth].messages[-1].content


async def test_a_node_works_with_all_its_hands(grove: Grove) -> None:
    """It looks, writes, edits, runs and notes; the report names the files, and the reviewer saw the diff."""
    (grove.folder / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    test = "from calc import add\nassert add(2, 3) == 5\nprint('right')\n"
    script = led(
        turn(do("read", uri="calc.py"), do("find", pattern=r"return .*"), do("note", text="add subtracts")),
        turn(do("write_file", path="check.py", text=test)),
        turn(do("edit_file", path="calc.py", edits=[{"old": "a - b", "new": "a + b"}])),
        turn(do("run_command", command="python check.py && echo log > made.txt && rm check.py")),
        end("add subtracted; it adds now.", evidence=["calc.py"]),
    )
    tree = await _grown(grove, script)
    assert (tree.told.status, tree.told.answer) == ("done", "add subtracted; it adds now.")
    assert set(tree.told.artifacts) == {"check.py", "calc.py", "made.txt"}
    assert (grove.folder / "calc.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert (grove.folder / "made.txt").read_text() == "log\n" and not (grove.folder / "check.py").exists()
    assert "exit code 0" in _last(tree) and "right" in _last(tree) and "deleted: check.py" in _last(tree)
    assert "calc.py:2:    return a - b" in "".join(m.content for m in tree.model.asked("0", "decide")[1].messages)
    assert "+    return a + b" in tree.prompt("0.r5", "review") and "add subtracts" not in tree.prompt("0.r5", "review")


async def test_a_conversation_only_grows(grove: Grove) -> None:
    """Each request begins with the whole of the one before, so that a provider's cache holds it."""
    script = led(turn(do("find", files="*")), turn(do("note", text="one")), turn(do("note", text="two")), end())
    tree = await _grown(grove, script)
    asked = [request.messages for request in tree.model.asked("0", "decide")]
    for before, after in pairwise(asked):
        assert after[: len(before)] == before and len(after) > len(before)


async def test_edits_that_do_not_apply_are_explained_and_spoil_nothing(grove: Grove) -> None:
    """Twice, never, in a binary file, in a file that is not there; CRLF stays what it is."""
    (grove.folder / "twice.py").write_text("x = 1\nx = 1\n")
    (grove.folder / "bin.dat").write_bytes(b"\x00\x01")
    (grove.folder / "dos.txt").write_bytes(b"a\r\nb\r\n")

    def edit(path: str, old: str) -> Said:
        return do("edit_file", path=path, edits=[{"old": old, "new": "y"}])

    actions = [
        edit("twice.py", "x = 1"),
        edit("twice.py", "z = 9"),
        edit("bin.dat", "a"),
        edit("none.py", "a"),
        edit("dos.txt", "b"),
    ]
    tree = await _grown(grove, led(turn(*actions), end()))
    said = [message.content for message in tree.model.asked("0", "decide")[-1].messages]
    for words in ("occurs 2 times, at lines 1, 2", "does not occur in the file", "is binary", "no none.py to edit"):
        assert any(words in text for text in said), words
    assert (grove.folder / "twice.py").read_text() == "x = 1\nx = 1\n"
    assert (grove.folder / "dos.txt").read_bytes() == b"a\r\ny\r\n"
    assert any("bin.dat" in line for line in tree.told.warnings)


async def test_a_file_that_was_not_read_or_has_changed_is_not_written_over(grove: Grove) -> None:
    """It is said to the model and in the report; once read, it may be."""
    (grove.folder / "theirs.txt").write_text("theirs\n")
    write = do("write_file", path="theirs.txt", text="ours\n")
    meddle = do("run_command", command="echo a > new.txt")
    script = led(turn(write), turn(do("read", uri="theirs.txt")), turn(meddle, write), end())
    tree = await _grown(grove, script, "Tidy up")
    assert "was not read; read it first" in tree.model.asked("0", "decide")[1].messages[-1].content
    assert any("not kept: theirs.txt" in line for line in tree.told.warnings)
    assert (grove.folder / "theirs.txt").read_text() == "ours\n"


async def test_secrets_and_git_are_not_touched(grove: Grove) -> None:
    """Neither read, nor written, nor seen by a command; a project's other dotfiles are ordinary files."""
    (grove.folder / ".env").write_text("TOKEN=marked-4711")
    reads = [
        do("read", uri=".env"),
        do("write_file", path=".env", text="x"),
        do("write_file", path=".git/config", text="x"),
    ]
    run = do("run_command", command="cat .env; echo x > .env.local; echo ok > .editorconfig")
    tree = await _grown(grove, led(turn(*reads), turn(run), end()))
    assert not any("marked-4711" in m.content for asked in tree.model.requests for m in asked.messages)
    assert (grove.folder / ".env").read_text() == "TOKEN=marked-4711" and not (grove.folder / ".env.local").exists()
    assert (grove.folder / ".editorconfig").read_text() == "ok\n" and not (grove.folder / ".git").exists()


async def test_what_ends_a_node_stands_alone(grove: Grove) -> None:
    """The other actions of the turn are done first, and then it is decided anew."""
    early = turn(do("write_file", path="a.txt", text="a"), do("give_up", reason="early"))
    tree = await _grown(grove, led(early, end("late")))
    assert tree.told.answer == "late" and "stands alone" in _last(tree) and (grove.folder / "a.txt").exists()


async def test_a_node_finishes_in_the_turn_of_its_last_change(grove: Grove) -> None:
    """But only as the last of its actions, and only if all before it went well; else it is said why not."""
    write, fails = do("write_file", path="a.txt", text="a"), do("run_command", command="ls none")
    too_early = turn(do("finish", answer="early"), do("note", text="more"))
    script = led(
        turn(write, fails, do("finish", answer="unproven")),
        too_early,
        turn(do("run_command", command="cat a.txt; grep x a.txt"), do("finish", answer="proven", evidence=["a.txt"])),
    )
    tree = await _grown(grove, script)
    asked = tree.model.asked("0", "decide")
    assert (tree.told.status, tree.told.answer, len(asked)) == ("done", "proven", 3)
    assert "not finished, because run_command ls none came to error" in asked[1].messages[-1].content
    assert any("finish must be the last action of a turn" in message.content for message in asked[2].messages)


async def test_the_last_turn_delivers(grove: Grove) -> None:
    """It may only finish, and what it says is missing makes the report a partial one."""
    last = end("Half of it is there.", missing="the other half; next: write it")
    tree = await _grown(grove, led(turn(do("note", text="half")), last), limits={"turns": 2})
    asked = tree.model.asked("0", "decide")[-1]
    assert "This is your last turn" in asked.messages[-1].content
    assert (tree.told.status, tree.told.answer) == ("partial", "Half of it is there.")
    assert "the other half" in tree.told.dropped[0].tried
    assert '"write_file"' not in str(asked.body["response_format"])


async def test_a_budget_leaves_room_for_a_last_word(grove: Grove) -> None:
    """With two calls left, the next decision must be the answer; what is left is said in each turn."""
    looks = [turn(do("note", text=str(number))) for number in range(9)]
    tree = await _grown(grove, led(*looks), lease={"calls": 6})
    shown = [asked.messages[-1].content for asked in tree.model.asked("0", "decide")]
    assert "Left: 6 model calls." in shown[0] and any("This is your last turn" in told for told in shown)
    assert tree.told.status == "partial" and "Noted:\n- 0" in tree.told.answer


async def test_the_same_failing_move_ends_with_its_cause(grove: Grove) -> None:
    """Drawn anew at another temperature, then not offered, and in the end named in the report."""
    again = turn(do("run_command", command="exit 3"))
    tree = await _grown(grove, led(again))
    assert tree.told.status == "failed" and "run_command exit 3 failed alike" in tree.told.summary
    temperatures = [asked.body.get("temperature") for asked in tree.model.asked("0", "decide")]
    assert temperatures[0] == 0.0 and 0.8 in temperatures


async def test_a_machine_says_no_before_a_reviewer_is_asked(grove: Grove) -> None:
    """The command's output is the gap; once it exits with 0 the work is judged."""
    wanted: JsonValue = [
        {"text": "It works", "check": "judge", "spec": ""},
        {"text": "The check passes", "check": "command", "spec": "test -f done.txt || { echo no file; exit 1; }"},
    ]
    verdict = turn(do("judge", criteria=[{"id": "c2", "result": "pass", "gap": ""}]))
    script = led(
        end("early"), turn(do("write_file", path="done.txt", text="x")), end("now"), wanted=wanted, reviews=[verdict]
    )
    tree = await _grown(grove, script)
    assert tree.told.status == "done" and [path for path in tree.statuses() if ".r" in path] == ["0.r3"]
    assert "no file" in tree.model.asked("0", "decide")[1].messages[-1].content
    assert {criterion.id: criterion.result for criterion in tree.told.criteria} == {"c1": "pass", "c2": "pass"}


async def test_a_command_finds_its_project_installed(grove: Grove) -> None:
    """A test that asks for the version runs; nothing of that stands in the workspace."""
    (grove.folder / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "3.1"\n')
    asks = do("run_command", command="python -c 'from importlib.metadata import version; print(version(\"mine\"))'")
    tree = await _grown(grove, led(turn(asks), end()))
    assert "exit code 0\n3.1" in _last(tree)
    assert {path.name for path in grove.folder.iterdir()} == {"pyproject.toml", tree.run}


async def test_what_a_command_has_printed_whole_was_read(grove: Grove) -> None:
    """It may be written over; what was printed in part may not."""
    for name in ("whole.txt", "part.txt"):
        (grove.folder / name).write_text(f"{name} has a line\nand another one\n")
    writes = [do("write_file", path=name, text="new\n") for name in ("whole.txt", "part.txt")]
    looks = turn(do("run_command", command="cat whole.txt; head -1 part.txt"))
    tree = await _grown(grove, led(looks, turn(*writes), end()))
    assert tree.told.status == "done" and (grove.folder / "whole.txt").read_text() == "new\n"
    assert (grove.folder / "part.txt").read_text() != "new\n"


async def test_a_reviewer_looks_for_itself_and_changes_nothing(grove: Grove) -> None:
    """It reads and runs on a copy; what it finds goes back to the node."""
    looks: list[JsonValue] = [
        turn(do("read", uri="a.txt"), do("run_command", command="cat a.txt; echo spoilt > a.txt")),
        turn(do("judge", criteria=[{"id": "c1", "result": "fail", "gap": "a.txt says one"}])),
    ]
    write = turn(do("write_file", path="a.txt", text="one\n"))
    edit = turn(do("edit_file", path="a.txt", edits=[{"old": "one", "new": "two"}]))
    script = led(write, end(), edit, end("two"))
    nodes = script["nodes"]
    assert isinstance(nodes, dict)
    nodes["0.r2"] = {"review": looks}
    tree = await _grown(grove, script)
    assert tree.told.status == "done" and (grove.folder / "a.txt").read_text() == "two\n"
    assert "a.txt says one" in tree.model.asked("0", "decide")[2].messages[-1].content


@pytest.mark.parametrize("form", ["tools", "json_schema", "json_object", "text"])
async def test_every_form_carries_every_action(grove: Grove, form: str) -> None:
    """As tool calls, as a schema's JSON, as plain JSON and as text: the same decisions, the same work."""
    given = {"swarm_model": "tools" if form == "tools" else "strong"}
    refused: dict[str, list[JsonValue]] = {"json_object": ["json_schema"], "text": ["json_schema", "json_object"]}
    script = led(
        turn(do("write_file", path="a.py", text="print('hi')\n"), do("note", text="n"), do("find", pattern="hi")),
        turn(
            do("edit_file", path="a.py", edits=[{"old": "hi", "new": "ho"}]), do("run_command", command="python a.py")
        ),
        turn(do("split", reason="too_large", subtasks=[_part("one"), _part("two")])),
        end("ho"),
        refuse=refused.get(form, []),
    )
    nodes = script["nodes"]
    assert isinstance(nodes, dict)
    nodes |= {"0.1": {"decide": [end("one is done")]}, "0.2": {"decide": [end("two is done")]}}
    tree = await grove.grown(script, "Print ho", given=given, workspace=str(grove.folder))
    assert tree.told.status == "done" and (grove.folder / "a.py").read_text() == "print('ho')\n"
    assert {path: status for path, status in tree.statuses().items() if status != "done"} == {}
    asked = tree.model.asked("0", "decide")[-1]
    assert ("tools" in asked.body) == (form == "tools")
    assert "two is done" in "".join(str(message.content) for message in asked.messages)


def _part(key: str) -> Said:
    return {"key": key, "goal": f"Do part {key}", "acceptance": [], "depends_on": [], "share": None}


async def test_a_child_knows_what_its_parent_has_found_out(grove: Grove) -> None:
    """Its conclusions, its notes and the places it has read travel with the goal."""
    (grove.folder / "plan.md").write_text("The bridge is red.\n")
    script = led(
        turn(do("read", uri="plan.md"), do("note", text="use metres"), situation="The plan matters."),
        turn(do("split", reason="too_large", subtasks=[_part("one"), _part("two")])),
        end(),
    )
    nodes = script["nodes"]
    assert isinstance(nodes, dict)
    nodes |= {"0.1": {"decide": [end("1")]}, "0.2": {"decide": [end("2")]}}
    tree = await _grown(grove, script)
    first = tree.model.asked("0.1", "decide")[0].messages[1].content
    for words in ("The plan matters.", "Noted: use metres", "plan.md", "It is a part of: Mend what is wrong"):
        assert words in first


async def test_a_file_that_was_cut_is_continued(grove: Grove) -> None:
    """What has arrived is kept, the model is told where it ends, and goes on from there."""
    whole = turn(do("write_file", path="long.md", text="line\n" * 400))
    cut: Said = {"fault": "truncate", "then": whole}
    tree = await _grown(grove, led(cut, turn(do("write_file", path="long.md", text="the end\n", append=True)), end()))
    text = (grove.folder / "long.md").read_text()
    assert text.startswith("line\nline") and text.endswith("the end\n") and 100 < len(text) < 2000
    assert "was cut" in tree.model.asked("0", "decide")[1].messages[-1].content


async def test_long_work_is_folded(grove: Grove) -> None:
    """What was noted stays, the files that were changed are shown as they are, and the turns go on."""
    (grove.folder / "big.txt").write_text("word\n" * 60_000)
    profiles = grove.folder / "profiles.yaml"
    profiles.write_text("strong: {hands: full, window: 16000, output: 1000, form: json_schema}\n")
    reads = [turn(do("read", uri="big.txt"), do("note", text=f"fact {number}")) for number in range(7)]
    decisions = iter([settling(turn(do("write_file", path="keep.txt", text="kept\n"))), *reads, end()])

    def answer(asked: Asked) -> object:
        if asked.role == "review":
            return turn(_PASS)
        return next(decisions) if asked.body.get("response_format") else "Folded: it was words."

    given, inputs = _STRONG | {"swarm_profiles": str(profiles)}, [str(grove.folder / "big.txt")]
    tree = await grove.grown(answer, given=given, workspace=str(grove.folder / "w"), inputs=inputs)
    shown = [
        m.content for asked in tree.model.asked("0", "decide") for m in asked.messages if "were folded" in m.content
    ]
    assert tree.told.status == "done" and shown
    assert "Folded: it was words." in shown[-1] and "- fact 0" in shown[-1] and "kept" in shown[-1]


async def test_changes_are_shown_and_undone(grove: Grove) -> None:
    """A repository is as clean afterwards as it was before."""
    (grove.folder / "a.txt").write_text("old\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        _git(grove, *command)
    script = led(
        turn(
            do("read", uri="a.txt"),
            do("run_command", command="echo new > a.txt; mkdir -p d/e; echo x > d/e/f; git status"),
        ),
        end(),
    )
    tree = await _grown(grove, script)
    code, said, _ = await grove.say("changes", tree.run)
    assert code == 0 and "-old\n+new" in said and "created d/e/f" in said
    assert (await grove.say("undo", tree.run))[0] == 0
    assert _git(grove, "status", "--porcelain") == b""
    code, said, words = await grove.say("undo", tree.run)
    assert code == 0 and "nothing to undo" in words


def _git(grove: Grove, *arguments: str) -> bytes:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(grove.folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


async def test_a_run_says_where_it_went_wrong(grove: Grove) -> None:
    """The node, the turn, the cause, what it cost from there and what to try."""
    good = turn(do("write_file", path="a.txt", text="a"))
    tree = await _grown(grove, led(good, turn(do("run_command", command="exit 3"))))
    code, said, _ = await grove.say("explain", tree.run)
    assert code == 0 and "it went wrong in node 0, from turn 2 on" in said
    assert "failed alike" in said and "cost from there: " in said and f"swarm retry {tree.run}" in said


async def test_a_replay_of_many_commands_needs_no_sandbox(grove: Grove) -> None:
    """Forty commands, and every report byte for byte the same."""
    commands = [turn(do("run_command", command=f"echo {n} >> log.txt")) for n in range(40)]
    tree = await _grown(grove, led(*commands, end()))
    assert tree.told.status == "done" and len((grove.folder / "log.txt").read_text().split()) == 40
    code, said, words = await grove.say("replay", tree.run, "--json")
    assert code == 0, f"{said}{words}"
