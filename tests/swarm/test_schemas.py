"""The schema sent to endpoints."""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from integrations.llm.response_format import is_closed
from swarm.decisions import Decision
from swarm.schemas import schema_of


class Leaf(BaseModel):
    """A leaf."""

    kind: Literal["leaf"] = "leaf"
    title: str = "no title"
    default: Annotated[int, Field(ge=0, le=9)] = 3


class Tree(BaseModel):
    """A tree."""

    kind: Literal["tree"] = "tree"
    inner: "list[Annotated[Leaf | Tree, Field(discriminator='kind')]]" = Field(
        max_length=2, description="what is in it"
    )
    first: Leaf = Field(Leaf(), description="beside a reference")


class Free(BaseModel):
    """Free-form."""

    model_config = ConfigDict(extra="forbid")

    arguments: dict[str, JsonValue] = {}


def test_a_union_with_recursion_becomes_closed_objects_and_any_of() -> None:
    """References stay; keywords that strict providers refuse are gone; bounds stay."""
    schema = schema_of(Tree)
    text = json.dumps(schema)
    assert is_closed(schema)
    assert "oneOf" not in text and "discriminator" not in text and '"anyOf"' in text
    leaf = schema["$defs"]["Leaf"]  # type: ignore[index,call-overload]
    assert leaf["required"] == ["kind", "title", "default"]  # type: ignore[index,call-overload]
    assert leaf["properties"]["default"] == {"maximum": 9, "minimum": 0, "type": "integer"}  # type: ignore[index,call-overload]
    assert leaf["properties"]["kind"] == {"const": "leaf", "type": "string"}  # type: ignore[index,call-overload]


def test_nothing_stands_beside_a_reference() -> None:
    """Strict providers refuse a description beside `$ref`."""
    tree = schema_of(Tree)["$defs"]["Tree"]  # type: ignore[index,call-overload]
    assert tree["properties"]["first"] == {"$ref": "#/$defs/Leaf"}  # type: ignore[index,call-overload]


def test_a_free_form_field_is_not_claimed_to_be_strict() -> None:
    """`strict` is only asked for where every object names its keys."""
    assert not is_closed(schema_of(Free))


def test_the_decision_is_closed() -> None:
    """What every node asks for can be sent strict."""
    assert is_closed(schema_of(Decision))
