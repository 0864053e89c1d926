"""Chat: the one callable by which anything asks a model; metering, taping and scripts wrap it."""

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from swarm.settings import Role
from swarm.texts import CleanText
from swarm.usage import Usage


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


class Request(BaseModel):
    """One model call: JSON in and out, so that it can be taped; `json_schema` None asks for plain text."""

    model_config = ConfigDict(frozen=True)

    role: Role
    messages: tuple[Message, ...]
    schema_name: str = "answer"
    json_schema: dict[str, JsonValue] | None = None
    max_tokens: int = 1024
    temperature: float | None = None
    node: str = ""
    """Path of the node that asks; sent as the header `x-swarm-node`, which a scripted model may read."""


class Answer(BaseModel):
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
