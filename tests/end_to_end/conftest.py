"""Trees on the real stack, led by scripted models over real HTTP, and the ways to look at what became of them."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.records import Records
from swarm.carried import carry
from swarm.errors import StackError, UsageError
from swarm.nodes import Node
from swarm.reports import Report
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.testing import ScriptedModel
from swarm.testing.server import ScriptLike
from swarm.views import NodeView, RunView
from tests.conftest import PROFILES

_SECONDS = 90.0
"""The most that a run of these tests takes, on a busy machine."""
_PAUSE = 0.5
"""Seconds between two looks: the server has better things to do than to be asked."""
Record = dict[str, Any]


@dataclass
class Tree:
    """A run under way or at its end, with the model that leads it."""

    run: str
    model: ScriptedModel
    records: Records
    view: RunView | None = None
    report: Report | None = None

    async def until(self, holds: Callable[[RunView], bool]) -> RunView:
        """Wait until a look at the run is as wanted."""
        until = time.monotonic() + _SECONDS
        while not holds(view := await self.records.view(self.run)):
            assert not view.ended, f"run {self.run} is {view.status}: {await self.records.report(view)}"
            assert time.monotonic() < until, f"run {self.run} is still {view.status} after {_SECONDS:.0f} s"
            await asyncio.sleep(_PAUSE)
        return view

    async def end(self) -> "Tree":
        """Wait for the run's end."""
        until = time.monotonic() + _SECONDS
        while not await self._ended():
            assert time.monotonic() < until, f"run {self.run} has not ended after {_SECONDS:.0f} s"
            await asyncio.sleep(_PAUSE)
        self.view = await self.records.view(self.run)
        self.report = await self.records.report(self.view)
        return self

    async def answer(self, flow_run: str, text: str) -> bool:
        """Answer a question as soon as its form is there, a moment after the question; says whether it counts."""
        until = time.monotonic() + _SECONDS
        while True:
            try:
                return await self.records.runs.answer(flow_run, text)
            except StackError:
                assert time.monotonic() < until, f"question {flow_run} has no form after {_SECONDS:.0f} s"
                await asyncio.sleep(_PAUSE)

    async def _ended(self) -> bool:
        try:
            return await self.records.runs.ended(self.run)
        except UsageError:  # one that was created from Prefect's page has its tags once it runs
            return False

    @property
    def told(self) -> Report:
        """The root's report."""
        assert self.report is not None, f"run {self.run} is {self.view and self.view.status}, without a report"
        return self.report

    @property
    def seen(self) -> RunView:
        """The run at its end."""
        assert self.view is not None, f"run {self.run} has not ended"
        return self.view

    def node(self, path: str) -> NodeView:
        """Return one node of the tree."""
        return next(node for node in self.seen.nodes if node.path == path)

    def statuses(self) -> dict[str, str]:
        """Return each node's status by its path."""
        return {node.path: node.status for node in self.seen.nodes}

    def prompt(self, node: str = "0", role: str = "decide", nth: int = -1) -> str:
        """Return the last message of a request the model got: what this node was shown."""
        return self.model.asked(node, role)[nth].messages[-1].content


@dataclass
class Grove:
    """Where trees are planted: one stack, and a folder for each test."""

    settings: Settings
    stack: Connection
    folder: Path

    @contextlib.asynccontextmanager
    async def planted(
        self, script: ScriptLike, goal: str = "Say what two and two make", given: Record | None = None, **fields: Any
    ) -> AsyncIterator[Tree]:
        """Start a tree that a script leads; `given` are settings the run carries, `fields` those of its root."""
        run = secrets.token_hex(4)
        workspace = self.folder / run
        workspace.mkdir(exist_ok=True)
        root = Node.model_validate({"run": run, "goal": goal, "workspace": str(workspace)} | fields)
        with ScriptedModel(script) as model:
            carry(self.carrying(model.base_url, **(given or {})), run)
            async with self.watched(run, model) as tree:
                await tree.records.start(root)
                try:
                    yield tree
                finally:
                    # What a failed test left open would keep a place at the worker.
                    if not await tree.records.runs.ended(run):
                        await tree.records.cancel(run)

    @contextlib.asynccontextmanager
    async def watched(self, run: str, model: ScriptedModel) -> AsyncIterator[Tree]:
        """Look at a run that something else has started, or will."""
        async with await Records.open(self.stack) as records:
            yield Tree(run, model, records)

    async def grown(self, script: ScriptLike, goal: str = "Say what two and two make", **more: Any) -> Tree:
        """Start a tree and wait for its end."""
        async with self.planted(script, goal, **more) as tree:
            return await tree.end()

    def carrying(self, base_url: str, **given: Any) -> Settings:
        """Return the settings of a run that is led by the model at `base_url`."""
        model = {"openai_base_url": base_url, "swarm_model": "scripted", "openai_api_key": "sk-scripted"}
        model["swarm_profiles"] = str(PROFILES)
        return Settings.model_validate(self.settings.model_dump() | model | {"swarm_model_retries": 1} | given)

    async def say(self, *arguments: str, **named: str) -> tuple[int, str, str]:
        """Run a command to its end: its exit code, standard output and standard error."""
        with self.command(*arguments, **named) as command:
            try:
                said, words = await asyncio.to_thread(command.communicate, timeout=_SECONDS)
            except subprocess.TimeoutExpired as late:
                command.kill()
                end = "\n".join((self.settings.swarm_home / "logs" / "worker.log").read_text().splitlines()[-40:])
                raise AssertionError(f"{late}; it said {late.stderr!r}; the worker's last words:\n{end}") from None
        return command.returncode, said, words

    def command(self, *arguments: str, base_url: str = "http://127.0.0.1:9/v1", **env: str) -> "subprocess.Popen[str]":
        """Start the real command line in a process of its own, in the test's folder."""
        told = {"SWARM_HOME": str(self.settings.swarm_home), "OPENAI_BASE_URL": base_url, "SWARM_MODEL": "scripted"}
        told["SWARM_PROFILES"] = str(PROFILES)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SWARM_", "PREFECT_"))}
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("swarm")), *arguments],
            cwd=self.folder,
            env=kept | told | {"OPENAI_API_KEY": "sk-scripted"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that started the tests in the background has told them to ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )

    async def records(self, path: str, body: Record) -> list[Record]:
        """Read a listing of the Prefect API, as far as one page goes."""
        async with httpx.AsyncClient(base_url=self.stack.api_url + "/", headers=self.stack.headers) as client:
            answer = await client.post(path, json={"limit": 200, **body})
            answer.raise_for_status()
            return list(answer.json())

    async def flow_runs(self, run: str) -> list[Record]:
        """Return Prefect's own records of a run's nodes, in the order they started."""
        tags = {"tags": {"all_": ["swarm", f"run:{run}"]}}
        return await self.records("flow_runs/filter", {"flow_runs": tags, "sort": "START_TIME_ASC"})


@pytest.fixture
def grove(stack: tuple[Settings, Connection], tmp_path: Path) -> Grove:
    """The session's stack, and this test's own folder."""
    return Grove(*stack, tmp_path)
