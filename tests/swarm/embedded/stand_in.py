"""A child that keeps the order's contract without a model, for the tests of how children are kept."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from swarm.embedded.child import ORDER, Order, wait_for_the_end, write_address


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()


if __name__ == "__main__":
    if sys.argv[1:] == ["broken"]:
        sys.exit("ERROR: the model file is damaged")
    order = Order.model_validate_json(os.environ.pop(ORDER))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Health)
    Thread(target=server.serve_forever, daemon=True).start()
    write_address(order.address, f"http://127.0.0.1:{server.server_address[1]}")
    wait_for_the_end()
