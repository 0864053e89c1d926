"""The desk: requests wait in a folder until a person, or a model of your choice, answers them.

python -m swarm.testing.desk next FOLDER [SECONDS]   show the oldest request that nobody has taken
python -m swarm.testing.desk answer FOLDER NUMBER    answer a request with what stands on standard input
python -m swarm.testing.desk stats FOLDER            calls, tokens, cached share, seconds, as JSON
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from swarm.chat import Message
from swarm.errors import UsageError
from swarm.testing.prefixes import Prefixes
from swarm.testing.server import Asked
from swarm.testing.wire import messages_of, tokens_in

WAIT_SECONDS = 1800.0
_NEXT_SECONDS = 240.0
_LOOK_SECONDS = 0.1
_SHOWN_AGAIN = 300
"""Characters; a longer text is printed once and then named by its mark."""
_FOLDERS = ("asked", "answered", "taken", "seen")


@dataclass(frozen=True)
class Desk:
    """A folder with numbered requests in `asked/` and their answers in `answered/`; each file appears whole."""

    folder: Path
    wait: float = WAIT_SECONDS

    def open(self) -> "Desk":
        """Make the folder; one that was used before goes on counting."""
        for name in _FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self

    def __call__(self, asked: Asked) -> object:
        """Lay a request on the desk and wait for its answer; after `wait` seconds it is a 504."""
        number = self._put(asked)
        answered, until = self.folder / "answered" / f"{number:04d}", time.monotonic() + self.wait
        while not answered.exists():
            if time.monotonic() > until:
                return {"fault": "status", "code": 504, "text": "nobody answered at the desk"}
            time.sleep(_LOOK_SECONDS)
        return read_answer(answered.read_text(encoding="utf-8"), asked.body)

    def take(self, seconds: float) -> tuple[int, dict[str, JsonValue]] | None:
        """Return the oldest request that nobody has taken, waiting so long for one; None if none came."""
        until = time.monotonic() + seconds
        while True:
            for path in self._asked():
                try:
                    os.close(os.open(self.folder / "taken" / path.stem, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                return int(path.stem), json.loads(path.read_text(encoding="utf-8"))
            if time.monotonic() > until:
                return None
            time.sleep(_LOOK_SECONDS)

    def answer(self, number: int, text: str) -> None:
        """Answer a request; raises UsageError for one that is not there or is answered."""
        place = self.folder / "answered" / f"{number:04d}"
        if not (self.folder / "asked" / f"{number:04d}.json").exists():
            raise UsageError(f"there is no request {number} in {self.folder}")
        if place.exists():
            raise UsageError(f"request {number} is answered already")
        _write(place, text)

    def stats(self) -> dict[str, JsonValue]:
        """Return what was asked and answered; tokens are four characters each, cached ones by common beginnings."""
        prefixes, read, cached, wrote, answered, seconds = Prefixes(), 0, 0, 0, 0, 0.0
        for path in self._asked():
            body = json.loads(path.read_text(encoding="utf-8"))["body"]
            read += tokens_in(body)
            cached += prefixes.cached(body)
            answer = self.folder / "answered" / path.stem
            if answer.exists():
                answered += 1
                wrote += len(answer.read_text(encoding="utf-8")) // 4
                seconds += answer.stat().st_mtime - path.stat().st_mtime
        share = round(cached / read, 3) if read else 0.0
        return {
            "calls": len(self._asked()),
            "answered": answered,
            "prompt_tokens": read,
            "cached_tokens": cached,
            "cached_share": share,
            "completion_tokens": wrote,
            "seconds": round(seconds, 1),
        }

    def mark(self, text: str) -> tuple[str, bool]:
        """Return a text's short name, and whether it was printed before."""
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
        seen = self.folder / "seen" / name
        known = seen.exists()
        seen.touch()
        return name, known

    def _put(self, asked: Asked) -> int:
        """Write a request under the next number, which is taken by making its file."""
        number = len(self._asked()) + 1
        while True:
            path = self.folder / "asked" / f"{number:04d}.json"
            try:
                os.close(os.open(path.with_suffix(".claim"), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                number += 1
                continue
            _write(path, json.dumps({"node": asked.node, "role": asked.role, "body": asked.body}, ensure_ascii=False))
            return number

    def _asked(self) -> list[Path]:
        return sorted((self.folder / "asked").glob("*.json"))


def read_answer(text: str, body: Mapping[str, JsonValue]) -> object:
    """Return an answer as the scripted model takes it: a text, or, where tools are offered, the calls it lists.

    Calls are written `{"content": "...", "tool_calls": [{"name": "...", "arguments": {...}}]}`.
    """
    if not body.get("tools"):
        return text.strip()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
    if not isinstance(given, dict) or "fault" in given:
        return text.strip()
    calls = given.get("tool_calls")
    if not isinstance(calls, list):
        return given
    actions = [
        {"kind": str(call.get("name")), **(call["arguments"] if isinstance(call.get("arguments"), dict) else {})}
        for call in calls
        if isinstance(call, dict)
    ]
    return {"situation": str(given.get("content") or ""), "actions": actions}


def show(desk: Desk, number: int, asked: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield a request as lines for a person: who asks, the messages, and the form the answer must have."""
    body = asked["body"]
    assert isinstance(body, dict)
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    yield (
        f"===== request {number} · node {asked.get('node') or '-'} · role {asked.get('role') or '-'} · "
        f"model {body.get('model')} · at most {limit} tokens · temperature {body.get('temperature')}"
    )
    for message in messages_of(body):
        yield f"----- [{_speaker(message)}] {_once(desk, message.content)}"
        for call in message.calls:
            yield f"      calls {call.name} as {call.id}: {json.dumps(call.arguments, ensure_ascii=False)}"
    for name in ("response_format", "tools"):
        if body.get(name):
            yield f"----- {name}: {_once(desk, json.dumps(body[name], ensure_ascii=False))}"


def _speaker(message: Message) -> str:
    return f"result of {message.answers}" if message.answers else message.role


def _once(desk: Desk, text: str) -> str:
    if len(text) < _SHOWN_AGAIN:
        return text
    mark, known = desk.mark(text)
    return f"(the text printed before as #{mark})" if known else f"#{mark}\n{text}"


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def main() -> int:
    """Do one verb; exit code 3 says that nobody asked, 2 that the command was wrong."""
    parser = argparse.ArgumentParser(prog="python -m swarm.testing.desk", description="Answer a model's requests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("next", help="show the oldest request that nobody has taken")
    verb.add_argument("folder", type=Path)
    verb.add_argument("seconds", type=float, nargs="?", default=_NEXT_SECONDS)
    verb = verbs.add_parser("answer", help="answer a request with standard input")
    verb.add_argument("folder", type=Path)
    verb.add_argument("number", type=int)
    verbs.add_parser("stats", help="print what was asked and answered, as JSON").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if not (arguments.folder / "asked").is_dir():
        sys.stderr.write(f"{arguments.folder} is not a desk; start one: python -m swarm.testing --desk FOLDER\n")
        return 2
    desk = Desk(arguments.folder).open()
    try:
        return _do(desk, arguments)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _do(desk: Desk, arguments: argparse.Namespace) -> int:
    match arguments.verb:
        case "answer":
            desk.answer(arguments.number, sys.stdin.read())
        case "stats":
            sys.stdout.write(f"{json.dumps(desk.stats())}\n")
        case _:
            if (taken := desk.take(arguments.seconds)) is None:
                sys.stderr.write("nobody asked\n")
                return 3
            sys.stdout.writelines(f"{line}\n" for line in show(desk, *taken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
