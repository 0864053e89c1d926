"""The ladder, each rung against the scripted model over real HTTP, and fuzzed without it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from integrations.llm.endpoint import Endpoint
from swarm.chat import Answer, Message, Request
from swarm.errors import InvalidOutput, ModelRefused
from swarm.ladder import MOST_CALLS, Kinds, structured
from swarm.settings import Settings
from swarm.testing import Asked, ScriptedModel
from swarm.usage import Usage


class Say(BaseModel):
    """Say something short."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["say"] = "say"
    text: str = Field(max_length=10)


class Stop(BaseModel):
    """Stop here."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["stop"] = "stop"


class Turn(BaseModel):
    """A turn."""

    why: str
    action: Annotated[Say | Stop, Field(discriminator="kind")]


KINDS: Kinds[Turn] = Kinds({"say": Say, "stop": Stop}, lambda found: Turn.model_validate({"why": "", "action": found}))
REQUEST = Request(
    role="decide",
    messages=(Message(role="system", content="You act."), Message(role="user", content="Go.")),
    max_tokens=100,
)
GOOD = {"why": "it is time", "action": {"kind": "say", "text": "hi"}}
BAD = {"why": "it is time", "action": {"kind": "say", "text": "far too long a text"}}


async def climb(answers: Sequence[Any], **more: Any) -> tuple[Turn, list[Asked]]:
    with ScriptedModel({"default": {"decide": list(answers)}}) as model:
        chat = Endpoint(Settings(openai_base_url=model.base_url, swarm_model="m", swarm_model_retries=0))
        return await structured(chat, REQUEST, Turn, **more), model.requests


async def test_a_valid_answer_takes_one_call_with_the_schema() -> None:
    """Rung 1: the schema goes along; the answer is parsed."""
    found, asked = await climb([GOOD])
    assert found.action == Say(text="hi") and len(asked) == 1
    assert "response_format" in asked[0].body


async def test_prose_and_fences_around_the_answer_do_not_matter() -> None:
    """Endpoints without schemas like to talk."""
    found, asked = await climb(['Sure!\n```json\n{"why": "w", "action": {"kind": "stop"}}\n```'])
    assert found.action == Stop() and len(asked) == 1


async def test_the_last_object_that_fits_is_the_answer() -> None:
    """A longer draft before it and an empty example behind it do not matter, nor do thoughts."""
    draft = {"why": "a long first thought, " * 9, "action": {"kind": "stop"}}
    for text in (
        f"{json.dumps(draft)} No: {json.dumps(GOOD)} and so on, as in {{}} or {json.dumps({'x': 1})}.",
        f"<think>{json.dumps(GOOD)}, or {json.dumps(draft)}?</think>{json.dumps(GOOD)}",
        f"Hm, {json.dumps(draft)}\n</think>\n\n```json\n{json.dumps(GOOD)}\n```",
    ):
        found, asked = await climb([text])
        assert found.action == Say(text="hi") and len(asked) == 1, text


async def test_a_cut_answer_gets_no_more_room_than_the_model_has() -> None:
    """The caller knows the profile."""
    with pytest.raises(InvalidOutput, match="cut at 150 tokens"):
        await climb([{"fault": "truncate", "then": GOOD}], most_tokens=150)


async def test_an_invalid_answer_is_repaired_with_its_error_in_view() -> None:
    """Rung 2: the same messages, the answer, the error; sampled anew."""
    found, asked = await climb([BAD, GOOD])
    assert found.action == Say(text="hi")
    repair = asked[1]
    assert repair.messages[:2] == asked[0].messages and repair.messages[2].role == "assistant"
    assert "far too long" in repair.messages[2].content
    assert "at most 10 characters" in repair.messages[3].content
    assert asked[0].body["temperature"] == 0 and repair.body["temperature"] == 0.4


async def test_a_semantic_fault_is_repaired_like_any_other() -> None:
    """`check` speaks to the model."""

    def check(turn: Turn) -> None:
        if isinstance(turn.action, Stop):
            raise ValueError("it is too early to stop")

    found, asked = await climb([{"why": "", "action": {"kind": "stop"}}, GOOD], check=check)
    assert isinstance(found.action, Say) and "too early to stop" in asked[1].messages[-1].content


async def test_two_steps_ask_for_the_kind_and_then_for_its_fields() -> None:
    """Rung 3: an enum with each kind's meaning, then one small schema, then the whole."""
    found, asked = await climb([BAD, BAD, {"kind": "say"}, {"kind": "say", "text": "ok"}], kinds=KINDS)
    assert found == Turn(why="", action=Say(text="ok"))
    assert "- stop: Stop here." in asked[2].messages[-1].content
    assert (
        "stop" not in str(asked[3].body["response_format"]) and "Say something short." in asked[3].messages[-1].content
    )


async def test_all_rungs_failing_is_one_line_with_every_error() -> None:
    """Rung 4: InvalidOutput after at most five calls."""
    with pytest.raises(InvalidOutput) as caught:
        await climb([BAD, "no json", {"kind": "dance"}], kinds=KINDS)
    text = str(caught.value)
    assert text.startswith("no valid Turn in 3 calls: answer: action.say.text: String should have at most 10")
    assert "repair: the answer holds no JSON object" in text and "kind: kind: Input should be 'say' or 'stop'" in text
    assert "\n" not in text


async def test_an_answer_cut_by_max_tokens_gets_twice_the_room_once() -> None:
    """The second request has doubled `max_tokens`; a second cut is a fault like any other."""
    cut = {"fault": "truncate", "then": GOOD}
    found, asked = await climb([cut, GOOD])
    assert isinstance(found.action, Say) and [a.body["max_tokens"] for a in asked] == [100, 200]
    with pytest.raises(InvalidOutput, match="in 3 calls: answer: cut at 200 tokens"):
        await climb([cut])


async def test_an_answer_without_text_is_a_rung_that_failed() -> None:
    """Empty content is asked again without an empty assistant message."""
    found, asked = await climb([{"fault": "empty"}, GOOD])
    assert isinstance(found.action, Say) and [m.role for m in asked[1].messages] == ["system", "user", "user"]


async def test_a_refused_request_rises_at_once() -> None:
    """The ladder mends answers, not endpoints."""
    with pytest.raises(ModelRefused):
        await climb([{"fault": "status", "code": 401}])


PIECES = st.sampled_from(
    [
        "{",
        "}",
        '"why"',
        ":",
        '"x"',
        ",",
        '{"kind":"say"}',
        '{"kind":"stop"}',
        "NaN",
        '{"why":"w","action":{"kind":"stop"}}',
        "ü",
        "\x00",
    ]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.lists(PIECES, max_size=6).map("".join), st.booleans()), min_size=1, max_size=7))
def test_any_answers_end_in_a_valid_turn_or_invalid_output_within_the_bound(answers: list[tuple[str, bool]]) -> None:
    """Whatever comes back, cut or not: no other error, and never more than five calls."""
    calls = 0

    async def chat(request: Request) -> Answer:
        nonlocal calls
        text, cut = answers[min(calls, len(answers) - 1)]
        calls += 1
        return Answer(text=text, model="m", usage=Usage(), seconds=0, cut=cut)

    try:
        assert isinstance(asyncio.run(structured(chat, REQUEST, Turn, kinds=KINDS)), Turn)
    except InvalidOutput as error:
        assert f"in {calls} calls" in str(error)
    assert 1 <= calls <= MOST_CALLS
