"""What counts as done: settled first, tried at once, settled anew while nothing is changed, and then disputed only."""

import pytest
from pydantic import JsonValue

from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import Said
from tests.end_to_end.test_hands import do, end, led, turn

pytestmark = pytest.mark.engine
_PASSES: Said = {"text": "It is there.", "check": "command", "spec": "echo at once; test -d ."}
_FAILS: Said = {"text": "It passes.", "check": "command", "spec": "echo no tests; exit 2"}
_JUDGED: Said = {"text": "The work shows it.", "check": "judge"}


async def _grown(grove: Grove, script: Said, goal: str = "Mend what is wrong") -> Tree:
    return await grove.grown(script, goal, given={"swarm_model": "strong"}, workspace=str(grove.folder))


def _judge(**results: str) -> list[JsonValue]:
    return [turn(do("judge", criteria=[{"id": name, "result": result} for name, result in results.items()]))]


def _answer(tree: Tree, nth: int, part: str) -> str:
    """Return what the node was answered, in its nth request, that begins with these words."""
    return next(
        m.content for m in reversed(tree.model.asked("0", "decide")[nth].messages) if m.content.startswith(part)
    )


async def test_criteria_are_settled_first_and_anew_until_something_is_changed(grove: Grove) -> None:
    """A first decision without them is asked for again; nobody draws the target around the arrow later."""
    again = turn(do("settle", criteria=[{"text": "It says two", "check": "judge"}]))
    late = turn(do("settle", criteria=[{"text": "Anything", "check": "judge"}]))
    script = led(turn(do("note", text="n")), again, turn(do("write_file", path="a.txt", text="two")), late, end())
    nodes = script["nodes"]
    assert isinstance(nodes, dict) and isinstance(nodes["0"], dict) and isinstance(nodes["0"]["decide"], list)
    nodes["0"]["decide"].insert(0, turn(do("note", text="too early")))
    tree = await _grown(grove, script)
    asked = tree.model.asked("0", "decide")
    assert tree.told.status == "done" and [each.text for each in tree.told.criteria] == ["It says two"]
    assert "begin your first turn with `settle`" in asked[1].messages[-1].content
    assert "settle (ok)" in asked[3].messages[-1].content and "settle (refused)" in asked[5].messages[-1].content


async def test_a_criterion_that_is_a_command_is_tried_when_it_is_settled(grove: Grove) -> None:
    """How it ends today is told, also that it passes already; a replay reads it from the record."""
    script = led(turn(do("note", text="n")), end(), wanted=[_PASSES, _FAILS, _JUDGED], reviews=_judge(c3="pass"))
    tree = await _grown(grove, script)
    told = _answer(tree, 1, "settle (ok)")
    assert "c1 passes today already: 'echo at once; test -d .' ends with exit code 0" in told
    assert "c2 fails today (settle anew if no work could mend that): exit code 2, last lines:\nno tests" in told
    code, said, words = await grove.say("replay", tree.run, "--json")
    assert code == 0, f"{said}{words}"


async def test_a_dispute_leaves_the_criterion_as_it_was_settled(grove: Grove) -> None:
    """The reviewer sees both sides, the person a short clause, the criteria stand in their order."""
    finish = end("Done.", objection="There are no tests here, and the goal speaks of none.")
    script = led(finish, wanted=[_FAILS, _PASSES, _JUDGED], reviews=_judge(c3="pass", c1="pass"))
    tree = await _grown(grove, script)
    shown = tree.prompt("0.r1", "review")
    assert tree.told.status == "done" and [each.id for each in tree.told.criteria] == ["c1", "c2", "c3"]
    assert "c1: It passes.\nA machine says that c1 is not met:" in shown and "speaks of none." in shown
    assert [each.text for each in tree.told.criteria] == ["It passes.", "It is there.", "The work shows it."]
    line = next(row for row in tree.told.markdown().splitlines() if "It passes" in row)
    assert "a machine found: 'echo no tests; exit 2' exit code 2: no tests" in line and ".." not in line


async def test_an_objection_to_what_a_reviewer_judges_reaches_it(grove: Grove) -> None:
    """And the person, where the answer is accepted."""
    script = led(end("Done.", objection="No step of 0 can work"), wanted=[_JUDGED], reviews=_judge(c1="pass"))
    tree = await _grown(grove, script)
    assert "No step of 0 can work" in tree.prompt("0.r1", "review")
    assert tree.told.warnings == ("objected to a criterion: No step of 0 can work",)


async def test_a_check_that_has_just_run_is_not_run_again(grove: Grove) -> None:
    """Where nothing has changed since; the reviewer sees what came of it, and nothing from before the change."""
    spec = "cat a.txt; ls ran.txt 2>/dev/null || date +%N"
    wanted: list[JsonValue] = [{"text": "It runs", "check": "command", "spec": spec}, _JUDGED]
    run = do("run_command", command=spec)
    script = led(
        turn(do("run_command", command="echo before")),
        turn(do("write_file", path="a.txt", text="now\n"), run, do("finish", answer="It runs.")),
        wanted=wanted,
        reviews=_judge(c2="pass"),
    )
    tree = await _grown(grove, script)
    assert tree.told.status == "done" and [each.result for each in tree.told.criteria] == ["pass", "pass"]
    ours = {"flow_runs": {"tags": {"all_": ["swarm", f"run:{tree.run}"]}}}
    names = [each["name"] for each in await grove.records("task_runs/filter", ours)]
    assert "write a.txt" in names and "check c1" not in names
    shown = tree.prompt("0.r2", "review")
    assert "echo before" not in shown and "exit code 0" in shown and "Checked by a machine, and met: It runs" in shown


async def test_a_reviewer_sees_a_named_file_whole_and_of_a_folder_the_names(grove: Grove) -> None:
    """It can read what it needs."""
    (grove.folder / "docs").mkdir()
    (grove.folder / "docs" / "a.md").write_text("alpha text\n")
    (grove.folder / "rules.md").write_text("rule one\n")
    tree = await _grown(grove, led(end()), goal="Check the files in docs/ by rules.md")
    shown = tree.prompt("0.r1", "review")
    assert "rule one" in shown and "docs/a.md" in shown and "alpha text" not in shown
    assert "alpha text" in tree.model.asked("0", "decide")[0].messages[1].content


async def test_criteria_that_come_too_late_do_not_keep_a_node_from_finishing(grove: Grove) -> None:
    """They are refused; what was to go well before the finish of the same turn did."""
    late = do("settle", criteria=[{"text": "Anything", "check": "judge"}])
    script = led(turn(do("write_file", path="a.txt", text="two")), turn(late, do("finish", answer="Done.")))
    tree = await _grown(grove, script)
    assert tree.told.status == "done" and len(tree.model.asked("0", "decide")) == 2
    assert [each.text for each in tree.told.criteria] != ["Anything"]


async def test_a_second_reviewer_knows_what_the_first_found_missing(grove: Grove) -> None:
    """It sees no transcript, and would not look for a fault that was mended, or was not."""
    fails = turn(do("judge", criteria=[{"id": "c1", "result": "fail", "gap": "It says three, not two."}]))
    passes = turn(do("judge", criteria=[{"id": "c1", "result": "pass"}]))
    first, second = (turn(do("write_file", path=name, text=name), do("finish", answer=name)) for name in ("a", "b"))
    script = led(first, second, wanted=[_JUDGED], reviews=[passes])
    assert isinstance(script["nodes"], dict)
    script["nodes"]["0.r1"] = {"review": [fails]}
    tree = await _grown(grove, script)
    assert tree.told.status == "done"
    asked = [request for request in tree.model.requests if request.role == "review"]
    first_seen, second_seen = ("".join(m.content for m in request.messages) for request in asked)
    assert "found missing earlier" not in first_seen
    assert "This was found missing earlier" in second_seen and "It says three, not two" in second_seen
