"""A node is a flow run. It lives in turns: decide, act, and only when it must, split; it ends in a report.

    solve(node)
      first:      what is known without asking, and what counts as done      flows/knowing.py, flows/accepting.py
      each turn:  decide, one model call                                    flows/deciding.py
        refused   a rule of the tree says no                                swarm/rules.py
        finish    machine checks, then a review child judges                flows/review.py
        split     children, each a solve of its own, as subflows            flows/delegating.py
        ask_user  a pausing subflow, answered by a person                   flows/ask.py
        other     read, find, write_file, edit_file, run_command, ...       flows/act.py
                  write_function: contract, tests, code, gate, saved        flows/making.py
      every one of them ends in an observation, which the next decision sees; so the way up is the way down:
      a child's report is an observation like any other.

A child never raises into its parent: failure is a report. Every step is a Prefect task under its own key
(tasks/keys.py), so that a node that runs again reads what it did before; a child that has reported is read, not run.
"""

from collections.abc import Sequence
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from flows.accepting import accepted, settled
from flows.act import Told, act
from flows.deciding import decided, stuck
from flows.delegating import asked, judged, run_split
from flows.knowing import briefed, credited, informed
from flows.small import act_small
from flows.working import Work, name_of_node, working
from swarm.decisions import Action, AskUser, Finish, GiveUp, Judge, RunCode, Settle, Split, WriteText
from swarm.errors import InvalidOutput
from swarm.nodes import Node, shorten
from swarm.reports import Observation, Report
from swarm.rules import refusal
from swarm.tree.menu import ALONE
from tasks.telling import show_decision


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
    await briefed(work)
    await accepted(work)
    for turn in work.turns():
        try:
            report = stuck(work) or await _turn(work, turn)
        except InvalidOutput as error:
            work.spoil(error)
            continue
        if report and not work.goes_on_after(report):
            return report
    return work.ended(f"all {work.turn} turns are used")


async def _turn(work: Work, turn: int) -> Report | None:
    work.turn = turn + 1
    decision = await decided(work, turn)
    if not (isinstance(decision.action, Finish) and not work.node.acceptance):
        await show_decision(work.node, turn, decision)  # else the report, which follows at once, shows it
    work.log.begin(decision)
    for number, action in enumerate(decision.actions):
        work.log.begin_action()
        if why := _out_of_place(number, decision.actions) or _unfit(work, action) or _refused(work, action):
            work.refuse(action, why)
        elif report := await _do(work, turn, number, action):
            return report
    if decision.cut:
        work.cut_short(decision.actions[-1])
    return None


async def _do(work: Work, turn: int, number: int, action: Action) -> Report | None:
    match action:
        case Finish(missing=missing) as answer:
            work.answer = answer.answer
            if missing:
                return work.unfinished(answer)
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
            work.log.see(await asked(work, turn, question))
        case Settle() as settle:
            work.log.reply(await settled(work, turn, number, settle))
        case Judge():
            work.refuse(action, "only a reviewer judges")
        case WriteText() | RunCode() as attempt if work.intent:
            work.log.see(await act_small(work, turn, attempt))
        case attempt:
            told = Told(informed(work, attempt), partial(asked, work, turn), work.versions, work.most)
            work.log.see(await act(work.node, turn, number, attempt, told))
    return None


def _refused(work: Work, action: Action) -> str | None:
    return refusal(work.node, action, work.seen, work.places)


def _out_of_place(number: int, actions: Sequence[Action]) -> str:
    """Say why an action is not done in this turn; empty where it is."""
    kind = actions[number].kind
    if kind == "finish":
        return "" if number == len(actions) - 1 else "not finished, because finish must be the last action of a turn"
    if kind in ALONE and sum(each.kind != "settle" for each in actions) > 1:
        return f"{kind} stands alone: see what came of the other actions of this turn, then decide"
    return ""


def _unfit(work: Work, action: Action) -> str:
    """Say why a node does not finish yet: something before it in the same turn has not gone well."""
    seen_now = work.log.turns[-1].observations
    failed = [seen for seen in seen_now if seen.outcome != "ok" and not seen.action.startswith("settle")]
    if not isinstance(action, Finish) or not failed:
        return ""
    return f"not finished, because {shorten(failed[0].action, 100)} came to {failed[0].outcome}: see why, then decide"
