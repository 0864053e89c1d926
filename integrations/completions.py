"""Completions: what a chat completion says, read without trust in its shape."""

from typing import TYPE_CHECKING

from integrations.patience import Transient, blot
from swarm.chat import Request
from swarm.errors import InvalidOutput, ModelRefused

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


def read_text(completion: "ChatCompletion", place: str, secret: str) -> tuple[str, bool]:
    """Return the answer's text and whether `max_tokens` cut it.

    Raises InvalidOutput for an answer without text, ModelRefused for what is no completion at all, and
    Transient for an upstream failure that a gateway wrapped in a 200.
    """
    # With a wrong base URL the client hands on whatever page it got.
    if not hasattr(completion, "model_dump"):
        raise ModelRefused(f"{place} sent something that is no chat completion; check OPENAI_BASE_URL")
    if not isinstance(completion.choices, list) or not completion.choices:
        raise _without_choices(completion, place, secret)
    message = getattr(completion.choices[0], "message", None)
    text, cut = getattr(message, "content", None), completion.choices[0].finish_reason == "length"
    if isinstance(text, str) and text.strip():
        return text, cut
    if cut:
        return "", True
    declined = blot(str(getattr(message, "refusal", None) or ""), secret)[:300]
    raise InvalidOutput(f"{place} answered without text{f', declining: {declined}' if declined else ''}")


def read_tokens(completion: "ChatCompletion", request: Request, text: str) -> tuple[int, int]:
    """Return the tokens read and written; counted as four characters each where the endpoint does not say."""
    read = getattr(completion.usage, "prompt_tokens", None)
    wrote = getattr(completion.usage, "completion_tokens", None)
    if not isinstance(read, int) or read < 0:
        read = sum(len(message.content) for message in request.messages) // 4
    if not isinstance(wrote, int) or wrote < 0:
        wrote = len(text) // 4
    return read, wrote


def _without_choices(completion: "ChatCompletion", place: str, secret: str) -> Exception:
    fault = (completion.model_extra or {}).get("error")
    fault = fault if isinstance(fault, dict) else {}
    code, said = fault.get("code"), blot(str(fault.get("message") or ""), secret)[:300]
    if isinstance(code, int) and (code == 429 or code >= 500):
        return Transient(f"{code} {said}")
    return InvalidOutput(f"{place} answered without a choice{f': {said}' if said else ''}")
