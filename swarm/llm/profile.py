"""A model's profile: how much it reads and writes, how it is asked, and which hands a node on it has."""

from typing import Literal

from pydantic import Field

from swarm.nodes import Noun

Form = Literal["tools", "json_schema", "json_object", "text"]
Hands = Literal["full", "small"]

CHARACTERS_A_TOKEN = 3.5
"""Of English and code, on average and on the safe side (tokenizers differ between 3 and 5)."""


class Profile(Noun):
    """What one model takes and gives; `origin` says for each field where its value is known from.

    `window` and `output` are tokens: what prompt and answer may have together, and the longest answer, thoughts not
    counted. `reasons`: it thinks before it answers, so answers need room for thoughts. `form` is how structured output
    is asked for. `parallel`: it may ask for several actions at once. `hands` is the set of actions a node has on it.
    """

    model: str = ""
    window: int = Field(32_768, ge=1024, le=100_000_000)
    output: int = Field(4_096, ge=128, le=10_000_000)
    reasons: bool = False
    room: int = Field(0, ge=0, le=1_000_000)
    """Tokens that an answer may spend on thoughts, beside `output`; 0 for a model that does not reason."""
    effort: str = ""
    """Sent as `reasoning_effort`, where the endpoint takes it; empty: not sent."""
    form: Form = "json_schema"
    parallel: bool = True
    images: bool = False
    hands: Hands = "full"
    code_decides: bool = True
    """Whether code decides for a model with small hands, where it can."""
    turns: int = Field(60, ge=1, le=10_000)
    origin: dict[str, str] = Field(default_factory=dict)

    @property
    def window_characters(self) -> int:
        """The window in characters, on the safe side."""
        return int(self.window * CHARACTERS_A_TOKEN)

    @property
    def observation_characters(self) -> int:
        """The most characters that one observation shows: a fifth of the window, 100,000 at most."""
        return min(self.window_characters // 5, 100_000)

    def completion_tokens(self, asked: int) -> int:
        """Return the most tokens to ask an endpoint for: what an answer needs, with room for thoughts."""
        return min(asked, self.output) + self.room
