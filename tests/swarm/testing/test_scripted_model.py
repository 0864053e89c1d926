"""The scripted model as its users meet it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from integrations.llm.endpoint import Endpoint
from swarm.answers import find_object
from swarm.chat import Message, Request, Tool
from swarm.decisions import Decision
from swarm.errors import ContextExceeded, UsageError
from swarm.settings import Settings
from swarm.testing import Script, ScriptedModel, load_script, serve_script


def ask(base_url: str, node: str = "", role: str = "decide", **more: Any) -> str:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **more}).encode()
    headers = {"content-type": "application/json", "x-swarm-node": node, "x-swarm-role": role}
    request = urllib.request.Request(f"{base_url}/chat/completions", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["choices"][0]["message"]["content"])


SCRIPT = """
nodes:
  "0":
    decide: [{n: 1}, {n: 2}]
    write: [a text]
  "0.*": [{child: true}]
  "0.2": {decide: [{second: true}]}
default:
  review: {fine: true}
"""


def test_a_yaml_script_answers_by_node_and_role_in_order(tmp_path: Path) -> None:
    """Each node has its own turn; the last answer is repeated; the exact path wins; default serves the rest."""
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT)
    with ScriptedModel(path) as model:
        url = model.base_url
        assert [json.loads(ask(url, "0")) for _ in range(3)] == [{"n": 1}, {"n": 2}, {"n": 2}]
        assert ask(url, "0", "write") == "a text"
        assert json.loads(ask(url, "0.1.4")) == {"child": True}
        assert json.loads(ask(url, "0.2")) == {"second": True}
        assert json.loads(ask(url, "7", "review")) == {"fine": True}
        assert [r.node for r in model.asked(role="write")] == ["0"] and len(model.asked("0")) == 4


def test_a_missing_answer_says_for_which_node_and_role(tmp_path: Path) -> None:
    """A 400, so that no client tries again."""
    with ScriptedModel({"nodes": {"0": {"decide": [1]}}}) as model:
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(model.base_url, "0.3", "write")
        with caught.value:
            assert caught.value.code == 400 and "'0.3', role 'write'" in caught.value.read().decode()


def test_a_python_script_may_be_a_function_or_a_dictionary(tmp_path: Path) -> None:
    """`answer(asked)` sees the whole request; `SCRIPT` is the YAML's dictionary."""
    function, dictionary = tmp_path / "f.py", tmp_path / "d.py"
    function.write_text("def answer(asked):\n    return {'said': asked.messages[-1].content, 'to': asked.node}\n")
    dictionary.write_text("SCRIPT = {'default': {'*': ['yes']}}\n")
    with serve_script(function) as url:
        assert json.loads(ask(url, "0.1")) == {"said": "hi", "to": "0.1"}
    with serve_script(dictionary) as url:
        assert ask(url) == "yes"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.yaml", "nodes: [", "not YAML in line 1"),
        ("a.yaml", "just words", "not usable"),
        ("a.yaml", "node: {}", "node is not usable: Extra"),
        ("a.yaml", "default: {decide: []}", "default.decide: the list of answers is empty"),
        ("a.yaml", "default: {dance: [1]}", "unknown role 'dance'"),
        ("a.yaml", "nodes: {'0': [{fault: explode}]}", "fault is not usable"),
        ("a.py", "x = 1", "neither `answer"),
        ("a.py", "1/0", "ZeroDivisionError"),
        ("a.py", None, "no such file"),
        ("a.yaml", None, "cannot be read: No such file"),
    ],
)
def test_a_bad_script_is_one_clear_line(tmp_path: Path, name: str, content: str | None, fault: str) -> None:
    """The file and the place of the fault."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as caught:
        ScriptedModel(path)
    assert fault in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_requests_in_flight_are_counted() -> None:
    """Latency makes them overlap; the most at once is known afterwards."""
    with ScriptedModel({"default": {"*": ["ok"]}}, latency=0.2) as model, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: ask(model.base_url), range(4))) == ["ok"] * 4
        assert model.max_in_flight == 4


def test_the_module_serves_a_script_from_the_command_line(tmp_path: Path) -> None:
    """The base URL is the one line on standard output; a bad script exits 2 with one line."""
    path = tmp_path / "s.yaml"
    path.write_text(SCRIPT)
    command = [sys.executable, "-m", "swarm.testing", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            assert ask(child.stdout.readline().strip(), "0", "write") == "a text"
        finally:
            child.terminate()
    path.write_text("default: {dance: [1]}")
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 2 and bad.stdout == "" and bad.stderr.count("\n") == 1


def test_the_example_script_holds_valid_decisions() -> None:
    """Every answer of a `decide` list that is no fault is a Decision."""
    script = load_script(Path(__file__).parents[3] / "examples" / "scripts" / "library.yaml")
    assert isinstance(script, Script)
    answers = [answer for roles in script.nodes.values() for answer in roles["decide"]]
    # The root's first answer is what counts as done.
    decisions = [Decision.model_validate(a) for a in answers if isinstance(a, dict) and "criteria" not in a]
    # Each node of the example comes to an end.
    assert [d.action.kind for d in decisions].count("finish") == len(script.nodes)


READ: dict[str, Any] = {"kind": "read", "place": "a.txt"}
FORMS: list[dict[str, Any]] = [
    {"situation": "I look.", "actions": [READ]},
    {"situation": "I look.", "missing": "all", "action": READ},
]


async def answered(script: dict[str, Any], form: str = "tools", calls: int = 1) -> list[str]:
    """Return what the real endpoint makes of a scripted one's answers."""
    schema = {"type": "object", "properties": {"place": {"type": "string"}}}
    tool = Tool(name="read", description="Read.", parameters=schema)
    request = Request(role="decide", messages=(Message(role="user", content="Go."),), tools=(tool,))
    with ScriptedModel({"form": form, **script}) as model:
        ask = Endpoint(Settings(openai_base_url=model.base_url, swarm_model_retries=0, swarm_model=None))
        return [(await ask(request)).text for _ in range(calls)]


@pytest.mark.parametrize("decision", FORMS, ids=["actions", "action"])
@pytest.mark.parametrize("form", ["tools", "json_schema", "json_object", "text"])
async def test_a_decision_is_played_in_every_form(decision: dict[str, Any], form: str) -> None:
    """Calls of tools, or JSON by the schema that is asked for: what comes of it is the same."""
    (text,) = await answered({"default": {"*": [decision]}}, form)
    assert json.loads(text) == FORMS[0]


@pytest.mark.parametrize(
    "oddity",
    ["thoughts_in_content", "closing_mark_only", "thoughts_in_parts", "thoughts_in_field", "event_stream", "no_usage"],
)
async def test_every_oddity_is_one_that_the_endpoint_works_with(oddity: str) -> None:
    """With tools and without."""
    for form in ("tools", "json_schema"):
        (text,) = await answered({"default": {"*": [FORMS[0]]}, "oddity": [oddity]}, form)
        assert find_object(text) == FORMS[0], form


@pytest.mark.parametrize(
    "refused",
    [
        *("json_schema", "json_object", "response_format", "tools", "tool_choice", "required_tool", "temperature"),
        *(
            "max_tokens",
            "max_completion_tokens",
            "reasoning_effort",
            "system",
            "repeated_role",
            "null_content",
            "whole",
        ),
    ],
)
async def test_every_refusal_is_one_that_the_endpoint_learns_from(refused: str) -> None:
    """By whatever status; the second call needs no lesson."""
    for status in (400, 404, 422, 501):
        script = {"default": {"*": [FORMS[0]]}, "refuse": [refused], "status": status}
        assert [json.loads(text) for text in await answered(script, calls=2)] == [FORMS[0]] * 2


async def test_a_window_is_said_and_held(tmp_path: Path) -> None:
    """`GET /models` says it, and a request for more is refused with the number."""
    request = Request(role="write", messages=(Message(role="user", content="word " * 4000),), max_tokens=900)
    with ScriptedModel({"window": 4096, "output": 500, "default": {"*": ["x"]}}) as model:
        ask = Endpoint(Settings(openai_base_url=model.base_url, swarm_model="scripted", swarm_model_retries=0))
        profile = await ask.profile("write")
        assert (profile.window, profile.output, profile.origin["window"]) == (4096, 500, "endpoint")
        with pytest.raises(ContextExceeded) as caught:
            await ask(request)
    assert caught.value.window == 4096
