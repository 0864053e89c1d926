"""Ask: a flow run that pauses until a person answers its form, in the Prefect UI or over its API."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from prefect import flow, get_run_logger, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.exceptions import FlowPauseTimeout, ObjectNotFound, PrefectHTTPStatusError
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_base_key

from flows.root import is_ended_by_hand
from swarm.nodes import Node
from swarm.reports import Observation
from swarm.text.redaction import redact
from swarm.text.sanitize import inert_markdown
from tasks.context import Run, open_run

_POLL_SECONDS = 2
_MOST_SECONDS = 60
DELETED = "a person has deleted the question"
_NOT_FOUND = 404
_ANSWERED = "the person answered: "
_YES = ("yes", "y")
_MOST = 200
"""Flow runs of questions that are looked at for an answer."""


class Ended(Exception):
    """The question is over, and nobody has answered it."""


class Answer(RunInput):
    """The form a person fills in."""

    answer: str


@flow(
    name="ask",
    flow_run_name="{node.name}",
    persist_result=False,  # what counts is kept by steps and reports, under their own keys
    validate_parameters=False,
)
async def ask(node: Node) -> Observation:
    """Pause until the question in `node.goal` is answered; without an answer in time that is the observation."""
    run = await open_run(node)
    if run.attempt > 1 and (text := await _given_before(node)):
        return answered(node, text)
    timeout = run.settings.swarm_ask_timeout
    try:
        text = await _first_of(_answer(node, timeout), _end(run))
    except FlowPauseTimeout:
        get_run_logger().warning("nobody answered within %s s", timeout)
        return unanswered(node, f"nobody answered within {timeout} s")
    except Ended as end:
        get_run_logger().warning("%s", end)
        return unanswered(node, str(end))
    if redact(text) != text:
        await _redact_answer(node, text)
    return answered(node, text) if text.strip() else unanswered(node, "a person sent the form and left it empty")


async def _redact_answer(node: Node, text: str) -> None:
    """Replace what the engine keeps of an answer that has a secret in it."""
    key, flow_run = keyset_from_base_key(f"paused-{_pause_key(node)}")["response"], UUID(str(runtime.flow_run.id))
    async with get_client() as client:
        await client.delete_flow_run_input(flow_run, key)
        await client.create_flow_run_input(flow_run, key, json.dumps({"answer": redact(text)}))


def answered(node: Node, text: str) -> Observation:
    """Return what a person's answer is to the node that asked."""
    return Observation(action=f"ask_user {node.goal}", outcome="ok", text=f"{_ANSWERED}{text}")


def unanswered(node: Node, why: str) -> Observation:
    """Return what it means to the node that asked that there is no answer."""
    return Observation(action=f"ask_user {node.goal}", outcome="error", text=f"{why}; go on without an answer")


def says_yes(answer: Observation) -> bool:
    """Say whether a person's answer is yes, and nothing else."""
    return answer.outcome == "ok" and answer.text.removeprefix(_ANSWERED).strip(" .!\n").casefold() in _YES


async def _first_of(answer: Coroutine[Any, Any, str], end: Coroutine[Any, Any, str]) -> str:
    """Return or raise what comes first; what is done stays done, and the other is not waited for any more."""
    tasks = [asyncio.create_task(answer), asyncio.create_task(end)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(node: Node, timeout: int) -> str:
    """Pause until the form is sent, and return what it says; raises FlowPauseTimeout."""
    question = f"**A node of the swarm asks**\n\n{inert_markdown(node.goal)}"
    form = Answer.with_initial_data(description=question, answer="")
    try:
        given = await apause_flow_run(
            wait_for_input=form, timeout=timeout, poll_interval=_POLL_SECONDS, key=_pause_key(node)
        )
    except ObjectNotFound:
        raise Ended(DELETED) from None
    except PrefectHTTPStatusError as error:
        if error.response.status_code != _NOT_FOUND:
            raise
        return ""  # resumed without the form: Prefect's API and its Resume button let that through
    return given.answer if given else ""


async def _end(run: Run) -> str:
    """Wait until the question is ended otherwise than by its form, and raise Ended with what happened."""
    flow_run = UUID(str(runtime.flow_run.id))
    async with get_client() as client:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                state = (await client.read_flow_run(flow_run)).state
            except ObjectNotFound:
                raise Ended(DELETED) from None
            if state is None or state.is_paused() or state.is_running():
                continue
            if await is_ended_by_hand(run):
                await asyncio.sleep(_MOST_SECONDS)  # the whole run is being ended, this process with it
            how = "cancelled" if state.is_cancelling() or state.is_cancelled() else f"set to {state.name}"
            raise Ended(f"a person has ended the question without an answer (it was {how})")


async def _given_before(node: Node) -> str | None:
    """Return the answer that a flow run got which asked the same and died before it could hand it on."""
    tags = FlowRunFilterTags(all_=[f"run:{node.run}", "kind:ask"])
    key = keyset_from_base_key(f"paused-{_pause_key(node)}")["response"]
    async with get_client() as client:
        for asked in await client.read_flow_runs(flow_run_filter=FlowRunFilter(tags=tags), limit=_MOST):
            if Node.model_validate(asked.parameters["node"]).id == node.id:
                try:
                    return str(json.loads(await client.read_flow_run_input(asked.id, key))["answer"])
                except PrefectHTTPStatusError as error:
                    if error.response.status_code != _NOT_FOUND:
                        raise
    return None


def _pause_key(node: Node) -> str:
    return f"ask-{node.id}"
