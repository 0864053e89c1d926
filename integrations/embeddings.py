"""Embeddings from an OpenAI-compatible endpoint, and the choice between them and the model on this machine."""

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from integrations.llm.refusal import sort_out
from integrations.patience import Transient, pause
from swarm.embedded.weights import cache_folder
from swarm.embedding import Embedder, LocalEmbedder
from swarm.errors import InvalidOutput, ModelUnavailable
from swarm.settings import Settings
from swarm.text.display_url import display_url
from swarm.text.redaction import redact

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_BATCH = 64
_ATTEMPTS = 3
_LONGEST = 8000
"""Characters of a text that are sent: what is longer, endpoints refuse."""


def choose_embedder(settings: Settings) -> Embedder | None:
    """Return what SWARM_EMBEDDINGS asks for: unset, the local model; `none`, nothing; else the endpoint's model."""
    wanted = settings.swarm_embeddings
    if wanted is None:
        return LocalEmbedder(cache_folder(settings))
    return None if wanted == "none" else EndpointEmbedder(settings, wanted)


class EndpointEmbedder:
    """A model behind `/embeddings`. `first_pause` is the first backoff in seconds."""

    def __init__(self, settings: Settings, model: str, first_pause: float = 1.0) -> None:
        self.name = model
        self._settings, self._first_pause = settings, first_pause
        self._secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a unit vector for each text.

        Raises ModelRefused, ModelUnavailable, or InvalidOutput where vectors are missing or of different sizes.
        """
        from openai import AsyncOpenAI

        seconds = self._settings.swarm_model_timeout
        found: list[list[float]] = []
        base_url, key = self._settings.openai_base_url, self._secret or "none"
        async with AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=seconds) as client:
            for at in range(0, len(texts), _BATCH):
                found += await self._patiently(client, texts[at : at + _BATCH])
        sizes = {len(vector) for vector in found}
        if len(sizes) > 1 or 0 in sizes:
            raise InvalidOutput(f"{self.name} answers with vectors of {', '.join(map(str, sorted(sizes)))} numbers")
        return [_unit(vector) for vector in found]

    async def _patiently(self, client: "AsyncOpenAI", texts: Sequence[str]) -> list[list[float]]:
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=lambda state: pause(state, self._first_pause),
            stop=stop_after_attempt(_ATTEMPTS),
            reraise=True,
        )
        try:
            return await retrying(self._ask, client, texts)
        except Transient as failure:
            raise ModelUnavailable(
                f"{self.name} gave no embeddings in {_ATTEMPTS} attempts: {failure}; or set SWARM_EMBEDDINGS=none"
            ) from None

    async def _ask(self, client: "AsyncOpenAI", texts: Sequence[str]) -> list[list[float]]:
        import openai

        given = [redact(text)[:_LONGEST] or " " for text in texts]
        try:
            async with asyncio.timeout(self._settings.swarm_model_timeout):
                answer = await client.embeddings.create(model=self.name, input=given, encoding_format="float")
        except openai.OpenAIError as error:
            raise sort_out(error, f"{self.name} at {display_url(str(client.base_url))}") from None
        except TimeoutError:
            raise Transient("no answer in time") from None
        except ValueError:  # not JSON, or nothing of what it should be
            raise Transient("an answer that is not whole JSON") from None
        vectors = {each.index: each.embedding for each in answer.data or ()}
        if sorted(vectors) != list(range(len(texts))):
            raise InvalidOutput(f"{self.name} answered {len(texts)} texts with {len(vectors)} vectors")
        return [vectors[number] for number in range(len(texts))]


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(math.fsum(each * each for each in vector)) or 1.0
    return [each / length for each in vector]
