"""Manners: what a scripted endpoint takes and refuses, and how its answers look; each as some real endpoint has it."""

import json
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from swarm.llm.profile import Form
from swarm.testing.wire import Oddity

Refused = Literal[
    "json_schema",
    "json_object",
    "response_format",
    "tools",
    "tool_choice",
    "required_tool",
    "parallel_tool_calls",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "reasoning_effort",
    "system",
    "repeated_role",
    "null_content",
    "whole",
]
"""Parameters by name; `required_tool` is `tool_choice: required`, `whole` an answer that is not streamed."""
_PARAMETERS = (
    *("response_format", "tools", "tool_choice", "parallel_tool_calls", "temperature", "max_tokens"),
    *("max_completion_tokens", "reasoning_effort"),
)
Body = Mapping[str, JsonValue]


class Manners(BaseModel):
    """What an endpoint says of itself, what it refuses and with which status, and how its answers look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Form | None = None
    """What `GET /models` says the model takes; without it, it says nothing."""
    window: int | None = Field(None, ge=1)
    """Tokens of prompt and answer together; `GET /models` says it, and a request for more is refused with it."""
    output: int | None = Field(None, ge=1)
    """Tokens of an answer; said and refused likewise."""
    refuse: tuple[Refused, ...] = ()
    status: int = Field(400, ge=400, le=599)
    """The status of a refusal."""
    oddity: tuple[Oddity, ...] = ()
    cache: bool = False
    """Whether usage says how much of the prompt an earlier request began with."""

    def refusal(self, body: Body) -> str | None:
        """Return the words of an endpoint that does not take what the request asks, or None."""
        return self._format(body) or self._parameter(body) or self._conversation(body) or self._size(body)

    def _format(self, body: Body) -> str | None:
        wanted = body.get("response_format")
        kind = wanted.get("type") if isinstance(wanted, dict) else None
        if kind in self.refuse:
            return f"Invalid parameter: 'response_format' of type '{kind}' is not supported"
        if "required_tool" in self.refuse and body.get("tool_choice") == "required":
            return "tool_choice 'required' is not supported; only 'auto' and 'none' are"
        return None

    def _parameter(self, body: Body) -> str | None:
        for name in _PARAMETERS:
            if name in self.refuse and name in body:
                return f"Unsupported parameter: '{name}' is not supported with this model"
        if "whole" in self.refuse and body.get("stream") is not True:
            return "This model only supports stream mode, please enable the stream parameter"
        return None

    def _conversation(self, body: Body) -> str | None:
        listed = body.get("messages")
        messages = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        roles = [str(each.get("role")) for each in messages]
        if "system" in self.refuse and {"system", "developer"} & set(roles):
            return "System role not supported"
        spoken = [role for role in roles if role not in ("system", "developer", "tool")]
        if "repeated_role" in self.refuse and any(a == b for a, b in zip(["assistant", *spoken], spoken, strict=False)):
            return "Conversation roles must alternate user/assistant/user/assistant/..."
        if "null_content" in self.refuse and any(each.get("content") is None for each in messages):
            return "messages: content must be a string, not null"
        return None

    def _size(self, body: Body) -> str | None:
        wanted = body.get("max_completion_tokens", body.get("max_tokens"))
        most = wanted if isinstance(wanted, int) else 0
        if self.output is not None and most > self.output:
            return f"max_tokens is too large: {most}. This model supports at most {self.output} completion tokens"
        read = len(json.dumps([body.get("tools"), body.get("messages")])) // 4
        if self.window is not None and read + most > self.window:
            return (
                f"This model's maximum context length is {self.window} tokens. However, you requested {read + most} "
                f"tokens ({read} in the messages, {most} in the completion). Please reduce the length of the messages."
            )
        return None
