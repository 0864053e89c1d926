"""A node is a flow run. It lives in turns: decide, act, and only when it must, split; it ends in a report.

    solve(node)
      each turn:  decide, one model call                                   tasks/thinking.py
        refused   a rule of the tree says no                               swarm/rules.py
        finish    machine checks, then a review child judges               flows/review.py
        split     children, each a solve of its own, as subflows           flows/delegating.py
        ask_user  a pausing subflow, answered by a person                  flows/ask.py
        other     retrieve, write_text, run_code, call_function            flows/act.py
                  write_function: contract, tests, code, gate, saved       flows/making.py
      every one of them ends in an observation, which the next decision sees; so the way up is the way down:
      a child's report is an observation like any other.

A child never raises into its parent: failure is a report. Every step is a Prefect task under its own key
(tasks/keys.py), so that a node that runs again reads what it did before; a child that has reported is read, not run.
"""

from collections.abc import Sequence
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from flows.act import act
from flows.delegating import asked, judged, run_split
from flows.knowing import credited, informed, known
from flows.working import Work, name_of_node, working
from swarm.decisions import AskUser, Finish, GiveUp, Split
from swarm.errors import InvalidOutput
from swarm.nodes import Node
from swarm.reports import Observation, Report
from swarm.rules import refusal
from tasks.telling import show_decision
from tasks.thinking import decide


@flow(
    name="solve",
    flow_run_name=name_of_node,
    persist_result=False,  # what counts is kept by steps and reports, under their own keys
    validate_parameters=False,
)
async def solve(node: Node, given: Sequence[Observation] = ()) -> State[Report]:
    """Work on a goal until it is reached, given up, or out of turns or budget; `given` is known from the start."""
    async with working(node, given) as work:
        work.report = work.report or await _live(work)
    return work.state()


async def _live(work: Work) -> Report:
    for turn in work.turns():
        try:
            report = await _turn(work, turn)
        except InvalidOutput as error:
            work.spoil(error)
            continue
        if report and not work.goes_on_after(report):
            return report
    return work.ended(f"all {work.turn} turns are used")


async def _turn(work: Work, turn: int) -> Report | None:
    work.turn = turn + 1
    decision = await decide(work.node, turn, work.seen, await known(work, turn))
    if not (isinstance(decision.action, Finish) and not work.node.acceptance):
        await show_decision(work.node, turn, decision)  # else the report, which follows at once, shows it
    if why := refusal(work.node, decision.action, work.seen, work.places):
        work.refuse(decision.action, why)
        return None
    match decision.action:
        case Finish() as answer:
            verdict = await judged(work, turn, answer)
            if verdict.result == "satisfied":
                await credited(work, turn)
                return work.done(answer, verdict)
            work.reject(answer, verdict)
        case GiveUp(reason=reason, suggested_next=suggested_next):
            return work.failed(reason, suggested_next)
        case Split() as split:
            await run_split(solve, work, turn, split)
        case AskUser(question=question):
            work.seen.append(await asked(work, turn, question))
        case attempt:
            seen, ask = informed(work, attempt), partial(asked, work, turn)
            work.seen.append(await act(work.node, turn, attempt, seen, ask))
    return None
