"""The model endpoint: any OpenAI-compatible chat completions API, asked with patience and typed errors."""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from pydantic import JsonValue

from integrations.llm.client import open_client, post
from integrations.llm.completion import read_completion, read_tokens
from integrations.llm.dialect import LIMITS, MOST_LESSONS, Dialect
from integrations.llm.messages import messages_for
from integrations.llm.model_choice import Choice, choose
from integrations.llm.model_info import ask_about
from integrations.llm.refusal import Refusal, TooLong, too_long
from integrations.llm.response_body import completion_in
from integrations.llm.response_format import structure
from integrations.patience import Transient, pause
from swarm.chat import Answer, Request
from swarm.errors import ContextExceeded, InvalidOutput, ModelUnavailable
from swarm.llm.profile import Profile
from swarm.llm.profiles import ModelFacts, profile_of
from swarm.prices import cost
from swarm.secrets import secrets_of
from swarm.settings import Role, Settings
from swarm.text.redaction import learn
from swarm.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Choice", "Endpoint", "choose"]

# The embedded server answers one call at a time, so a call may wait for others before it.
_EMBEDDED_SECONDS = 900.0
_QUICK_TOKENS = 4_096
_TOKENS_A_SECOND = 40
_LEAST_ROOM = 64
_LEAST_TEXT, _CHARACTERS_A_TOKEN = 200_000, 16
_MOST_SHRINKS = 3
_MARGIN = 8
Body = dict[str, JsonValue]
_SLOTS: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, asyncio.Semaphore]]" = WeakKeyDictionary()


class Endpoint:
    """The Chat over HTTP. `first_pause` is the first backoff in seconds; each further one doubles."""

    def __init__(self, settings: Settings, first_pause: float = 1.0) -> None:
        self._settings = settings
        self._first_pause = first_pause
        self._choice: Choice | None = None
        self._dialects: dict[str, Dialect] = {}
        self._facts: dict[str, tuple[ModelFacts, ...]] = {}
        self._choosing = threading.Lock()
        self._asking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        # A client belongs to the loop it was made in, and a flow run may bring its own loop.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()
        learn(secrets_of(settings))
        self._secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""

    def __repr__(self) -> str:
        return f"Endpoint({self._choice.base_url or 'embedded' if self._choice else 'not chosen yet'})"

    async def choice(self) -> Choice:
        """Return which models are asked where; raises UsageError."""
        return await asyncio.to_thread(self._chosen) if self._choice is None else self._choice

    def _chosen(self) -> Choice:
        with self._choosing:
            choice = self._choice = self._choice or choose(self._settings)
            return choice

    async def profile(self, role: Role, asks: bool = True) -> Profile:
        """Return what the role's model takes and gives, as far as it is known by now.

        The endpoint is asked about it once, unless `asks` is False. Raises UsageError.
        """
        choice = await self.choice()
        model = choice.model(role)
        if asks and not choice.embedded:
            async with self._asking.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
                if model not in self._facts:
                    self._facts[model] = await ask_about(choice, model, self._secret)
        facts = (*self._facts.get(model, ()), *self._dialect(model).facts)
        profile = profile_of(model, self._settings.swarm_profiles, *facts)
        if effort := self._settings.swarm_reasoning_effort:
            origin = {**profile.origin, "effort": "SWARM_REASONING_EFFORT"}
            return profile.model_copy(update={"effort": effort, "origin": origin})
        return profile

    async def estimate(self, request: Request) -> Usage:
        """Return what a request could cost at most; its money is None where no price is known."""
        choice, profile = await self.choice(), await self.profile(request.role)
        read, most = request.characters // 3, self._most(profile, request)
        model = choice.model(request.role)
        usd = 0.0 if choice.embedded else cost(model, read, most, self._settings.swarm_prices)
        return Usage(calls=1, tokens_in=read, tokens_out=most, usd=usd)

    async def __call__(self, request: Request) -> Answer:
        """Ask, patiently.

        Raises ModelRefused, ContextExceeded, ModelUnavailable, or InvalidOutput for an answer without text.
        """
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

        place = self._place(await self.choice(), request.role)
        attempts = 1 + self._settings.swarm_model_retries
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=lambda state: pause(state, self._first_pause),
            stop=stop_after_attempt(attempts),
            reraise=True,
        )
        try:
            return await retrying(self._ask, request)
        except Transient as failure:
            if failure.final is not None:
                raise failure.final from None
            raise ModelUnavailable(
                f"{place} gave no answer in {attempts} attempt{'s' * (attempts > 1)}: {failure}; "
                "see that the endpoint is up, or raise SWARM_MODEL_RETRIES or SWARM_MODEL_TIMEOUT"
            ) from None

    async def _ask(self, request: Request) -> Answer:
        """Ask once for every refusal that can be learnt from; raises Transient for what may pass."""
        choice = await self.choice()
        place, dialect = self._place(choice, request.role), self._dialect(choice.model(request.role))
        room, last = _Room(request), None
        for _ in range(MOST_LESSONS):
            profile = await self.profile(request.role)
            level = dialect.level(request, profile.form)
            body = self._body(request, profile, level, room.of(profile))
            try:
                return await self._send(choice, request, body)
            except Refusal as refusal:
                last = refusal
                if (said := too_long(refusal)) is not None and (refusal.may_teach or refusal.status == 413):
                    dialect.hear_window(said.window)
                    if room.shrink(said):
                        continue
                    raise _exceeded(place, said, refusal.said) from None
                if not refusal.may_teach or not dialect.learn(refusal, request, level, body):
                    break
        assert last is not None
        raise last.error(place)

    def _body(self, request: Request, profile: Profile, level: int, most: int) -> Body:
        dialect, extra = self._dialect(profile.model), self._settings.extra_parameters
        body: Body = {"model": profile.model, "messages": messages_for(request, level, dialect)}
        body |= structure(request, level, dialect.choice, profile.parallel)
        if (name := dialect.limit(self._counts_thoughts(profile))) and not set(LIMITS) & extra.keys():
            body[name] = most
        if not profile.reasons:
            body["temperature"] = _temperature(self._settings, request)
        if profile.effort and (profile.reasons or self._settings.swarm_reasoning_effort):
            body["reasoning_effort"] = profile.effort
        if dialect.stream:
            body["stream"] = True
        body |= extra
        if body.get("stream") is True and "stream_options" not in extra:
            body["stream_options"] = {"include_usage": True}
        return {name: value for name, value in body.items() if name not in dialect.left_out or name in extra}

    async def _send(self, choice: Choice, request: Request, body: Body) -> Answer:
        settings, place = self._settings, self._place(choice, request.role)
        limit = next((int(str(body[name])) for name in LIMITS if isinstance(body.get(name), int)), 0)
        seconds = settings.swarm_model_timeout + max(0, limit - _QUICK_TOKENS) / _TOKENS_A_SECOND
        seconds = _EMBEDDED_SECONDS if choice.embedded else seconds
        headers = {"x-swarm-node": request.node, "x-swarm-role": request.role}
        client = await self._client(choice)
        try:
            async with _slots(1 if choice.embedded else settings.swarm_model_concurrency):
                started = time.monotonic()
                # The client's own timeout counts from byte to byte; this one bounds the whole call.
                async with asyncio.timeout(seconds):
                    raw = await post(client, body, headers, seconds)
        except Refusal as refusal:
            if choice.embedded and refusal.status == 401:
                self._clients.clear()  # another server has taken its place, with a key of its own
                raise Transient("the embedded model's server went away") from None
            raise
        except Transient:
            if choice.embedded:
                self._clients.clear()
            raise
        except TimeoutError:
            raise Transient("no answer in time") from None
        return self._answer(choice, request, body, completion_in(raw, place), time.monotonic() - started)

    async def _client(self, choice: Choice) -> "AsyncOpenAI":
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            base_url, key = choice.base_url, self._secret
            if choice.embedded:
                from swarm.embedded import ensure_served

                served = await asyncio.to_thread(ensure_served, self._settings)
                base_url, key = served.base_url, served.key.get_secret_value()
            self._clients[loop] = open_client(base_url, key, choice.query)
        return self._clients[loop]

    def _answer(
        self, choice: Choice, request: Request, body: Body, completion: Mapping[str, object], seconds: float
    ) -> Answer:
        model, place = choice.model(request.role), self._place(choice, request.role)
        dialect = self._dialect(model)
        try:
            reading = read_completion(completion, request, place, dialect.answers_in_thoughts)
        except InvalidOutput as error:
            if isinstance(completion.get("usage"), dict):
                error.usage = self._usage(choice, request, completion, "")
            raise
        usage = self._usage(choice, request, completion, reading.text)
        dialect.notice(reading, request, usage.tokens_out, body)
        name = completion.get("model")
        name = name if isinstance(name, str) and name else model
        # Nobody asked for more than this; what is kept and shown must have an end, whatever an endpoint sends.
        most = max(_LEAST_TEXT, _CHARACTERS_A_TOKEN * request.max_tokens)
        text, cut = reading.text[:most], reading.cut or len(reading.text) > most
        return Answer(text=text, model=name, usage=usage, seconds=seconds, cut=cut)

    def _usage(self, choice: Choice, request: Request, completion: Mapping[str, object], text: str) -> Usage:
        tokens, model = read_tokens(completion, request, text), choice.model(request.role)
        usd = 0.0 if choice.embedded else cost(model, tokens.read, tokens.wrote, self._settings.swarm_prices)
        return Usage(calls=1, tokens_in=tokens.read, tokens_out=tokens.wrote, cached=tokens.cached, usd=usd)

    def _most(self, profile: Profile, request: Request) -> int:
        """Return the most tokens an answer may have, as the request will say it."""
        extra = self._settings.extra_parameters
        own = (extra[name] for name in LIMITS if name in extra)
        return next((most for most in own if isinstance(most, int)), profile.completion_tokens(request.max_tokens))

    def _counts_thoughts(self, profile: Profile) -> bool:
        """Say whether the answer's limit goes by its newer name first: the model reasons, the server knows it."""
        facts = self._facts.get(profile.model, ())
        is_known = profile.origin["reasons"] != "answers"
        return profile.reasons and is_known and not any(each.server == "ollama" for each in facts)

    def _dialect(self, model: str) -> Dialect:
        return self._dialects.setdefault(model, Dialect())

    def _place(self, choice: Choice, role: Role) -> str:
        host = "the embedded model" if choice.embedded else urlsplit(choice.base_url).netloc.rpartition("@")[2]
        return f"{host} (model {choice.model(role)})"


class _Room:
    """How many tokens the answer of one call may have, less after each refusal that says the context is too long."""

    def __init__(self, request: Request) -> None:
        self._request, self._most, self._shrinks = request, 0, 0

    def of(self, profile: Profile) -> int:
        asked = profile.completion_tokens(self._request.max_tokens)
        self._most = min(self._most or asked, asked)
        return self._most

    def shrink(self, said: TooLong) -> bool:
        """Take what the prompt leaves of the window; False where that is too little for an answer, or is not said."""
        if said.window is None or self._shrinks == _MOST_SHRINKS:
            return False
        self._shrinks += 1
        read = self._request.characters // 3 if said.prompt is None else said.prompt
        if said.prompt is None and said.total is not None:
            read = max(said.total - self._most, 0)
        room = said.window - read - _MARGIN * self._shrinks
        if not _LEAST_ROOM <= room < self._most:
            return False
        self._most = room
        return True


def _exceeded(place: str, said: TooLong, words: str) -> ContextExceeded:
    window = f" of {said.window:,} tokens" if said.window is not None else ""
    return ContextExceeded(f"{place}: the prompt does not fit its window{window}: {words}", said.window)


def _slots(limit: int) -> asyncio.Semaphore:
    """Return the semaphore of that size that all endpoints in this process and event loop share."""
    slots = _SLOTS.setdefault(asyncio.get_running_loop(), {})
    return slots.setdefault(limit, asyncio.Semaphore(limit))


def _temperature(settings: Settings, request: Request) -> float:
    if request.temperature is not None:
        return request.temperature
    by_role = {
        "decide": settings.swarm_temperature_decide,
        "write": settings.swarm_temperature_write,
        "review": settings.swarm_temperature_review,
    }
    return by_role[request.role]
