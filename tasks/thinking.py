"""What a model is asked: the next decision, the text of a file, a program, a verdict."""

from collections.abc import Sequence

from prefect import task
from pydantic import BaseModel, Field

from swarm import prompts
from swarm.chat import Message, Request
from swarm.decisions import Decision, Line
from swarm.ladder import Kinds, structured
from swarm.llm.file_text import file_text
from swarm.nodes import Criterion, Node, Noun
from swarm.recalled import Recalled
from swarm.reports import CriterionResult, Observation
from swarm.settings import Role
from swarm.tree.menu import SMALL, single_schema
from tasks.context import open_run
from tasks.keys import step_key, step_name

_DECISION_TOKENS = 900
_TEXT_TOKENS = 1600
_CODE_TOKENS = 1200
_VERDICT_TOKENS = 500
_RESAMPLED = 0.7
"""Temperature of every program after the first: feeding the error back teaches a small model less than a new try."""


class Program(Noun):
    """A program as source lines, which small models get right far more often than one escaped string.

    The plan comes first, since a model that has said the definition and a known case writes a program that fits them.
    """

    plan: Line
    lines: tuple[str, ...] = Field(min_length=1, max_length=200)


class Judgement(Noun):
    """A reviewer's answer: one entry for each criterion."""

    criteria: tuple[CriterionResult, ...] = Field(min_length=1, max_length=12)


@task(name="decide", cache_key_fn=step_key, persist_result=True, task_run_name="decide, turn {turn}")
async def decide(node: Node, turn: int, seen: Sequence[Observation], known: Recalled) -> Decision:
    """Choose the next action; raises ModelError or BudgetExhausted."""
    chat = (await open_run(node)).chat
    request = _request(node, "decide", prompts.decide(node, seen, known), "decision", _DECISION_TOKENS)
    request = request.model_copy(update={"json_schema": single_schema(SMALL)})
    return await structured(chat, request, Decision, kinds=Kinds(SMALL, _assembled))


@task(name="compose", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("compose {path}"))
async def compose(node: Node, turn: int, path: str, brief: str, seen: Sequence[Observation]) -> str:
    """Write the text of a file from what was observed; raises ModelError or BudgetExhausted."""
    chat = (await open_run(node)).chat
    request = _request(node, "write", prompts.write(node, path, brief, seen), "text", _TEXT_TOKENS)
    answer = await chat(request)
    return file_text(answer.text) + "\n"


@task(name="program", cache_key_fn=step_key, persist_result=True, task_run_name="program, sample {sample}")
async def program(
    node: Node,
    turn: int,
    task: str,
    files: Sequence[str],
    seen: Sequence[Observation],
    sample: int,
    failure: str,
) -> str:
    """Write a Python program; later samples are drawn with more variety. Raises ModelError or BudgetExhausted."""
    chat = (await open_run(node)).chat
    request = _request(node, "write", prompts.code(task, files, seen, failure), "program", _CODE_TOKENS)
    request = request.model_copy(update={"temperature": _RESAMPLED if sample else 0.0})
    return "\n".join((await structured(chat, request, Program)).lines) + "\n"


@task(name="judge", cache_key_fn=step_key, persist_result=True)
async def judge(
    node: Node, turn: int, answer: str, evidence: Sequence[Observation], criteria: Sequence[Criterion]
) -> tuple[CriterionResult, ...]:
    """Judge an answer by each criterion; raises ModelError or BudgetExhausted."""
    chat = (await open_run(node)).chat
    names = {criterion.id: criterion.text for criterion in criteria}

    def complete(judgement: Judgement) -> None:
        if {c.id for c in judgement.criteria} != names.keys():
            raise ValueError(f"give one entry for each of {', '.join(names)} and no other")

    request = _request(
        node, "review", prompts.review(node.goal, answer, evidence, criteria), "judgement", _VERDICT_TOKENS
    )
    judgement = await structured(chat, request, Judgement, check=complete)
    return tuple(c.model_copy(update={"text": names[c.id]}) for c in judgement.criteria)


def _assembled(action: BaseModel) -> Decision:
    """Make a decision of an action that was asked for in two steps, which leave no room for the reasons."""
    return Decision.model_validate({"situation": "", "missing": "", "action": action.model_dump()})


def _request(node: Node, role: Role, messages: tuple[Message, ...], name: str, tokens: int) -> Request:
    return Request(role=role, messages=messages, schema_name=name, max_tokens=tokens, node=node.path)
