"""Deciding in a conversation: the next decision, the folding of older turns, and the files that are being changed."""

import json
from collections.abc import Sequence

from prefect import task

from swarm import prompts
from swarm.chat import Answer, Chat, Message, Request
from swarm.decisions import MOST_ACTIONS, Decision, Settle
from swarm.errors import WorkspaceError
from swarm.ladder import structured
from swarm.llm.partial_json import salvage
from swarm.nodes import Node
from swarm.prompts.conversation import conversation
from swarm.prompts.frame import data
from swarm.reports import Observation
from swarm.run.protected import protection
from swarm.text.redaction import redact
from swarm.tree.briefing import Briefing
from swarm.tree.menu import FULL, decision_schema, tools_of
from swarm.tree.turns import History
from tasks.context import open_run, reach_out
from tasks.keys import step_key

Past = tuple[Sequence[Observation], History]
"""What was given from the start, and what is shown of the node's own turns."""
_MACHINES = ("file", "command", "schema")
_FOLD_TOKENS = 2500
_FAILURES = 2
_FAILURE = 4000


@task(name="decide", cache_key_fn=step_key, persist_result=True, task_run_name="decide, turn {turn}")
async def decide_in_conversation(
    node: Node,
    turn: int,
    briefing: Briefing,
    past: Past,
    kinds: Sequence[str],
    how: tuple[int, float | None],
) -> Decision:
    """Choose the next actions among these kinds; `how` is the longest answer in tokens, and a temperature.

    Raises ModelError, BudgetExhausted, or ContextExceeded where the conversation has outgrown the model.
    """
    given, history = past
    menu = {kind: FULL[kind] for kind in kinds}
    tools = tools_of(menu)
    parallel = 1 if not briefing.profile.parallel else MOST_ACTIONS
    request = Request(
        role="decide",
        messages=conversation(node, briefing, given, history),
        schema_name="decision",
        json_schema=decision_schema(menu, parallel),
        tools=tools,
        max_tokens=how[0],
        temperature=how[1],
        node=node.path,
    )

    def offered(decision: Decision) -> None:
        if "settle" in menu:
            check_settled(decision, first=turn == 0)
        if odd := [action.kind for action in decision.actions if action.kind not in menu]:
            raise ValueError(f"{odd[0]} is not offered now; choose among {', '.join(menu)}")

    chat, most = _salvaging((await open_run(node)).chat), briefing.profile.output
    return await structured(chat, request, Decision, check=offered, most_tokens=most)


@task(name="fold", cache_key_fn=step_key, persist_result=True, task_run_name="fold older turns")
async def fold(node: Node, turn: int, briefing: Briefing, past: Past, until: int, noted: Sequence[str]) -> str:
    """Fold the first `until` of the turns shown into notes; what was noted and what failed last stays whole."""
    given, history = past
    folded = history.model_copy(update={"turns": history.turns[:until]})
    ask = prompts.load("fold")[0].content
    messages = (*conversation(node, briefing, given, folded), Message(role="user", content=ask))
    request = Request(role="decide", messages=messages, schema_name="notes", max_tokens=_FOLD_TOKENS, node=node.path)
    answer = await (await open_run(node)).chat(request)
    rows = [answer.text.strip()]
    if noted:
        rows.append("Noted by you:\n" + "\n".join(f"- {note}" for note in noted))
    failures = [
        seen for turn in folded.turns for seen in turn.observations if seen.outcome in ("error", "check_failed")
    ]
    for seen in failures[-_FAILURES:]:
        rows.append(f"Failed: {seen.action[:300]}\n{data('failure', seen.text[:_FAILURE])}")
    return "\n\n".join(rows)


@task(name="current", cache_key_fn=step_key, persist_result=True, task_run_name="show the changed files")
async def current_files(node: Node, turn: int, paths: Sequence[str], most: int) -> str:
    """Return the files that the node has changed, as they are now, as many as fit."""
    run = await reach_out(node)
    rows, left = ["The files you have changed, as they are now:"], most
    for path in paths:
        try:
            content = run.workspace.content_of(path)
            text = redact((content or b"").decode())
        except (WorkspaceError, UnicodeDecodeError):
            continue
        left -= len(text)
        rows.append(
            data(path, text) if left > 0 else f"{path}: {text.count(chr(10)) + 1} lines, read it where you need it"
        )
    return "\n".join(rows)


def check_settled(decision: Decision, first: bool) -> None:
    """Hold a root's criteria, which its first decision must begin with, to their form; raises ValueError."""
    if first and not isinstance(decision.action, Settle):
        raise ValueError("begin your first turn with `settle`: what the goal counts as reached by; then go on")
    settled = [action for action in decision.actions if isinstance(action, Settle)]
    for each in (criterion for action in settled for criterion in action.criteria):
        if each.check in _MACHINES and not each.spec:
            raise ValueError(f"spec: a criterion checked by {each.check} needs it")
        if each.check == "file" and (why := protection(each.spec)):
            raise ValueError(f"spec: {each.spec} {why}; name a file that the goal asks for")


def _salvaging(chat: Chat) -> Chat:
    """Return a chat that makes a whole decision of one that was cut within the text of a file: the rest can follow."""

    async def salvaged(request: Request) -> Answer:
        answer = await chat(request)
        found = salvage(answer.text) if answer.cut else None
        actions = found.value.get("actions") if found else None
        if not found or not isinstance(actions, list) or found.cut != ("actions", len(actions) - 1, "text"):
            return answer
        last = actions[-1]
        if not isinstance(last, dict) or last.get("kind") != "write_file" or not last.get("text"):
            return answer
        return answer.model_copy(update={"text": json.dumps({**found.value, "cut": True}), "cut": False})

    return salvaged
