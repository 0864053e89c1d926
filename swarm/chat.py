"""Chat: the one callable by which anything asks a model; metering, taping and scripts wrap it."""

import json
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from swarm.settings import Role
from swarm.text.models import CleanText, Redacted
from swarm.usage import Usage


class ToolCall(Redacted):
    """One action that a model asks for: `id` ties its result to it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    arguments: dict[str, JsonValue]


class Message(Redacted):
    """One message of a conversation, the same for every endpoint; `integrations/llm` writes it as each one wants it.

    An assistant's message may hold `calls`; each of them is answered by a user's message whose `answers` is its id.
    An endpoint without tools gets the calls as the JSON object they stand for, and the answers as plain user messages.
    """

    model_config = ConfigDict(frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""


class Tool(BaseModel):
    """One action as it is offered: its name, what it does, and the JSON schema of its arguments."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    parameters: dict[str, JsonValue]


class Request(Redacted):
    """One model call: JSON in and out, so that it can be taped; `json_schema` None asks for plain text.

    With `tools` the answer is asked for as calls of them where the endpoint takes tools, else as JSON by the schema.
    Either way `Answer.text` is the same: {"situation": text, "actions": [{"kind": name, ...arguments}]}.
    """

    model_config = ConfigDict(frozen=True)

    role: Role
    messages: tuple[Message, ...]
    schema_name: str = "answer"
    json_schema: dict[str, JsonValue] | None = None
    tools: tuple[Tool, ...] = ()
    max_tokens: int = 1024
    temperature: float | None = None
    node: str = ""
    """Path of the node that asks; sent as the header `x-swarm-node`, which a scripted model may read."""

    @property
    def characters(self) -> int:
        """How many characters a model is shown, the schema or the tools included."""
        shown = sum(len(each.content) + sum(_length(call.arguments) for call in each.calls) for each in self.messages)
        tools = sum(len(each.name) + len(each.description) + _length(each.parameters) for each in self.tools)
        return shown + max(tools, _length(self.json_schema) if self.json_schema else 0)


def _length(value: dict[str, JsonValue]) -> int:
    return len(json.dumps(value, ensure_ascii=False))


class Answer(Redacted):
    """What came back: the text as the model wrote it, and what it cost. `cut` says that `max_tokens` ended it."""

    model_config = ConfigDict(frozen=True)

    text: CleanText
    model: str
    usage: Usage
    seconds: float
    cut: bool = False


class Chat(Protocol):
    """Ask a model once. Raises ModelError, or BudgetExhausted before anything is spent."""

    async def __call__(self, request: Request) -> Answer: ...
