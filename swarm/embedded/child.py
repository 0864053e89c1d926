"""The child that serves the embedded model: llama.cpp's own HTTP server, on loopback, until it is ended."""

import json
import os
import signal
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ORDER = "SWARM_EMBEDDED_ORDER"
"""The environment variable that holds the order as JSON: the key must not stand on a command line."""

_CONTEXT = 8192
# Prompts put aside while another one uses the slot, so that each keeps its prefix; llama.cpp's own default is 8 GB.
_PROMPT_CACHE_MB = 512


class Order(BaseModel):
    """What the child is told: the file, where to write its address, the key to ask for."""

    model_config = ConfigDict(frozen=True)

    path: Path
    name: str
    threads: int
    key: str
    address: Path


def main() -> None:
    """Serve; the address is written, whole or not at all, once the model is loaded."""
    order = Order.model_validate_json(os.environ.pop(ORDER))
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = str(order.path)
    params.model_alias = {order.name}
    params.api_keys = [order.key]
    params.n_ctx, params.n_parallel, params.n_gpu_layers = _CONTEXT, 1, 0
    params.cache_ram_mib = _PROMPT_CACHE_MB
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order.threads
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.ui, params.offline, params.verbosity = False, True, 1
    server = xllamacpp.Server(params)
    write_address(order.address, server.listening_address)
    wait_for_the_end()
    # Its destructor may wait for an answer in the making, which nobody will read.
    os._exit(0)


def write_address(path: Path, url: str) -> None:
    """Tell the parent where we listen."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(url), encoding="utf-8")
    fresh.replace(path)


def wait_for_the_end() -> None:
    """Wait for SIGTERM or SIGINT."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
