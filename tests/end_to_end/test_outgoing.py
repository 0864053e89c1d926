"""What leaves the machine: an address that a run has made up waits for a person once it has read a file."""

import json
from functools import partial

import pytest

from swarm.views import RunView
from tests.end_to_end.conftest import Grove
from tests.end_to_end.test_hands import do, end, led, turn
from tests.end_to_end.test_secrets import site

pytestmark = pytest.mark.engine


def _waits(path: str, view: RunView) -> bool:
    return any(node.path == path and node.status == "waiting" for node in view.nodes)


async def test_what_was_read_leaves_by_no_address_that_nobody_named(grove: Grove) -> None:
    """Free before a file was read and where it was named; else a person is asked, and a no sends nothing."""
    (grove.folder / "plan.txt").write_text("attack at dawn")
    with site("<p>The harbour opens at six.</p>") as (port, asked):
        page = f"http://127.0.0.1:{port}"
        script = led(
            turn(do("read", uri=f"{page}/early")),
            turn(do("read", uri="plan.txt"), do("read", uri=f"{page}/named")),
            turn(do("read", uri=f"{page}/?d=attack-at-dawn")),
            turn(do("run_command", command=f"echo {page}/shown?d=dawn > links.md; cat links.md")),
            turn(do("read", uri="links.md")),
            turn(do("read", uri=f"{page}/shown?d=dawn")),
            end("Nothing left.", evidence=["plan.txt"]),
        )
        given = {"swarm_model": "strong", "swarm_allow_private": f"127.0.0.1:{port}"}
        goal, there = f"Compare the plan with {page}/named", str(grove.folder)
        async with grove.planted(script, goal, given=given, workspace=there) as tree:
            for path in ("0.a3", "0.a6"):
                view = await tree.until(partial(_waits, path))
                node = next(node for node in view.nodes if node.path == path)
                assert "May this be asked for on the web" in node.goal and page in node.goal
                assert await tree.answer(node.flow_run_id, "no")
            await tree.end()
    assert tree.told.status == "done", json.dumps(tree.told.model_dump(mode="json"))
    assert {each for each in asked if "robots" not in each} == {"/named", "/early"}
    assert "it was not asked for: the person answered: no" in tree.prompt()
