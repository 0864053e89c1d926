"""Measure how the swarm grows: forty goals in a row, five wordings each of eight things it cannot do at first.

Each goal is a run of its own on the real stack. The scripted model knows what a goal needs and reads what it is shown:
it calls a function that is listed and does it, and otherwise asks for one, each time under another name, as models do.
A pair of functions is a near-duplicate if each passes all tests of the other.

    python -m benchmarks.teaching
"""

import asyncio
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.taught import TASKS, Task
from benchmarks.trees import PROFILES
from integrations.office import running_of
from integrations.records import Records
from swarm import stack
from swarm.carried import carry
from swarm.database import connect
from swarm.functions.admitting import Admission
from swarm.functions.grants import Grants
from swarm.functions.library import Library
from swarm.functions.records import Version
from swarm.nodes import Node
from swarm.sandbox.warm import close_warm
from swarm.settings import Settings, load_settings
from swarm.testing import Asked, ScriptedModel

GOALS = {
    "count_vowels": ("How many vowels are in {}?", "Count the vowels of the word {}", "Tell how many vowels {} has",
                     "I need the vowel count of {}", "Vowels in {}, please: how many?"),
    "roman": ("Write {} in Roman numerals", "What is the number {} as a Roman numeral?", "Convert {} to Roman numerals",
              "Give me {} the way the Romans wrote numbers", "Roman numeral for {}"),
    "is_palindrome": ("Is {} a palindrome?", "Check whether {} reads the same backwards", "Say if {} is a palindrome",
                      "Does {} read alike in both directions?", "Palindrome test for {}"),
    "gcd": ("Greatest common divisor of {} and 18", "What is the largest number that divides both {} and 18?",
            "Find the gcd of {} and 18", "Compute the highest common factor of {} and 18",
            "Which is the greatest divisor that {} and 18 share?"),
    "weekday": ("Which weekday was {}?", "On what day of the week did {} fall?", "Tell me the weekday of {}",
                "Name the day of the week of the date {}", "What weekday is {}?"),
    "format_bytes": ("Write {} bytes for people", "How many KB or MB are {} bytes?", "Show {} bytes in a readable unit",
                     "Format the file size {} in KB, MB or GB", "Human readable size of {} bytes"),
    "luhn": ("Does the card number {} pass the Luhn check?", "Validate the number {} by the Luhn algorithm",
             "Is {} a valid card number by its check digit?", "Luhn check of {}", "Check the credit card number {}"),
    "median": ("What is the median of {}?", "Find the middle value of the numbers {}", "Median of {}",
               "Compute the median of these numbers: {}", "Which number is in the middle of {}?"),
}  # fmt: skip


@dataclass
class Teacher:
    """The model: what the goal of the run at hand needs, and the names of the functions that were asked for."""

    task: Task
    arguments: dict[str, Any]
    number: int = 0

    def answer(self, asked: Asked) -> object:
        """Answer as a model would that sees only its prompt."""
        shown = asked.messages[-1].content
        if asked.role == "review":
            return {"criteria": [{"id": "goal", "text": "", "result": "pass", "gap": ""}]}
        if asked.role == "write":
            return self._write(asked)
        if "returned:" in shown:
            return _decides("finish", answer=f"It is {shown.partition('returned:')[2][:40]}", evidence=[])
        if known := re.search(rf"\b({self.task.name}_v\d+)\(", shown):
            return _decides("call_function", name=known[1], arguments=json.dumps(self.arguments))
        return _decides("write_function", purpose=self.task.about, repairs="")

    def _write(self, asked: Asked) -> object:
        schema = json.dumps(asked.body.get("response_format", {}))
        name = f"{self.task.name}_v{self.number}"
        if '"contract"' in schema:
            return _contract(self.task, name)
        if '"tests"' in schema:
            return {"cases": [_case(self.task, each) for each in self.task.independent]}
        code = self.task.code.replace(f"def {self.task.name}(", f"def {name}(")
        return {"plan": "", "lines": code.splitlines(), "cases": [_case(self.task, each) for each in self.task.author]}


async def main() -> None:
    """Run the goals and print a line for each ten."""
    with tempfile.TemporaryDirectory(prefix="sw-", ignore_cleanup_errors=True) as home:
        settings = load_settings({"swarm_home": home, "swarm_auto_resume": 0})
        await asyncio.to_thread(stack.up, settings, lambda _: None)
        try:
            async with await Records.open(stack.connection(settings)) as records:
                await _taught(settings, records)
        finally:
            await asyncio.to_thread(stack.down, settings, lambda _: None)


async def _taught(settings: Settings, records: Records) -> None:
    tasks = {task.name: task for task in TASKS}
    teacher = Teacher(tasks["gcd"], {})
    print(f"{'goals':<8}{'re-used':>9}{'written':>9}{'model calls a goal':>20}{'functions':>11}{'near-duplicates':>17}")
    with ScriptedModel(teacher.answer) as model:
        told = {"openai_base_url": model.base_url, "swarm_model": "scripted", "openai_api_key": "sk-scripted"}
        told["swarm_profiles"] = PROFILES
        given = Settings.model_validate(settings.model_dump() | told)
        pool = await connect(stack.connection(settings).database_url)
        admission = Admission(Library(pool), running_of(settings), Grants())
        reused = written = asked = 0
        for number in range(5 * len(GOALS)):
            name = list(GOALS)[number % len(GOALS)]
            teacher.task, teacher.number = tasks[name], number
            values = [each for each, _ in teacher.task.independent][number % 3 + 1]
            teacher.arguments = dict(zip(teacher.task.takes, values, strict=True))
            before, versions = len(model.requests), len(await admission.library.names())
            await _run(given, records, GOALS[name][number // len(GOALS)].format(values[0]))
            asked += len(model.requests) - before
            grown = len(await admission.library.names()) > versions
            written, reused = written + grown, reused + (not grown)
            if number % 10 == 9:
                made = [each for each in await admission.library.current() if each.maker == "swarm"]
                pairs = await _duplicates(admission, made)
                row = f"{number - 8}-{number + 1}"
                print(f"{row:<8}{reused:>9}{written:>9}{asked / 10:>20.1f}{len(made):>11}{pairs:>17}")
                reused = written = asked = 0
        close_warm()
        await pool.close()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


async def _run(settings: Settings, records: Records, goal: str) -> None:
    run = secrets.token_hex(4)
    workspace = Path(settings.swarm_home) / run
    workspace.mkdir()
    carry(settings, run)
    await records.start(Node(run=run, goal=goal, workspace=str(workspace)))
    while not (view := await records.view(run)).ended:  # noqa: ASYNC110 - the engine is asked
        await asyncio.sleep(0.3)
    assert view.status == "done", f"{goal}: {await records.report(view)}"


async def _duplicates(admission: Admission, versions: list[Version]) -> int:
    """Count the pairs of which each function passes all tests of the other."""
    count = 0
    for at, one in enumerate(versions):
        for other in versions[at + 1 :]:
            if one.function.properties.keys() != other.function.properties.keys():
                continue
            pairs = ((one, other), (other, one))
            judged = [
                (await admission.judge(a.function.model_copy(update={"test_cases": b.function.test_cases}))).passed
                for a, b in pairs
            ]
            count += all(judged)
    return count


def _contract(task: Task, name: str) -> object:
    plain = {"items": None, "description": "", "required": True, "builds": "", "fields": []}
    parameters = [{**plain, "name": each, **_type(kind)} for each, kind in task.takes.items()]
    settled = {"why_not": "none", "use": "", "name": name, "description": task.about, "parameters": parameters}
    return {**settled, "returns": {"items": None, **_type(task.returns)}, "packages": [], "hosts": []}


def _type(kind: str) -> dict[str, object]:
    return {"type": "array", "items": kind[:-2]} if kind.endswith("[]") else {"type": kind}


def _case(task: Task, case: tuple[list[Any], Any]) -> object:
    values, expected = case
    raises = expected.__name__ if isinstance(expected, type) else ""
    arguments = dict(zip(task.takes, values, strict=True))
    return {"arguments": arguments, "expected": None if raises else expected, "raises": raises}


def _decides(kind: str, **fields: object) -> object:
    return {"situation": "", "missing": "", "action": {"kind": kind, **fields}}


if __name__ == "__main__":
    asyncio.run(main())
