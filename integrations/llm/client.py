"""The HTTP client: one POST to an endpoint, its whole body, bounded in size; streams are read until they are over."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from integrations.llm.model_choice import headers_for
from integrations.llm.refusal import refusal_of, sort_out
from integrations.llm.response_body import MOST_BYTES, is_over
from integrations.patience import Transient
from swarm.proxies import is_loopback
from swarm.text.redaction import redact_bytes

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_TAIL = 64


def open_client(base_url: str, key: str, query: tuple[tuple[str, str], ...] = ()) -> "AsyncOpenAI":
    """Return a client for one event loop; it keeps no idle connections and tries nothing twice."""
    from httpx2 import Limits
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    # No idle connections: a call takes seconds, a handshake does not, and none is left open when a loop ends.
    limits = Limits(max_connections=None, max_keepalive_connections=0)
    http = DefaultAsyncHttpxClient(limits=limits, trust_env=not is_loopback(base_url))
    return AsyncOpenAI(
        api_key=key or "none",
        base_url=base_url,
        default_query=dict(query),
        default_headers=headers_for(query, key),
        max_retries=0,
        http_client=http,
    )


async def post(
    client: "AsyncOpenAI", body: Mapping[str, JsonValue], headers: Mapping[str, str], seconds: float
) -> bytes:
    """Send a chat request and return the response's body, redacted.

    Raises Refusal for a status of 400 or above, Transient for a connection that fails or a body without an end.
    """
    import openai
    from httpx2 import HTTPError

    ask = client.chat.completions.with_streaming_response.create
    try:
        # What is sent stands in the extra body, so that no client's opinion of a parameter comes in between.
        async with ask(model="", messages=[], extra_body=body, extra_headers=headers, timeout=seconds) as response:
            raw = bytearray()
            async for piece in response.iter_bytes():
                raw += piece
                if len(raw) > MOST_BYTES:
                    raise Transient(f"an answer of more than {MOST_BYTES // 1_000_000} MB")
                if is_over(bytes(raw[-_TAIL:])):
                    break
            return redact_bytes(bytes(raw))
    except openai.APIStatusError as error:
        raise refusal_of(error) from None
    except openai.OpenAIError as error:
        raise sort_out(error, "") from None
    except HTTPError as error:
        raise Transient(f"cannot connect or the connection broke ({type(error).__name__})") from None
