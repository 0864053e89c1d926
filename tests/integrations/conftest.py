"""A real site on loopback that each test furnishes with its own pages, well-behaved or not."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

Route = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Routes by path; `seen` lists the paths asked for, with their queries, in order."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.origin = f"127.0.0.1:{server.server_port}"
        self.routes: dict[str, Route] = {}
        self.seen: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def allow(self) -> tuple[str, ...]:
        return (self.origin,)

    def url(self, path: str) -> str:
        return f"http://{self.origin}{path}"

    def page(self, path: str, body: bytes | str, status: int = 200, kind: str = "text/html", **headers: str) -> str:
        """Serve `body` at `path`, and return the address; underscores in header names stand for hyphens."""
        data = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            names = {"Content-Length": str(len(data)), "Content-Type": kind}
            names |= {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in names.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(data)

        self.routes[path] = answer
        return self.url(path)

    def redirect(self, path: str, target: str) -> str:
        return self.page(path, b"", status=302, Location=target)


@pytest.fixture
def site() -> Iterator[Site]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.seen.append(self.path)
            here.headers.append({name.lower(): value for name, value in self.headers.items()})
            route = here.routes.get(self.path) or here.routes.get(self.path.partition("?")[0])
            try:
                if route is None:
                    self.send_error(404)
                else:
                    route(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    here = Site(server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    thread.join()
    server.server_close()
