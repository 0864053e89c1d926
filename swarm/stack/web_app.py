"""The web application that `swarm up` serves: Prefect's own API and page behind our gate, and the page for logging in.

uvicorn calls `create_app` with the addresses of its own page in PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.stack.gate import Gate
from swarm.stack.login import PAGE, Keys, encode

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_FOLDER = Path(__file__).parent
_LONGEST_KEY = 300


def create_app() -> "ASGIApp":
    """Return Prefect's application behind the gate; the login and the origins come from the environment."""
    from prefect.server.api.server import create_app as create_prefect

    login = os.environ["PREFECT_SERVER_API_AUTH_STRING"]
    origins = os.environ["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"].split(",")
    return Gate(LoginPages(create_prefect(), login), origins)


class LoginPages:
    """An application with two addresses of its own: the page that a login link leads to, and where it hands its key in.

    Everything else is the inner application's.
    """

    def __init__(self, inner: "ASGIApp", login: str) -> None:
        self._inner = inner
        self._password = encode(login)
        self._keys = Keys(login)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] not in (PAGE, f"{PAGE}.js"):
            await self._inner(scope, receive, send)
            return
        from starlette.requests import Request

        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: "Request") -> "Response":
        from starlette.responses import FileResponse, JSONResponse, PlainTextResponse

        headers = {"Cache-Control": "no-store"}
        if request.method in ("GET", "HEAD"):
            return FileResponse(
                _FOLDER / ("login.js" if request.url.path.endswith(".js") else "login.html"), headers=headers
            )
        if request.method != "POST":
            return PlainTextResponse("Method Not Allowed", 405)
        key = b""
        async for part in request.stream():
            key += part
            if len(key) > _LONGEST_KEY:
                return PlainTextResponse("Content Too Large", 413)
        if not self._keys.use(key.decode("ascii", "replace")):
            return JSONResponse({"detail": "This link was used before or has expired."}, 403, headers)
        return JSONResponse({"password": self._password}, headers=headers)
