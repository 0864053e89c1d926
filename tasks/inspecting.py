"""Inspecting: what a reviewer with hands does next: look at something, or judge."""

from prefect import task

from swarm.chat import Request
from swarm.decisions import Decision, Judge
from swarm.ladder import structured
from swarm.nodes import Node
from swarm.prompts.conversation import review_conversation
from swarm.tree.case import Case
from swarm.tree.menu import REVIEW, VERDICT, decision_schema, tools_of
from swarm.tree.turns import History
from tasks.context import open_run
from tasks.keys import step_key

MOST_TURNS = 8
_TOKENS = 4000


@task(name="inspect", cache_key_fn=step_key, persist_result=True, task_run_name="inspect, turn {turn}")
async def inspect(node: Node, turn: int, case: Case, history: History) -> Decision:
    """Choose what a reviewer does next; the last time it must judge. Raises ModelError or BudgetExhausted."""
    last = turn + 1 >= MOST_TURNS
    menu = VERDICT if last else REVIEW
    names = {criterion.id for criterion in case.criteria}
    request = Request(
        role="review",
        messages=review_conversation(case, history, MOST_TURNS),
        schema_name="judgement",
        json_schema=decision_schema(menu, 1 if last or not case.profile.parallel else 8),
        tools=tools_of(menu),
        max_tokens=min(case.profile.output, _TOKENS),
        node=node.path,
    )

    def complete(decision: Decision) -> None:
        for action in decision.actions:
            if action.kind not in menu:
                raise ValueError(f"{action.kind} is not offered; choose among {', '.join(menu)}")
            if isinstance(action, Judge) and {each.id for each in action.criteria} != names:
                raise ValueError(f"give one entry for each of {', '.join(sorted(names))} and no other")

    chat, most = (await open_run(node)).chat, case.profile.output
    return await structured(chat, request, Decision, check=complete, most_tokens=most)
