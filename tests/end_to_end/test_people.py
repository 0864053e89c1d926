"""People: asked, answering or not; ending a run, or only looking away."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from functools import partial

import psutil
import pytest

from integrations.runs import Runs
from swarm.stack import status
from swarm.testing import ScriptedModel
from swarm.views import RunView
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, decides, finish, part, script, slowly, split
from tests.github_hub import hub

pytestmark = pytest.mark.engine
_EXIT_SECONDS = 10.0


def _waits(path: str, view: RunView) -> bool:
    return any(node.path == path and node.status == "waiting" for node in view.nodes)


def _waiting(view: RunView) -> bool:
    return any(node.status == "waiting" for node in view.nodes)


async def test_a_question_pauses_its_node_until_it_is_answered_or_nobody_answers_in_time(grove: Grove) -> None:
    """The run waits, the answer reaches the next decision; silence is an observation and the node goes on."""
    question = decides("ask_user", question="Which colour?")
    told = script({"0": [question, finish("It will be painted.")]})
    async with grove.planted(told) as asking, grove.planted(told, given={"swarm_ask_timeout": 3}) as alone:
        view = await asking.until(_waiting)
        assert view.status == "waiting"
        node = next(node for node in view.nodes if node.status == "waiting")
        assert (node.path, node.kind, node.goal) == ("0.a1", "ask", "Which colour?")
        forms = await grove.flow_runs(asking.run)
        assert "paused" in {form["state_name"].lower() for form in forms}
        assert await asking.answer(node.flow_run_id, "Blue, please")
        assert not await asking.records.runs.answer(node.flow_run_id, "Red, no, blue"), "the first answer counts"
        await asyncio.gather(asking.end(), alone.end())
    assert asking.told.status == alone.told.status == "done"
    assert "the person answered: Blue, please" in asking.prompt()
    assert "nobody answered within 3 s" in alone.prompt()
    assert asking.statuses() == {"0": "done", "0.a1": "done", "0.r2": "done"}
    assert set(alone.statuses()) == {"0", "0.a1", "0.r2"}


async def test_a_question_that_is_ended_otherwise_is_over_at_once(grove: Grove) -> None:
    """Cancelled, set to another state, sent empty, deleted: its node hears it and goes on, and so does the run."""
    ends = ("cancel", "complete", "schedule", "empty", "delete")
    told = script(
        {
            "0": [split(*(part(end, f"Find the colour for {end}") for end in ends)), finish("All asked.")],
            "0.*": [decides("ask_user", question="Which colour?"), finish("Any.")],
        }
    )
    async with grove.planted(told) as tree:
        view = await tree.until(lambda view: sum(node.status == "waiting" for node in view.nodes) == len(ends))
        await asyncio.sleep(1)
        waiting = sorted((node.path, node.flow_run_id) for node in view.nodes if node.status == "waiting")
        for (_, flow_run), end in zip(waiting, ends, strict=True):
            await _end_question(tree.records.runs, flow_run, end)
        started = time.monotonic()
        await tree.end()
        assert time.monotonic() - started < 60
        assert tree.told.status == "done"
        heard = [tree.prompt(f"0.{number}") for number in range(1, 6)]
    for said, prompt in zip(
        ("was cancelled", "was set to Completed", "was set to Scheduled", "left it empty", "has deleted"),
        heard,
        strict=True,
    ):
        assert said in prompt


async def _end_question(runs: Runs, flow_run: str, end: str) -> None:
    states = {"cancel": "CANCELLING", "complete": "COMPLETED", "schedule": "SCHEDULED"}
    if kind := states.get(end):
        await runs._set_state(flow_run, {"type": kind, "name": kind.title()}, force=end == "schedule")
    elif end == "delete":
        await runs._delete(f"flow_runs/{flow_run}")
    else:
        await runs.answer(flow_run, " ")


async def test_what_would_be_written_elsewhere_waits_for_a_yes(grove: Grove) -> None:
    """A person reads every word of it; a yes writes it once, and the answer may cite it; a no reaches the node."""

    def issue(title: str) -> Said:
        told = {"repository": "octo/ferry", "title": title, "body": "It [drips]."}
        return decides("call_function", name="github_create_issue", arguments=json.dumps(told))

    with hub() as github:
        page = f"https://github.com/octo/ferry/issues/{len(github.issues) + 1}"
        told = script({"0": [issue("Leak"), issue("Rust"), finish("Told them.", page)]})
        given = {"github_base_url": github.url, "github_token": "ghp_secret", "swarm_grants": "github:write:octo/ferry"}
        async with grove.planted(told, given=given) as tree:
            for path, answer in (("0.a1", "Yes."), ("0.a2", "no, paint it")):
                view = await tree.until(partial(_waits, path))
                node = next(node for node in view.nodes if node.path == path)
                assert node.kind == "ask"
                assert node.goal.startswith("May this be written to GitHub: create issue in octo/ferry?")
                assert "body: It [drips]." in node.goal
                assert await tree.answer(node.flow_run_id, answer)
            await tree.end()
        assert [each["title"] for each in github.issues] == ["Leak"]
    assert "It was not: the person answered: no, paint it" in tree.prompt()
    assert (tree.told.status, tree.told.evidence) == ("done", (page,))


async def test_a_cancelled_run_is_over_for_every_node_and_leaves_no_process(grove: Grove) -> None:
    """Whether it works or waits; who cancels it again hears that it had ended."""
    told = script(
        {
            "0": [split(part("a", "Ask the owner"), part("b", "Count the tiles"), part("c", "Draw the roof"))],
            "0.1": [decides("ask_user", question="Which colour?")],
            "0.2": [split(part("x", "Count the red tiles"), part("y", "Count the grey tiles"))],
            "0.2.*": [slowly(60, finish("Many."))],
            "0.3": [finish("Drawn.")],
        }
    )
    before = set(_processes(grove))
    async with grove.planted(told) as tree:
        await tree.until(
            lambda view: _waiting(view) and len(tree.model.asked("0.2.1") + tree.model.asked("0.2.2")) == 2
        )
        code, said, _ = await grove.say("cancel", tree.run, "--json")
        assert code == 0
        assert json.loads(said) == {"run": tree.run, "cancelled": 6}
        await tree.end()
        assert tree.seen.status == "cancelled"
        assert {path for path, status in tree.statuses().items() if status != "cancelled"} == {"0.3"}
        assert {flow_run["state_type"] for flow_run in await grove.flow_runs(tree.run)} == {"CANCELLED", "COMPLETED"}
        await _end_of_all_but(before, grove)
        asked = len(tree.model.requests)
        code, said, _ = await grove.say("cancel", tree.run[:6])
        assert (code, said) == (0, f"run {tree.run} had ended already\n")
        assert len(tree.model.requests) == asked
        assert (await grove.say("watch", tree.run))[0] == 1


async def test_a_run_that_has_not_begun_can_be_cancelled(grove: Grove) -> None:
    """It never asks a model."""
    async with grove.planted(script({"0": [finish("Four.")]})) as tree:
        assert await tree.records.cancel(tree.run) == 1
        await tree.end()
    assert tree.seen.status == "cancelled"


async def test_ctrl_c_looks_away_and_the_run_goes_on(grove: Grove) -> None:
    """Exit code 130, the way back is printed, and it leads to the report."""
    with ScriptedModel(script({"0": [slowly(6, finish("Four."))]})) as model:
        command = grove.command("run", "Say what two and two make", base_url=model.base_url)
        assert command.stderr is not None
        first = await asyncio.to_thread(command.stderr.readline)
        found = re.match(r"run ([0-9a-f]{8})  http", first)
        assert found, first
        await asyncio.sleep(1)
        command.send_signal(2)
        out, said = await asyncio.to_thread(command.communicate, timeout=20)
        assert (command.returncode, out) == (130, "")
        assert f"swarm watch {found[1]}" in said and f"swarm cancel {found[1]}" in said
        assert "Traceback" not in said
        code, out, _ = await grove.say("watch", found[1], "--json")
        assert code == 0
        assert json.loads(out)["report"]["answer"] == "Four."


async def _end_of_all_but(before: set[int], grove: Grove) -> None:
    until = time.monotonic() + _EXIT_SECONDS
    while left := set(_processes(grove)) - before:
        assert time.monotonic() < until, f"still there: {[psutil.Process(pid).cmdline() for pid in left]}"
        await asyncio.sleep(0.1)


def _processes(grove: Grove) -> Iterator[int]:
    worker = psutil.Process(status(grove.settings).worker.pid)
    return (each.pid for each in worker.children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE)
