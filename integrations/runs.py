"""The engine's records: runs and nodes read from, started in and cancelled through Prefect's REST API."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import itemgetter
from types import TracebackType
from typing import Any

import httpx

from integrations.flow_runs import Record, node_of, run_of, status_of, view_of
from swarm.errors import StackError, UsageError
from swarm.nodes import Node
from swarm.stack import Connection
from swarm.usage import Usage
from swarm.views import RunLine, RunView, order

DEPLOYMENT = "solve/swarm"
_PAGE = 200
_MOST_PAGES = 50
_AT_ONCE = 8
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_CANCELLING = {"type": "CANCELLING", "name": "Cancelling", "message": "cancelled with `swarm cancel`"}
_CANCELLED = {"type": "CANCELLED", "name": "Cancelled", "message": "cancelled with `swarm cancel`"}
_CRASHED = {"type": "CRASHED", "name": "Crashed", "message": "its process is gone"}
_REPORTED = "reported before its process died"
_STATE_OF = {
    "done": {"type": "COMPLETED", "name": "Completed", "message": _REPORTED},
    "partial": {"type": "FAILED", "name": "Partial", "message": _REPORTED},
    "failed": {"type": "FAILED", "name": "Failed", "message": _REPORTED},
    "cancelled": _CANCELLED | {"message": _REPORTED},
}
_NO_LOGIN = (
    "the Prefect server does not take our login; run `swarm up`, or set PREFECT_API_AUTH_STRING for a shared one"
)
_UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING")
_ROOT = "kind:root"


class Runs:
    """The runs on one Prefect server."""

    def __init__(self, stack: Connection) -> None:
        self._ui_url = stack.ui_url.rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=stack.api_url.rstrip("/") + "/", timeout=_TIMEOUT, headers=stack.headers
        )

    async def __aenter__(self) -> "Runs":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self._client.aclose()

    async def start(self, node: Node) -> str:
        """Submit a root node to the deployment and return its flow run's id."""
        deployment = await self._get(f"deployments/name/{DEPLOYMENT}")
        body = {
            "name": node.name,
            "parameters": {"node": node.model_dump(mode="json")},
            "tags": ["swarm", f"run:{node.run}", _ROOT],
        }
        return str((await self._post(f"deployments/{deployment['id']}/create_flow_run", body))["id"])

    async def recent(self, limit: int) -> list[RunLine]:
        """Return the newest runs, newest first."""
        return [
            RunLine(
                run=run_of(record),
                status=status_of(record),
                goal=node_of(record).goal,
                started=record.get("start_time"),
                flow_run_id=record["id"],
            )
            for record in await self._roots(limit)
        ]

    async def find(self, run: str) -> str:
        """Return the one run whose name begins with `run`; raises UsageError for none or several."""
        names = [line.run for line in await self.recent(_PAGE) if line.run.startswith(run)] if run else []
        if run in names:
            return run
        if len(names) != 1:
            known = "no run is" if not names else f"{len(names)} runs are"
            raise UsageError(f"{known} called {run!r}; `swarm ls` lists them")
        return names[0]

    async def read(self, run: str, spent: Mapping[str, Usage]) -> RunView:
        """Return a run as it stands; `spent` is its usage by node path, from the ledger."""
        records = await self.flow_runs(run) or await self._unnamed(run)
        if not records:
            raise UsageError(f"no run is called {run!r}; `swarm ls` lists them")
        doing = await self._decisions(run)
        latest = {node_of(record).path: record for record in records}
        nodes = [view_of(record, spent, doing) for record in latest.values()]
        nodes.sort(key=lambda node: order(node.path))
        root = nodes[0]
        waiting = root.status == "running" and any(node.status == "waiting" for node in nodes)
        return RunView(
            run=run,
            status="waiting" if waiting else root.status,
            goal=root.goal,
            nodes=tuple(nodes),
            ui_url=self.ui_url(root.flow_run_id),
        )

    async def flow_runs(self, run: str) -> list[Record]:
        """Return Prefect's records of all flow runs of a run, in the order they were made."""
        found = await self._all("flow_runs/filter", {"flow_runs": {"tags": {"all_": ["swarm", f"run:{run}"]}}})
        return sorted(found, key=itemgetter("created"))

    async def states(self, flow_run_id: str) -> list[Record]:
        """Return all states a flow run has had."""
        found = await self._send("GET", f"flow_run_states/?flow_run_id={flow_run_id}", None)
        return list(found)

    def ui_url(self, flow_run_id: str) -> str:
        """Return the page of a flow run."""
        return f"{self._ui_url}/runs/flow-run/{flow_run_id}"

    async def cancel(self, run: str) -> list[str]:
        """Ask for a run's end, and return the ids of its flow runs that are under way."""
        ids = [record["id"] for record in await self._under_way(run)]
        if ids:
            root = (await self.root(run))["id"]
            await self._set_state(root, _CANCELLING)
        return ids

    async def close(self, run: str) -> None:
        """Mark what a cancelled run's ended process left open as cancelled, several at once."""
        few = asyncio.Semaphore(_AT_ONCE)

        async def end(flow_run_id: str) -> None:
            async with few:
                await self._set_state(flow_run_id, _CANCELLED, force=True)

        await asyncio.gather(*(end(record["id"]) for record in await self._under_way(run)))

    async def deployments(self) -> list[Record]:
        """Return the deployments of `solve`: ours, and those a person has made for a schedule or a trigger."""
        of_solve = {"flows": {"name": {"any_": [DEPLOYMENT.partition("/")[0]]}}}
        return await self._all("deployments/filter", of_solve, sort="NAME_ASC")

    async def ended(self, run: str) -> bool:
        """Say whether a run's root has a final state."""
        return str((await self.root(run))["state_type"]) not in _UNDER_WAY

    async def delete(self, run: str) -> None:
        """Delete a run's artifacts and flow runs, the root last; what is gone already is no error."""
        of_run = {"flow_runs": {"tags": {"all_": ["swarm", f"run:{run}"]}}}
        while found := await self._all("artifacts/filter", of_run, sort="ID_DESC"):
            for record in found:
                await self._delete(f"artifacts/{record['id']}")
        # A flow run takes its children with it, but not their logs.
        for record in reversed(await self._all("flow_runs/filter", of_run)):
            await self._delete(f"flow_runs/{record['id']}")

    async def close_dead(self, run: str, reported: Mapping[str, str]) -> None:
        """Mark what a dead process left open: as its node has `reported` (status by node id), or else as Crashed.

        Not the root, which is to be started again: Crashed, it would be taken for another death, and resumed once more.
        """
        for record in await self._under_way(run):
            if _ROOT in record["tags"]:
                continue
            state = _STATE_OF.get(reported.get(node_of(record).id, ""), _CRASHED)
            await self._set_state(record["id"], state, force=True)

    async def revoke_crash(self, run: str) -> None:
        """Mark a root as running that was taken for dead."""
        root = await self.root(run)
        if root["state_type"] == "CRASHED":
            await self._set_state(root["id"], {"type": "RUNNING", "name": "Running"}, force=True)

    async def reschedule(self, run: str, why: str) -> None:
        """Have a run's root started again, in the flow run it has."""
        scheduled = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": why}
        now = datetime.now(UTC).isoformat()
        root = (await self.root(run))["id"]
        await self._set_state(root, {**scheduled, "state_details": {"scheduled_time": now}}, force=True)

    async def answer(self, flow_run_id: str, text: str) -> bool:
        """Answer the question a flow run waits for; False if somebody else was first."""
        body = {"run_input": {"answer": text}}
        return bool((await self._post(f"flow_runs/{flow_run_id}/resume", body)).get("status") == "ACCEPT")

    async def run_of(self, flow_run_id: str) -> str:
        """Return the name of the run a flow run belongs to."""
        return run_of(await self._get(f"flow_runs/{flow_run_id}"))

    async def root(self, run: str) -> Record:
        """Return the flow run of a run's root; raises UsageError for a run nobody knows."""
        found = await self._roots(1, f"run:{run}") or await self._unnamed(run)
        if not found:
            raise UsageError(f"no run is called {run!r}; `swarm ls` lists them")
        return dict(found[0])

    async def _roots(self, limit: int, *tags: str) -> list[Record]:
        wanted = {"flow_runs": {"tags": {"all_": ["swarm", _ROOT, *tags]}}, "sort": "START_TIME_DESC", "limit": limit}
        return list(await self._post("flow_runs/filter", wanted))

    async def _unnamed(self, run: str) -> list[Record]:
        """Find a root whose process, which would have tagged it, never came; and tag it."""
        for record in await self._roots(_PAGE):
            if run_of(record) == run:
                await self._send("PATCH", f"flow_runs/{record['id']}", {"tags": [*record["tags"], f"run:{run}"]})
                return [record]
        return []

    async def _under_way(self, run: str) -> list[Record]:
        tags = {"all_": ["swarm", f"run:{run}"]}
        body = {"flow_runs": {"tags": tags, "state": {"type": {"any_": list(_UNDER_WAY)}}}}
        return await self._all("flow_runs/filter", body)

    async def _set_state(self, flow_run_id: str, state: Record, force: bool = False) -> None:
        await self._post(f"flow_runs/{flow_run_id}/set_state", {"state": state, "force": force})

    async def _decisions(self, run: str) -> dict[str, str]:
        """Return what each flow run of a run decided last, as `turn: action`; a report counts as its last turn."""
        tags = {"tags": {"all_": ["swarm", f"run:{run}"]}}
        body = {"flow_runs": tags, "artifacts": {"type": {"any_": ["markdown"]}}}
        found = await self._all("artifacts/latest/filter", body, sort="UPDATED_DESC")
        newest_last = sorted(found, key=lambda record: int(record["description"].partition(":")[0]))
        return {record["flow_run_id"]: record["description"] for record in newest_last}

    async def _all(self, path: str, body: Record, sort: str = "START_TIME_ASC") -> list[Record]:
        """Read a listing page by page; the server sends at most 200 rows a page."""
        found: list[Record] = []
        for page in range(_MOST_PAGES):
            rows = await self._post(path, {**body, "sort": sort, "limit": _PAGE, "offset": page * _PAGE})
            found += rows
            if len(rows) < _PAGE:
                break
        return found

    async def _get(self, path: str) -> Any:
        return await self._send("GET", path, None)

    async def _post(self, path: str, body: Record) -> Any:
        return await self._send("POST", path, body)

    async def _delete(self, path: str) -> None:
        try:
            response = await self._client.delete(path)
        except httpx.HTTPError as error:
            raise StackError(f"the Prefect server did not answer: {str(error) or type(error).__name__}") from None
        if response.status_code not in (204, 404):
            raise StackError(f"the Prefect server answered {path} with {response.status_code}")

    async def _send(self, method: str, path: str, body: Record | None) -> Any:
        try:
            response = await self._client.request(method, path, json=body)
            response.raise_for_status()
            return response.json() if response.content else {}
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.UNAUTHORIZED:
                raise StackError(_NO_LOGIN) from None
            said = f"{error.response.status_code} {error.response.text[:200]}"
            raise StackError(f"the Prefect server answered {path} with {said}") from None
        except (httpx.HTTPError, ValueError) as error:
            where = self._client.base_url
            raise StackError(
                f"the Prefect server at {where} did not answer: {str(error) or type(error).__name__}"
            ) from None
