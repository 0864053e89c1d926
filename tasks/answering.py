"""What a function that runs for a node may ask of a model, through `swarm.api`: metered and taped as the node's own."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from swarm import prompts
from swarm.chat import Message, Request
from swarm.decisions import Decision, Split
from swarm.errors import BadArguments
from swarm.ladder import structured
from swarm.llm.file_text import file_text
from swarm.nodes import Node
from swarm.reports import Observation
from swarm.settings import Role
from swarm.tree.menu import SMALL, single_schema
from tasks.context import Run
from tasks.thinking import Program

_TOKENS = 1600
_LONGEST = 20_000


def thinking(run: Run, node: Node) -> Mapping[str, Callable[..., Awaitable[JsonValue]]]:
    """Return the answers of a model to the questions of a function; each raises ModelError or BudgetExhausted."""

    def asked(role: Role, messages: tuple[Message, ...], name: str) -> Request:
        return Request(role=role, messages=messages, schema_name=name, max_tokens=_TOKENS, node=node.path)

    async def write_text(brief: str, material: str = "") -> JsonValue:
        seen = [Observation(action="material", outcome="ok", text=_text("material", material))] if material else []
        messages = prompts.write(_for(node, "write what is asked"), "a text", _text("brief", brief), seen)
        return file_text((await run.chat(asked("write", messages, "text"))).text)

    async def write_code(task: str) -> JsonValue:
        messages = prompts.code(_text("task", task), (), (), "")
        return "\n".join((await structured(run.chat, asked("write", messages, "program"), Program)).lines) + "\n"

    async def route_goal(goal: str) -> JsonValue:
        messages = prompts.decide(_for(node, goal), ())
        request = asked("decide", messages, "decision").model_copy(update={"json_schema": single_schema(SMALL)})
        decision = await structured(run.chat, request, Decision)
        return decision.action.model_dump(mode="json")

    async def break_down_goal(goal: str) -> JsonValue:
        messages = prompts.decide(_for(node, goal), (), remark="answer only with the fields of a split into subtasks")
        split = await structured(run.chat, asked("decide", messages, "split"), Split)
        return [each.model_dump(mode="json", include={"key", "goal", "depends_on"}) for each in split.subtasks]

    return {
        "write_text": write_text,
        "write_code": write_code,
        "route_goal": route_goal,
        "break_down_goal": break_down_goal,
    }


def _for(node: Node, goal: str) -> Node:
    return Node(run=node.run, path=node.path, goal=_text("goal", goal))


def _text(name: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise BadArguments(f"{name} must be a text of 1 to {_LONGEST} characters")
    return text
