"""The model endpoint: any OpenAI-compatible chat completions API, asked with patience and typed errors."""

import asyncio
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from integrations.choice import Choice, choose, is_loopback
from integrations.completions import read_text, read_tokens
from integrations.formats import Refusals, messages, response_format
from integrations.patience import Transient, pause, said_in, sort_out
from swarm.chat import Answer, Request
from swarm.errors import ModelUnavailable
from swarm.prices import cost
from swarm.settings import Role, Settings
from swarm.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

__all__ = ["Choice", "Endpoint", "choose"]

# The embedded server answers one call at a time, so a call may wait for others before it.
_EMBEDDED_SECONDS = 900.0
_SLOTS: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, asyncio.Semaphore]]" = WeakKeyDictionary()


class Endpoint:
    """The Chat over HTTP. `first_pause` is the first backoff in seconds; each further one doubles."""

    def __init__(self, settings: Settings, first_pause: float = 1.0) -> None:
        self._settings = settings
        self._first_pause = first_pause
        self._choice: Choice | None = None
        self._refusals = Refusals()
        # A client belongs to the loop it was made in, and a flow run may bring its own loop.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()
        self._secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""

    def __repr__(self) -> str:
        return f"Endpoint({self._choice.base_url or 'embedded' if self._choice else 'not chosen yet'})"

    async def __call__(self, request: Request) -> Answer:
        """Ask, patiently. Raises ModelRefused, ModelUnavailable or InvalidOutput (an answer without text)."""
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

        if self._choice is None:
            self._choice = await asyncio.to_thread(choose, self._settings)
        place = self._place(self._choice, request.role)
        attempts = 1 + self._settings.swarm_model_retries
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=lambda state: pause(state, self._first_pause),
            stop=stop_after_attempt(attempts),
            reraise=True,
        )
        try:
            return await retrying(self._ask, self._choice, request)
        except Transient as failure:
            raise ModelUnavailable(
                f"{place} gave no answer in {attempts} attempt{'s' * (attempts > 1)}: {failure}; "
                "see that the endpoint is up, or raise SWARM_MODEL_RETRIES or SWARM_MODEL_TIMEOUT"
            ) from None

    async def _ask(self, choice: Choice, request: Request) -> Answer:
        """Ask once for every refusal that can be learnt from; raises Transient for what may pass."""
        import openai

        place = self._place(choice, request.role)
        while True:
            level = self._refusals.level(choice.model(request.role), request)
            try:
                return await self._send(choice, request, level)
            except openai.BadRequestError as error:
                if not self._refusals.learn(choice.model(request.role), request, said_in(error), level):
                    raise sort_out(error, place, self._secret) from None
            except openai.OpenAIError as error:
                self._look_again(choice, error)
                raise sort_out(error, place, self._secret) from None
            except TimeoutError:
                raise Transient("no answer in time") from None
            except (json.JSONDecodeError, UnicodeDecodeError):
                raise Transient("an answer that is not whole JSON") from None

    async def _send(self, choice: Choice, request: Request, level: int) -> Answer:
        import openai

        settings, model = self._settings, choice.model(request.role)
        client = await self._client(choice)
        temperature = request.temperature
        if temperature is None:
            temperature = _temperature(settings, request.role)
        limit = "max_tokens" if self._refusals.knows(model, "max_tokens") else "max_completion_tokens"
        form = response_format(request, level)
        seconds = _EMBEDDED_SECONDS if choice.embedded else settings.swarm_model_timeout
        async with _slots(1 if choice.embedded else settings.swarm_model_concurrency):
            started = time.monotonic()
            # The client's own timeout counts from byte to byte; this one bounds the whole call.
            async with asyncio.timeout(seconds):
                completion = await client.chat.completions.create(
                    model=model,
                    messages=messages(request, level),
                    response_format=form if form is not None else openai.omit,
                    temperature=temperature if self._refusals.knows(model, "temperature") else openai.omit,
                    extra_body={limit: request.max_tokens},
                    extra_headers={"x-swarm-node": request.node, "x-swarm-role": request.role},
                    timeout=seconds,
                )
        return self._answer(choice, request, completion, time.monotonic() - started)

    async def _client(self, choice: Choice) -> "AsyncOpenAI":
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            base_url, key = choice.base_url, self._secret or "none"
            if choice.embedded:
                from swarm.embedded import ensure_served

                served = await asyncio.to_thread(ensure_served, self._settings)
                base_url, key = served.base_url, served.key.get_secret_value()
            self._clients[loop] = _open(base_url, key)
        return self._clients[loop]

    def _look_again(self, choice: Choice, error: Exception) -> None:
        """Forget the embedded server after a broken connection or a refused key: it may be another."""
        import openai

        if choice.embedded and isinstance(error, (openai.APIConnectionError, openai.AuthenticationError)):
            self._clients.clear()
            raise Transient("the embedded model's server went away") from None

    def _answer(self, choice: Choice, request: Request, completion: "ChatCompletion", seconds: float) -> Answer:
        text, cut = read_text(completion, self._place(choice, request.role), self._secret)
        read, wrote = read_tokens(completion, request, text)
        model = choice.model(request.role)
        usd = 0.0 if choice.embedded else cost(model, read, wrote, self._settings.swarm_prices)
        usage = Usage(calls=1, tokens_in=read, tokens_out=wrote, usd=usd)
        return Answer(text=text, model=completion.model or model, usage=usage, seconds=seconds, cut=cut)

    def _place(self, choice: Choice, role: Role) -> str:
        host = "the embedded model" if choice.embedded else urlsplit(choice.base_url).netloc.rpartition("@")[2]
        return f"{host} (model {choice.model(role)})"


def _open(base_url: str, key: str) -> "AsyncOpenAI":
    from httpx2 import Limits
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    # No idle connections: a call takes seconds, a handshake does not, and none is left open when a loop ends.
    limits = Limits(max_connections=None, max_keepalive_connections=0)
    http = DefaultAsyncHttpxClient(limits=limits, trust_env=not is_loopback(base_url))
    return AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=http)


def _slots(limit: int) -> asyncio.Semaphore:
    """Return the semaphore of that size that all endpoints in this process and event loop share."""
    slots = _SLOTS.setdefault(asyncio.get_running_loop(), {})
    return slots.setdefault(limit, asyncio.Semaphore(limit))


def _temperature(settings: Settings, role: Role) -> float:
    by_role = {
        "decide": settings.swarm_temperature_decide,
        "write": settings.swarm_temperature_write,
        "review": settings.swarm_temperature_review,
    }
    return by_role[role]
