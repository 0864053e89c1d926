"""The tape: every model call with its answer, written before anything depends on it, and never asked again."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from swarm.chat import Answer, Request
from swarm.errors import (
    BudgetExhausted,
    ContextExceeded,
    InvalidOutput,
    ModelRefused,
    ModelUnavailable,
    RepeatedFailure,
    SwarmError,
)
from swarm.keys import canonical, digest
from swarm.outages import patiently
from swarm.points import durable
from swarm.text.redaction import redact, redact_json

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
_ERRORS: dict[str, type[SwarmError]] = {
    kind.__name__: kind for kind in (InvalidOutput, ModelRefused, ModelUnavailable, RepeatedFailure, BudgetExhausted)
}
Outcome = Answer | SwarmError


def name_of(request: Request) -> str:
    """Return the hash of what a request asks for; another one is another question."""
    return digest(request.model_dump(mode="json"))


async def find(pool: "Pool", key: str, request: Request) -> Outcome | None:
    """Return what came of a call; None if it was never made, or asked something else."""
    row = await patiently(
        lambda: pool.fetchrow(
            "select answer, error from swarm.tape where key = $1 and request = $2", key, name_of(request)
        )
    )
    if row is None:
        return None
    if row["error"] is None:
        return Answer.model_validate_json(row["answer"])
    error = json.loads(row["error"])
    if error["kind"] == ContextExceeded.__name__:
        return ContextExceeded(error["message"], error.get("window"))
    return _ERRORS[error["kind"]](error["message"])


@dataclass(frozen=True)
class Call:
    """One model call: its key, what was asked, what it cost with what was said, and the error that came instead."""

    key: str
    request: Request
    answer: Answer
    error: SwarmError | None = None


async def write(pool: "Pool", call: Call) -> None:
    """Tape one call and enter what it cost, both or neither; the same call is entered once."""
    key, request, answer, error = call.key, call.request, call.answer, call.error
    run, _, name = key.partition("/")
    asked = canonical(redact_json(request.model_dump(mode="json")))
    said = canonical(redact_json(answer.model_dump(mode="json")))
    kept = canonical(_plain(error)) if error else None
    usage = answer.usage

    async def both() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "insert into swarm.tape (key, run, node, request, asked, answer, error)"
                " values ($1, $2, $3, $4, $5, $6, $7)"
                " on conflict (key) do update set request = excluded.request, asked = excluded.asked,"
                " answer = excluded.answer, error = excluded.error, at = now()",
                *(key, run, request.node, name_of(request), asked, said, kept),
            )
            if usage.calls:
                await connection.execute(
                    "insert into swarm.usage (run, node, role, model, tokens_in, tokens_out, cached, usd, seconds,"
                    " key) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (key) do nothing",
                    *(run, request.node, request.role, answer.model, usage.tokens_in, usage.tokens_out, usage.cached),
                    *(usage.usd, answer.seconds, f"{key}/{name_of(request)}"),
                )

    with durable(f"tape {name}"):
        await patiently(both)


def _plain(error: SwarmError) -> dict[str, JsonValue]:
    plain: dict[str, JsonValue] = {"kind": type(error).__name__, "message": redact(str(error))}
    return plain | {"window": error.window} if isinstance(error, ContextExceeded) else plain
