"""Accepting: the criteria of a goal, settled by a model before any work is done."""

from typing import Literal

from prefect import task
from pydantic import Field

from swarm.chat import Request
from swarm.decisions import Filled, Text
from swarm.ladder import structured
from swarm.nodes import Criterion, Node, Noun
from swarm.prompts.conversation import acceptance_request
from swarm.run.protected import protection
from swarm.tree.briefing import Briefing
from tasks.context import open_run
from tasks.keys import step_key

_TOKENS = 1500


class Wanted(Noun):
    """One criterion, as a model gives it."""

    text: Filled
    check: Literal["file", "command", "schema", "judge"]
    spec: Text = ""


class Criteria(Noun):
    """All criteria of a goal."""

    criteria: tuple[Wanted, ...] = Field(min_length=1, max_length=6)


@task(name="settle", cache_key_fn=step_key, persist_result=True, task_run_name="settle what counts as done")
async def settle(node: Node, turn: int, briefing: Briefing) -> tuple[Criterion, ...]:
    """Settle the criteria of a goal, those a machine checks first; raises ModelError or BudgetExhausted."""
    messages = acceptance_request(node.model_copy(update={"acceptance": ()}), briefing)
    request = Request(role="decide", messages=messages, schema_name="criteria", max_tokens=_TOKENS, node=node.path)
    found = await structured((await open_run(node)).chat, request, Criteria, check=_check)
    ordered = sorted(found.criteria, key=lambda each: each.check == "judge")
    if all(each.check != "judge" for each in ordered):
        ordered.append(Wanted(text="The goal is reached, by what the work shows", check="judge"))
    return tuple(
        Criterion(id=f"c{number}", text=each.text, check=each.check, spec=each.spec)
        for number, each in enumerate(ordered, 1)
    )


def _check(found: Criteria) -> None:
    for each in found.criteria:
        if each.check in ("file", "command", "schema") and not each.spec:
            raise ValueError(f"spec: a criterion checked by {each.check} needs it")
        if each.check == "file" and (why := protection(each.spec)):
            raise ValueError(f"spec: {each.spec} {why}; name a file that the goal asks for")
