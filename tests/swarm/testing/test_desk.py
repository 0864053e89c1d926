"""The desk: a model's seat for a person."""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarm.errors import UsageError
from swarm.testing import ScriptedModel
from swarm.testing.desk import Desk, read_answer, show
from swarm.testing.manners import Manners

LONG = "A long order. " * 400
TOOLS: Any = [{"type": "function", "function": {"name": "read", "description": "", "parameters": {"type": "object"}}}]


def ask(base_url: str, text: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": LONG}, {"role": "user", "content": text}]
    body = json.dumps({"model": "m", "messages": messages, **more}).encode()
    headers = {"content-type": "application/json", "x-swarm-node": "0.1", "x-swarm-role": "decide"}
    with urllib.request.urlopen(urllib.request.Request(f"{base_url}/chat/completions", body, headers)) as answer:
        return dict(json.load(answer))


def at_the_desk(
    desk: Desk, base_url: str, answer: Callable[[str], str], *asked: tuple[str, dict[str, Any]]
) -> list[Any]:
    """Ask one request after the other while somebody at the desk answers each by what it shows."""

    def sit() -> None:
        for _ in asked:
            taken = desk.take(10)
            assert taken is not None
            shown.append("\n".join(show(desk, *taken)))
            desk.answer(taken[0], answer(shown[-1]))

    shown: list[str] = []
    person = threading.Thread(target=sit)
    person.start()
    answers = [ask(base_url, text, **more) for text, more in asked]
    person.join()
    return [*zip(answers, shown, strict=True)]


def test_a_request_waits_for_its_answer_and_shows_all_it_asks(tmp_path: Path) -> None:
    """Node, role, messages and schema; a long text is printed once; what began the same counts as cached."""
    desk = Desk(tmp_path).open()
    form = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
    with ScriptedModel(desk, manners=Manners(cache=True)) as model:
        (first, shown), (second, again) = at_the_desk(
            desk,
            model.base_url,
            lambda said: "fine\n",
            ("One?", {"response_format": form}),
            ("Two?", {"max_tokens": 9}),
        )
    assert first["choices"][0]["message"]["content"] == "fine"
    assert (
        "request 1 · node 0.1 · role decide" in shown and LONG in shown and "One?" in shown and "json_schema" in shown
    )
    assert "at most 9 tokens" in again and LONG not in again and "printed before as #" in again
    assert "prompt_tokens_details" not in first["usage"]
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] > 1024
    stats = desk.stats()
    assert (stats["calls"], stats["answered"]) == (2, 2)
    assert isinstance(stats["cached_share"], float) and 0.4 < stats["cached_share"] < 0.5


def test_calls_of_tools_are_written_as_json(tmp_path: Path) -> None:
    """By name and arguments; a plain text stays one."""
    desk = Desk(tmp_path).open()
    said = '{"content": "I look.", "tool_calls": [{"name": "read", "arguments": {"place": "a.txt"}}]}'
    with ScriptedModel(desk) as model:
        ((answer, shown),) = at_the_desk(desk, model.base_url, lambda _: said, ("Go.", {"tools": TOOLS}))
    message = answer["choices"][0]["message"]
    assert message["content"] == "I look." and answer["choices"][0]["finish_reason"] == "tool_calls"
    assert message["tool_calls"][0]["function"] == {"name": "read", "arguments": '{"place": "a.txt"}'}
    assert '"read"' in shown
    assert (
        read_answer("just words", {"tools": []}) == "just words" == read_answer(" just words\n", {"tools": list(TOOLS)})
    )


def test_what_nobody_answers_is_an_error_in_the_end(tmp_path: Path) -> None:
    """A 504, so that the client knows that waiting longer may help."""
    with ScriptedModel(Desk(tmp_path, wait=0.2).open()) as model, pytest.raises(urllib.error.HTTPError) as caught:
        ask(model.base_url, "Anybody?")
    with caught.value:
        assert caught.value.code == 504


def test_two_at_the_desk_never_take_the_same_request(tmp_path: Path) -> None:
    """Each request is taken once, and answered once."""
    desk = Desk(tmp_path).open()
    for number in (1, 2):
        (tmp_path / "asked" / f"{number:04d}.json").write_text('{"body": {"messages": []}}')
    assert [taken and taken[0] for taken in (desk.take(0), Desk(tmp_path).take(0), desk.take(0))] == [1, 2, None]
    desk.answer(1, "yes")
    with pytest.raises(UsageError, match="answered already"):
        desk.answer(1, "no")
    with pytest.raises(UsageError, match="there is no request 7"):
        desk.answer(7, "no")


def test_the_desk_is_served_and_answered_from_the_command_line(tmp_path: Path) -> None:
    """`--desk FOLDER` prints the base URL; `next`, `answer` and `stats` do the rest."""
    serve = [sys.executable, "-m", "swarm.testing", "--desk", str(tmp_path)]
    verb = [sys.executable, "-m", "swarm.testing.desk"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            base_url = child.stdout.readline().strip()
            answers: list[dict[str, Any]] = []
            client = threading.Thread(target=lambda: answers.append(ask(base_url, "What is it?")))
            client.start()
            shown = subprocess.run([*verb, "next", str(tmp_path), "20"], capture_output=True, text=True, check=True)
            assert "What is it?" in shown.stdout
            subprocess.run([*verb, "answer", str(tmp_path), "1"], input="It is four.", text=True, check=True)
            client.join(20)
        finally:
            child.terminate()
    assert answers[0]["choices"][0]["message"]["content"] == "It is four."
    stats = subprocess.run([*verb, "stats", str(tmp_path)], capture_output=True, text=True, check=True)
    assert json.loads(stats.stdout)["answered"] == 1
    none = subprocess.run([*verb, "next", str(tmp_path), "0"], capture_output=True, text=True, check=False)
    assert none.returncode == 3
    wrong = subprocess.run([*verb, "stats", str(tmp_path / "no")], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2 and "is not a desk" in wrong.stderr
