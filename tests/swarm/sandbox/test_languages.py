"""Languages: the three that there are run programs, and the docs' example of a fourth works as it stands."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from swarm.errors import UsageError
from swarm.sandbox import languages, run_program
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.calling import Called, call
from swarm.sandbox.cells import Room
from swarm.sandbox.host import Guest

_PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"
_SYSTEM = "/usr/bin:/bin:/usr/local/bin"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("python", "print(open('in.txt').read().upper()); open('out.txt', 'w').write('made')"),
        ("javascript", "const fs = require('fs'); console.log(fs.readFileSync('in.txt', 'utf8').toUpperCase());"
         "fs.writeFileSync('out.txt', 'made')"),
        ("bash", "tr a-z A-Z < in.txt; printf made > out.txt"),
    ],
)  # fmt: skip
async def test_a_program_of_each_language_reads_and_writes(name: str, code: str) -> None:
    """Its input lies beside it, what it wrote comes back."""
    if name == "javascript" and not shutil.which("node", path=_SYSTEM):
        pytest.skip("there is no Node here")
    outcome = await run_program(code, name, {"in.txt": b"hello"})
    assert (outcome.ok, outcome.stdout.strip()) == (True, "HELLO"), outcome
    assert outcome.files == {"out.txt": b"made"}


async def test_a_language_that_is_not_known_is_named() -> None:
    """With those that are."""
    with pytest.raises(UsageError, match="'cobol' is not known; write python, javascript, bash"):
        await run_program("", "cobol")


async def _answer(name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
    return {"asked": name, **arguments}


async def test_the_fourth_language_of_the_docs_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry and the driver of the page, run as they stand: a result, a question to the swarm, an error."""
    if not shutil.which("perl", path=_SYSTEM) or not binaries():
        pytest.skip("there is no Perl or no bubblewrap here")
    section = _PAGE.read_text(encoding="utf-8").partition("## A further language")[2]
    entry, driver = re.findall(r"```(?:python|perl)\n(.*?)```", section, re.DOTALL)
    (tmp_path / "driver.perl").write_text(driver)
    monkeypatch.setattr(languages, "INSIDE", tmp_path)
    perl = eval(entry, {"Interpreted": languages.Interpreted})
    code = "sub f { my $x = shift->{x}; die qq{no\\n} if !$x; return [2 * $x, api('retrieve', {uri => 'a'})] } 1;"
    async with Guest(Bubblewrap(binaries()[0]), Room()) as guest:
        told = await call(guest, Called(perl, code, "f", {"x": 21}), _answer)
        assert (told.ok, told.value) == (True, [42, {"asked": "retrieve", "uri": "a"}]), told
        failed = await call(guest, Called(perl, code, "f", {"x": 0}), _answer)
        assert (failed.ok, failed.error, failed.message) == (False, "die", "die: no")
