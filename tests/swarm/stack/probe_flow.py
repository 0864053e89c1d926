"""A flow that says when its code ran and then, if asked, stays."""

import asyncio
import os
import time
from pathlib import Path

from prefect import flow

from swarm.stack import results as results  # the block of every run's results has to be known


@flow(name="probe")
async def probe(out: str, stay: float = 0) -> int:
    """Write the time, this process's id and the environment's key into a file."""
    Path(out).write_text(f"{time.time()} {os.getpid()} {os.environ.get('OPENAI_API_KEY')}")  # noqa: ASYNC240
    await asyncio.sleep(stay)
    return 1
