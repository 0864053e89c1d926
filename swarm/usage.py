"""Usage: what one model call, a node or a run has cost."""

from pydantic import BaseModel, ConfigDict


class Usage(BaseModel):
    """Counts and money; `usd` is None where a price is unknown, and stays None in a sum that contains it."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    """Of the tokens read, those that came from the provider's cache."""
    usd: float | None = 0.0

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: "Usage") -> "Usage":
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cached=self.cached + other.cached,
            usd=usd,
        )
