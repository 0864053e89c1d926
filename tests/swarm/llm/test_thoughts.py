"""Thoughts and answers are told apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.llm.thoughts import split_thoughts


@pytest.mark.parametrize(
    ("text", "answer", "thoughts"),
    [
        ("<think>hm</think>yes", "yes", "hm"),
        ("\n<think>\nhm\n</think>\n\nyes\n", "yes", "\nhm\n"),
        ("<thinking>hm</thinking>yes", "yes", "hm"),
        ("<Thought>hm</Thought>yes", "yes", "hm"),
        ("<reasoning>hm</reasoning>yes", "yes", "hm"),
        ("[THINK]hm[/THINK]yes", "yes", "hm"),
        ("◁think▷hm◁/think▷yes", "yes", "hm"),
        ("<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|>yes<|end_of_solution|>", "yes", "hm"),
        ("<think>hm</think><answer>yes</answer>", "yes", "hm"),
        ("<think>a</think><think>b</think>yes", "yes", "a\nb"),
        ("<think></think>yes", "yes", ""),
        ("<think>hm", "", "hm"),
        ("Okay, hm.\n</think>\n\nyes", "yes", "Okay, hm.\n"),
        ("Okay, hm.</think>yes", "yes", "Okay, hm."),
        ("yes\n<think>hm</think>\nno", "yes\n\nno", "hm"),
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>yes<|return|>", "yes", "hm"),
        ("<|channel|>analysis<|message|>hm", "", "hm"),
        ("<|start|>assistant<|channel|>final <|constrain|>json<|message|>{}", "{}", ""),
        ("analysisI wonder.assistantfinalyes", "yes", "I wonder."),
    ],
)  # fmt: skip
def test_the_answer_is_what_follows_the_thoughts(text: str, answer: str, thoughts: str) -> None:
    """Every mark that models use; only the closing one; only the opening one, which leaves no answer."""
    assert split_thoughts(text) == (answer, thoughts)


@pytest.mark.parametrize(
    "text",
    [
        "A plain answer.",
        '{"content": "<think>hm</think>\\nyes"}',
        '{"content": "ends in </think>"}',
        "Reasoning models close with `</think>`, and then answer.",
        "An example:\n```\n<think>\nhm\n</think>\nyes\n```\nThat is all.",
        "analysis of the final report",
        "He said: I think so.",
    ],
)
def test_what_an_answer_says_about_thoughts_stays(text: str) -> None:
    """In JSON, in backticks, in a fence."""
    assert split_thoughts(text) == (text, "")


@given(st.text())
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    """Nothing is trimmed."""
    if not any(mark in text.lower() for mark in ("think", "thought", "reason", "channel", "analysis")):
        assert split_thoughts(text) == (text, "")


@given(st.text(st.characters(exclude_characters="<[◁|`")), st.dictionaries(st.text(max_size=5), st.text(max_size=20)))
def test_json_after_thoughts_comes_back_whole(thought: str, value: dict[str, str]) -> None:
    """Whatever was thought, and whatever stands in the JSON."""
    answer, _ = split_thoughts(f"<think>{thought}</think>\n{json.dumps(value)}")
    assert json.loads(answer) == value


MARKS = [
    "<think>",
    "</think>",
    "<|channel|>",
    "final",
    "analysis",
    "<|message|>",
    "`",
    "```",
    "\n",
    "[THINK]",
    "x ",
    "{",
]


@given(st.lists(st.sampled_from(MARKS), max_size=30).map("".join))
def test_no_text_raises(text: str) -> None:
    """Marks in any order."""
    answer, thoughts = split_thoughts(text)
    assert len(answer) + len(thoughts) <= len(text) + 30
