"""The gate before the web application: who may ask at all, by the host and the origin that a request names.

The login keeps other users of this machine out. The gate keeps out web pages that the owner's browser has open:
a name that was made to lead here (DNS rebinding), and another origin's script, form or websocket.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
_READING = ("GET", "HEAD", "OPTIONS")


class Gate:
    """An application that answers requests to these hosts, from no other page than its own."""

    def __init__(self, inner: "ASGIApp", origins: Iterable[str]) -> None:
        from starlette.middleware.trustedhost import TrustedHostMiddleware

        self._inner = inner
        self._origins = frozenset(origins)
        self._headers = [(name.encode(), value.encode()) for name, value in _headers(sorted(self._origins)).items()]
        self._checked = TrustedHostMiddleware(self._answer, allowed_hosts=list(HOSTS), www_redirect=False)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request or websocket, or refuse it; every answer carries the security headers."""

        async def with_headers(message: "Message") -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._checked(scope, receive, with_headers)

    async def _answer(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] in ("http", "websocket") and (why := self._refusal(scope)):
            from starlette.responses import PlainTextResponse

            await PlainTextResponse(why, 403)(scope, receive, send)
            return
        await self._inner(scope, receive, send)

    def _refusal(self, scope: "Scope") -> str:
        """Return why a request is refused, empty if it is not. Programs send neither header; browsers send both."""
        from starlette.datastructures import Headers

        headers = Headers(scope=scope)
        if (origin := headers.get("origin")) is not None and origin not in self._origins:
            return f"Requests from {origin[:200]!r} are not answered here."
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site") and origin is None:
            return "Requests from another site are not answered here."
        return ""


def _headers(origins: list[str]) -> dict[str, str]:
    sockets = [origin.replace("http", "ws", 1) for origin in origins]
    policy = {
        "default-src": "'self'",
        # What a model wrote may name a picture; a browser that fetched it would tell its server that, and more.
        "img-src": "'self' data:",
        "connect-src": " ".join(("'self'", *origins, *sockets)),
        "script-src": "'self' 'unsafe-eval'",  # the graph of a run compiles its shaders' bindings
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
