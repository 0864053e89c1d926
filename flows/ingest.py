"""Ingest: look at the sources of the memory again, on a schedule or when asked; each is a task that can be retried.

A look that is broken off goes on where it was: what it has entered is looked at by its date, not read again.
"""

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from integrations.embeddings import choose_embedder
from integrations.ingesting import Ingested, index
from integrations.ingesting import ingest as bring
from integrations.schedules import carrier
from swarm.carried import carried
from swarm.memory import sources
from swarm.memory.catalogue import Catalogue
from swarm.memory.vectors import pending
from swarm.pools import close_pool, pool
from swarm.settings import load_settings


@flow(name="ingest", persist_result=False)
async def ingest(uri: str = "") -> State[None]:
    """Bring one source, or all that are kept, up to date; then the graph and the vectors."""
    try:
        kept = [uri] if uri else [each.uri for each in await sources.every(await pool())]
        found = [await refresh(each) for each in kept]
        missing = await embed()
    finally:
        await close_pool()
    failed = [line for each in found for line in each.failures]
    told = f"{sum(each.items for each in found)} items of {len(kept)} sources"
    if failed or missing:
        return Failed(message="; ".join([told, *failed, missing][:5]))
    return Completed(message=told)


@task(name="refresh", task_run_name="refresh {uri}", retries=2, retry_delay_seconds=30, persist_result=False)
async def refresh(uri: str) -> Ingested:
    """Look at one source again."""
    logger = get_run_logger()
    return await bring(Catalogue(await pool()), uri, carried(carrier(uri)), logger.info)


@task(name="embed", retries=1, retry_delay_seconds=30, persist_result=False)
async def embed() -> str:
    """Bring the graph and the vectors up to date; returns what is missing."""
    settings, database = load_settings(), await pool()
    embedder = choose_embedder(settings)
    if embedder is None or not await pending(database, embedder.name):
        return await index(Catalogue(database), None, lambda done, total: None)
    artifact = await acreate_progress_artifact(progress=0.0, description="passages with their vectors")
    shown = [0]

    def told(done: int, total: int) -> None:
        shown[0] = 100 * done // max(total, 1)

    missing = await index(Catalogue(database), embedder, told)
    await aupdate_progress_artifact(artifact_id=artifact, progress=float(shown[0]))
    return missing
