"""Scheduled: which runs of a schedule are worked on, where several have come due or the last one is not done yet."""

from datetime import UTC, datetime

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId, FlowRunFilterExpectedStartTime
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext

_MOST = 200
"""Flow runs of a deployment that are looked at, the latest first."""


async def passed_over() -> str:
    """Say why this flow run is not to be worked on; empty where it is, and for one that no schedule has made.

    While nobody worked, the runs of a schedule pile up: all at once would do the same work in the same folder, so only
    the latest is worked on. Nor does one begin while the one before it is under way.
    """
    context = FlowRunContext.get()
    mine = context.flow_run if context else None
    if mine is None or not mine.auto_scheduled or mine.deployment_id is None or mine.run_count > 1:
        return ""
    async with get_client() as client:
        due = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[mine.deployment_id]),
                expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=_MOST,
        )
    return _why(mine, [each for each in due if each.id != mine.id and _is_of_same_schedule(each, mine)])


def _is_of_same_schedule(run: FlowRun, other: FlowRun) -> bool:
    ours, theirs = run.created_by, other.created_by
    return run.auto_scheduled and ours is not None and theirs is not None and ours.id == theirs.id


def _why(mine: FlowRun, others: list[FlowRun]) -> str:
    """Say which of the others is worked on in the place of this one."""
    assert mine.expected_start_time is not None
    for each in others:
        when = each.expected_start_time
        if when is None or each.state is None:
            continue
        if when > mine.expected_start_time and not each.state.is_cancelled():
            return f"missed: its schedule has come due again since ({when:%Y-%m-%d %H:%M} UTC)"
        # One that began after our time had come was itself passed over.
        began = each.start_time is not None and each.start_time < mine.expected_start_time
        if began and (each.state.is_running() or each.state.is_paused()):
            return f"passed over: the run of {when:%Y-%m-%d %H:%M} UTC of its schedule is still under way"
    return ""
