"""A parent that is retried and calls its children in another order: what `test_keyed.py` runs in a process of its own.

Prefect leaves connections open when a process ends, which would count as warnings in the tests' own.
"""

import asyncio
import json
import sys

from prefect import flow

from flows.keyed import keyed

KEYED = "keyed" in sys.argv
RAN: list[str] = []
ORDERS = [["alpha", "beta"], ["beta", "alpha"]]


@flow(name="child", persist_result=True)
async def child(word: str) -> str:
    """Say its own word, and note that it ran."""
    RAN.append(word)
    return word


@flow(name="parent", retries=1)
async def parent() -> dict[str, str]:
    """Ask each child for its word; fail once, after they have ended."""
    words = ORDERS.pop(0)
    found = {word: await (keyed(child, f"node-{word}") if KEYED else child)(word) for word in words}
    if ORDERS:
        raise RuntimeError("the first attempt fails")
    return found


if __name__ == "__main__":
    result = asyncio.run(parent())
    sys.stdout.write(json.dumps({"ran": RAN, "found": result}))
