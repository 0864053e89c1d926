"""The floor: the same tree in bare Prefect, one subflow and one task a node, with the same settings."""

import asyncio

from prefect import flow, task


@task(name="bare-work", persist_result=True)
async def work(path: str) -> str:
    """Do nothing, as an instant model does."""
    return path


@flow(name="bare", persist_result=True, validate_parameters=False)
async def bare(path: str, depth: int, fan: int) -> str:
    """Run one node: its task, then its children at once."""
    await work(path)
    if depth:
        await asyncio.gather(*(bare(f"{path}.{n}", depth - 1, fan) for n in range(1, fan + 1)))
    return path
