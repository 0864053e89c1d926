"""Models whose texts enter clean: what no store takes is replaced, what is secret is redacted."""

from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, model_validator

from swarm.text.redaction import redact_json
from swarm.text.sanitize import replace_unfit


def _fit(text: object) -> object:
    return replace_unfit(text) if isinstance(text, str) else text


CleanText = Annotated[str, BeforeValidator(_fit)]
"""A string whose unfit characters are replaced by U+FFFD as it enters."""


class Redacted(BaseModel):
    """A model whose texts lose what this process knows to be secret as they enter."""

    as_given: ClassVar[frozenset[str]] = frozenset()
    """Fields that stay as they are: places on this machine."""

    @model_validator(mode="before")
    @classmethod
    def _redacted(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {name: each if name in cls.as_given else redact_json(each) for name, each in given.items()}


M = TypeVar("M", bound=Redacted)


def redacted(model: M) -> M:
    """Return a model without secrets that have become known since it was made, or that a copy has brought in."""
    told = model.model_dump()
    clean = {name: each if name in model.as_given else redact_json(each) for name, each in told.items()}
    return model if clean == told else type(model).model_validate(clean)
