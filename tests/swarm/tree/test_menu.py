"""Menus: the actions of a node, as tools and as one schema."""

import json

import pytest
from jsonschema_rs import ValidationError, validate

from swarm.decisions import Decision
from swarm.tree.menu import FULL, LAST_TURN, REVIEW, SMALL, Menu, decision_schema, single_schema, tools_of


@pytest.mark.parametrize("menu", [FULL, SMALL, REVIEW, LAST_TURN])
def test_every_action_is_listed_under_its_kind(menu: Menu) -> None:
    """What is offered by name is what comes back."""
    assert {kind: model.model_fields["kind"].default for kind, model in menu.items()} == {kind: kind for kind in menu}


def test_a_decision_that_fits_the_schema_is_a_decision() -> None:
    """In both forms, and another kind fits neither."""
    action = {"kind": "finish", "answer": "4", "evidence": [], "missing": "", "objection": ""}
    many, one = {"situation": "s", "actions": [action]}, {"situation": "s", "missing": "", "action": action}
    validate(decision_schema(LAST_TURN), many)
    validate(single_schema(SMALL), one)
    assert Decision.model_validate(many).action == Decision.model_validate(one).action
    with pytest.raises(ValidationError):
        validate(decision_schema(FULL), {"situation": "s", "actions": [{"kind": "dance"}]})


def test_no_bound_is_too_large_for_a_grammar() -> None:
    """A small model's texts are bounded to what it may write; others are not bounded at all."""
    assert "maxLength" not in json.dumps(decision_schema(FULL)) and "maxLength" not in json.dumps(
        [tool.parameters for tool in tools_of(FULL)]
    )
    assert (
        max(
            int(part.split(",")[0].split("}")[0])
            for part in json.dumps(single_schema(SMALL)).split('"maxLength": ')[1:]
        )
        <= 500
    )


def test_a_tool_asks_for_no_more_than_is_needed() -> None:
    """The kind is its name, and what has a default may be left out."""
    tools = {tool.name: tool for tool in tools_of(FULL)}
    assert tools["read"].parameters["required"] == ["uri"] and "kind" not in json.dumps(tools["read"].parameters)
    assert tools["run_command"].description.startswith("Run a shell command")
    assert "120 unless said, 1,800 at most" in tools["run_command"].description
    assert len(json.dumps([tool.model_dump() for tool in tools_of(FULL)])) < 6300


def test_parts_of_an_action_ask_for_no_more_than_is_needed_either() -> None:
    """A pass needs no gap, what a reviewer judges no spec, a part of a split no share."""
    tools = {tool.name: json.dumps(tool.parameters) for tool in (*tools_of(FULL), *tools_of(REVIEW))}
    assert '"required": ["id", "result"]' in tools["judge"] and '"required": ["text", "check"]' in tools["settle"]
    assert '"required": ["key", "goal"]' in tools["split"]
