"""Ingest: look at the sources of the memory again, on a schedule or when asked; each is a task that can be retried.

A look that is broken off goes on where it was: what it has entered is looked at by its date, not read again.
"""

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from flows.scheduled import passed_over
from integrations.embeddings import choose_embedder
from integrations.ingesting import Ingested
from integrations.ingesting import ingest as bring
from integrations.relating import relate as related
from integrations.schedules import carrier
from swarm.carried import carried
from swarm.errors import ModelError
from swarm.memory import folders, links, sources
from swarm.memory.catalogue import Catalogue
from swarm.memory.vectors import drop_others, embed_pending, pending
from swarm.pools import close_pool, pool
from swarm.settings import load_settings
from swarm.stack import results as results  # Prefect finds the block by its class, so the class must be known
from tasks.keys import step_name

_BATCH = 256


@flow(name="ingest", persist_result=False)
async def ingest(uri: str = "") -> State[None]:
    """Bring one source, or all that are kept, up to date; then the graph and the vectors, and what a model relates."""
    if why := await passed_over():
        return Cancelled(message=why)
    try:
        kept = [uri] if uri else [each.uri for each in await sources.every(await pool())]
        found = [await refresh(each) for each in kept]
        missing = [await index(), *[await relate(each) for each in kept if carried(carrier(each)).swarm_relate]]
    finally:
        await close_pool()
    failed = [line for each in found for line in each.failures]
    told = f"{sum(each.items for each in found)} items of {len(kept)} sources"
    if problems := list(filter(None, [*failed, *missing])):
        return Failed(message="; ".join([told, *problems][:5]))
    return Completed(message=told)


@task(name="refresh", task_run_name=step_name("refresh {uri}"), retries=2, retry_delay_seconds=30, persist_result=False)
async def refresh(uri: str) -> Ingested:
    """Look at one source again."""
    logger = get_run_logger()
    return await bring(Catalogue(await pool()), uri, carried(carrier(uri)), logger.info)


@task(name="index", retries=1, retry_delay_seconds=30, persist_result=False)
async def index() -> str:
    """Bring the graph and the vectors up to date, batch by batch; returns what is missing, in a line."""
    database, embedder = await pool(), choose_embedder(load_settings())
    await links.refresh(database)
    await folders.refresh(database)
    left = await pending(database, embedder.name) if embedder else 0
    if embedder is None or not left:
        return ""
    artifact = await acreate_progress_artifact(progress=0.0, description=f"vectors for {left} passages")
    done = 0
    try:
        while made := await embed_pending(database, embedder, most=_BATCH):
            done += made
            await aupdate_progress_artifact(artifact_id=artifact, progress=min(100.0, 100 * done / left))
    except ModelError as error:
        return f"{left - done} passages are found by words only until embeddings can be made: {error}"
    await drop_others(database, embedder.name)
    return ""


@task(name="relate", task_run_name=step_name("relate {uri}"), persist_result=False)
async def relate(uri: str) -> str:
    """Have the model read what a source has new, SWARM_RELATE passages at most; returns what went wrong, in a line."""
    settings = carried(carrier(uri))
    found = await related(await pool(), settings, uri, settings.swarm_relate)
    get_run_logger().info(
        "%s passages read, %s entities, %s relations, %s left", found.asked, found.entities, found.relations, found.left
    )
    return found.why
