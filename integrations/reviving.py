"""Reviving: a run whose process died goes on, one that ended badly gets another chance, in the same flow run."""

import asyncio
import time
from datetime import UTC, datetime

import psutil

from integrations.flow_runs import Record
from integrations.records import Records
from swarm.errors import RunHeld, UsageError
from swarm.holding import alone, holder
from swarm.kept import reports_of
from swarm.nodes import Lease
from swarm.retrying import plan
from swarm.runs import change_lease, count_resume, course_of, pardon

_STARTING_SECONDS = 60.0
"""Within which a worker that has taken a run says which process it has started."""
_KNOCK = "knock.py"
"""What the process of a run is started with; see `swarm.stack.warm.command`."""
_LONGEST_START_SECONDS = 600.0
_WORKERS_WORD_SECONDS = 5.0
_CANCELLING_SECONDS = 10.0
_DEAD = ("RUNNING", "PENDING", "PAUSED", "CRASHED")


async def resume(records: Records, run: str, most: int | None = None) -> None:
    """Start a dead run's root again; what it has recorded is read, not done again.

    `most` is how often that may be done without anybody asking; None is for somebody who asks.
    Raises RunHeld where it lives or is being resumed, UsageError where there is nothing to resume.
    """
    async with alone(records.pool, run):
        root = await _root(records, run)
        if (course := await course_of(records.pool, run)).mode == "replay":
            raise UsageError(f"run {run} is a replay: `swarm replay {course.source}` makes another")
        if root["state_type"] not in _DEAD and await _has_reported(records, run):
            if root["state_type"] == "COMPLETED":
                raise UsageError(f"run {run} is done: there is nothing to resume")
            ended = str(root["state_name"]).lower()
            raise UsageError(f"run {run} has ended, {ended}: `swarm retry {run}` gives what failed new turns")
        if most is not None and not await count_resume(records.pool, run, most):
            raise UsageError(f"run {run} was resumed {most} times already: look at why it dies, then resume it")
        await _reschedule(records, run, "resumed" if most is None else "resumed after its process died")


async def retry(records: Records, run: str, path: str | None, note: str, lease: Lease | None) -> None:
    """Give what failed in an ended run new turns, or the node at `path` with what failed below it.

    Raises RunHeld where it lives, UsageError where there is nothing to retry.
    """
    async with alone(records.pool, run):
        root = await _root(records, run)
        if (course := await course_of(records.pool, run)).mode == "replay":
            raise UsageError(f"run {run} is a replay: retry {course.source}, the run that it replays")
        reports = (await reports_of(records.pool, run)).values()
        if path is None and not any(report.path == "0" for report in reports):
            raise UsageError(f"run {run} has not ended: `swarm resume {run}` goes on with it")
        if path is None and root["state_type"] == "COMPLETED":
            raise UsageError(f"run {run} is done: name the node to be tried again with --node")
        await pardon(records.pool, run, plan(reports, path or "0", note))
        if lease is not None:
            await change_lease(records.pool, run, lease)
        await _reschedule(records, run, "retried")
        if root["state_type"] == "CANCELLED":
            await _outlast_cancelling(records, run)


async def dead_runs(records: Records, limit: int = 200) -> list[str]:
    """Return the recent runs that are under way by their state, but whose process is gone."""
    found = []
    for line in await records.runs.recent(limit):
        if line.status in ("running", "waiting", "crashed") and not await holder(records.pool, line.run):
            root = await records.runs.root(line.run)
            if root["state_type"] in _DEAD and not _is_starting(root):
                found.append(line.run)
    return found


async def _reschedule(records: Records, run: str, why: str) -> None:
    """End what the dead process left open, as reported where it had reported, and have the root started again."""
    reports = await reports_of(records.pool, run)
    await records.runs.close_dead(run, {node: report.status for node, report in reports.items()})
    await records.runs.reschedule(run, why)


async def _outlast_cancelling(records: Records, run: str) -> None:
    """Reschedule again if the worker, which may still be at it, marks a run as cancelled after it was rescheduled."""
    until = time.monotonic() + _CANCELLING_SECONDS
    while time.monotonic() < until:
        state = (await records.runs.root(run))["state_type"]
        if state == "RUNNING":
            return
        if state == "CANCELLED":
            await records.runs.reschedule(run, "retried")
        await asyncio.sleep(0.5)


async def _root(records: Records, run: str) -> Record:
    """Return the flow run of a run's root, if nothing works on it now.

    Its worker, if it lives, says first that the process died: said after a resume, it would end what that began.
    """
    until = time.monotonic() + _WORKERS_WORD_SECONDS
    while True:
        if at := await holder(records.pool, run):
            await records.runs.revoke_crash(run)  # a process that was only silent, on a machine that slept
            where = f"process {at.pid} on {at.host}"
            raise RunHeld(f"run {run} is under way in {where}: `swarm watch {run}` shows it")
        root = await records.runs.root(run)
        if root["state_type"] == "SCHEDULED" or _is_starting(root):
            raise RunHeld(f"run {run} is about to start: `swarm watch {run}` shows it")
        if root["state_type"] != "RUNNING" or time.monotonic() > until:
            return root
        await asyncio.sleep(0.2)


def _is_starting(root: Record) -> bool:
    """Say whether a worker has taken a run and its process may be on its way to holding it.

    On a busy machine that takes minutes: what counts is that the process lives, where it is one of this machine.
    """
    since = (datetime.now(UTC) - datetime.fromisoformat(root["state"]["timestamp"])).total_seconds()
    if root["state_type"] not in ("PENDING", "RUNNING") or since > _LONGEST_START_SECONDS:
        return False
    pid = str(root.get("infrastructure_pid") or "")
    if pid.isdecimal() and _lives(int(pid)):
        return True
    return root["state_type"] == "PENDING" and since < _STARTING_SECONDS


def _lives(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and _KNOCK in " ".join(process.cmdline())
    except psutil.Error:
        return False


async def _has_reported(records: Records, run: str) -> bool:
    view = await records.view(run)
    return await records.report(view) is not None
