"""The past of a run: its history, read from Prefect's records and the reports that the run has kept."""

from collections.abc import Iterable, Mapping

from integrations.flow_runs import Record, node_of, status_of
from integrations.records import Records
from swarm.history import HISTORY, Action, Event, NodeState, ordered
from swarm.kept import reports_of
from swarm.outages import patiently
from swarm.reports import Report

_FINAL = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


async def history_of(records: Records, run: str) -> tuple[Event, ...]:
    """Return what happened in a run, in order; what happened before it came to this machine comes first."""
    reports, past = await reports_of(records.pool, run), await imported(records, run)
    return past + await recorded(records, run, reports, past)


async def imported(records: Records, run: str) -> tuple[Event, ...]:
    """Return what happened in a run before a snapshot of it was resumed here."""
    past = await patiently(lambda: records.pool.fetchval("select past from swarm.runs where run = $1", run))
    return HISTORY.validate_json(past) if past else ()


async def recorded(
    records: Records, run: str, reports: Mapping[str, Report], past: Iterable[Event]
) -> tuple[Event, ...]:
    """Return what Prefect has recorded of a run, with the reports where they belong: at each node's last end.

    The attempts are counted on from those of its past elsewhere.
    """
    attempts = {event.node.id: event.node.attempt for event in past}
    events: list[Event] = []
    for record in await records.runs.flow_runs(run):
        node = node_of(record)
        # Only the root runs again in the flow run it has; any other node gets a new one.
        states = [] if node.parent else await records.runs.states(str(record["id"]))
        attempts[node.id] = attempts.get(node.id, 0) + 1
        attempt = attempts[node.id]
        events += _root_events(record, states, attempt) if states else _events(record, attempt)
    found = ordered(events)
    last = {event.node.id: number for number, event in enumerate(found)}
    return tuple(_with_report(event, reports) if last[event.node.id] == n else event for n, event in enumerate(found))


def _events(record: Record, attempt: int) -> list[Event]:
    times: list[tuple[Action, str | None]] = [
        ("create_node", record["created"]),
        ("run_node", record.get("start_time")),
        ("terminate_node", record.get("end_time") if record["state_type"] in _FINAL else None),
    ]
    return [_event(action, time, record, attempt) for action, time in times if time]


def _root_events(record: Record, states: list[Record], first: int) -> list[Event]:
    events = [_event("create_node", record["created"], record, first)]
    attempt = first - 1
    for state in sorted(states, key=lambda each: str(each["timestamp"])):
        as_state = record | {"state_type": state["type"], "state_name": state["name"]}
        if state["type"] == "RUNNING" and events[-1].action != "run_node":
            attempt += 1
            events.append(_event("run_node", state["timestamp"], as_state, attempt))
        elif state["type"] in _FINAL:
            # A state that is put right afterwards is the same end.
            if events[-1].action == "terminate_node":
                events.pop()
            events.append(_event("terminate_node", state["timestamp"], as_state, max(attempt, first)))
    return events


def _event(action: Action, time: str, record: Record, attempt: int) -> Event:
    node = node_of(record)
    status = {"create_node": "created", "run_node": "running", "terminate_node": status_of(record)}[action]
    told = node.model_dump(include={"path", "parent", "kind", "key", "goal", "depends_on"})
    more = {"id": node.id, "flow_run_id": str(record["id"]), "attempt": attempt, "status": status}
    return Event(action=action, time=time, node=NodeState.model_validate(told | more))


def _with_report(event: Event, reports: Mapping[str, Report]) -> Event:
    report = reports.get(event.node.id)
    if event.action != "terminate_node" or report is None or report.status != event.node.status:
        return event
    return event.model_copy(update={"node": event.node.model_copy(update={"report": report})})
