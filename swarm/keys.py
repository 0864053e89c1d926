"""Keys: canonical JSON and the hashes made of it, so that the same step has the same key on every machine."""

import hashlib
import json


def canonical(value: object) -> str:
    """Return `value` as JSON with sorted keys and no spaces; raises TypeError for what is not JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(*values: object) -> str:
    """Return 16 hexadecimal digits that name these values."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()[:16]


def run_name(flow_run_id: str) -> str:
    """Name a run that was not started from the terminal, after its flow run.

    By the end of the id: Prefect makes the ids of scheduled runs of the time, so that many begin alike.
    """
    return flow_run_id[-8:]
