"""The Prefect server as others see it: one that is slow is there, one that is not there is told at once."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from swarm.settings import Settings
from swarm.stack import processes, server, status
from swarm.stack.home import Home, Memory


class _Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(2.5)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *given: object) -> None:
        """Keep the terminal to the tests."""


def test_a_server_that_a_busy_machine_makes_slow_is_running(tmp_path: Path) -> None:
    """Its process lives, so it is waited for; a command would else say that the stack is not running."""
    home = Home(tmp_path)
    home.make()
    slow = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    threading.Thread(target=slow.serve_forever, daemon=True).start()
    try:
        home.remember(Memory(port=slow.server_port, processes={"prefect": processes.remembered(os.getpid())}))
        settings = Settings(swarm_home=tmp_path, swarm_database_url=None, prefect_api_url=None)
        assert status(settings).prefect.running
        assert not server.is_healthy(server.api_url(slow.server_port))
    finally:
        slow.shutdown()
        slow.server_close()
    began = time.monotonic()
    assert not status(settings).prefect.running
    assert time.monotonic() - began < 1
