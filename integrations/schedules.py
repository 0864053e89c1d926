"""Schedules: when a source is looked at again; each is a schedule of the deployment `ingest`, seen in Prefect's UI."""

import httpx

from swarm import stack
from swarm.carried import carry
from swarm.errors import StackError
from swarm.keys import digest
from swarm.settings import Settings

DEPLOYMENT = "ingest/swarm"
_SECONDS = 20.0


def carrier(uri: str) -> str:
    """Return the name under which a source's settings are carried."""
    return f"ingest-{digest(uri)}"


async def schedule(settings: Settings, uri: str, seconds: int) -> None:
    """Have a source looked at every so many seconds; raises StackError."""
    carry(settings, carrier(uri))
    async with _client(settings) as client:
        deployment = await _deployment(client)
        await _drop(client, deployment, uri)
        told = {
            "schedule": {"interval": seconds},
            "active": True,
            "slug": digest(uri),
            "parameters": {"uri": uri},
        }
        await _ask(client, "POST", f"deployments/{deployment}/schedules", [told])


async def unschedule(settings: Settings, uri: str) -> None:
    """Have a source no longer looked at; raises StackError."""
    async with _client(settings) as client:
        await _drop(client, await _deployment(client), uri)


def _client(settings: Settings) -> httpx.AsyncClient:
    found = stack.connection(settings)
    url = found.api_url.rstrip("/") + "/"
    return httpx.AsyncClient(base_url=url, headers=found.headers, timeout=_SECONDS, trust_env=False)


async def _deployment(client: httpx.AsyncClient) -> str:
    return str((await _ask(client, "GET", f"deployments/name/{DEPLOYMENT}")).json()["id"])


async def _drop(client: httpx.AsyncClient, deployment: str, uri: str) -> None:
    for each in (await _ask(client, "GET", f"deployments/{deployment}/schedules")).json():
        if each.get("slug") == digest(uri):
            await _ask(client, "DELETE", f"deployments/{deployment}/schedules/{each['id']}")


async def _ask(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> httpx.Response:
    try:
        answer = await client.request(method, path, json=body)
        return answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(f"the Prefect server did not take the schedule: {error}; see `swarm status`") from None
