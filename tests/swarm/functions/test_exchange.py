"""What comes in from outside is checked where it enters: schemas, files, grants, packages."""

import json
from pathlib import Path

import pytest

from swarm.errors import FunctionRefused, PackagesUnavailable, UsageError
from swarm.functions.exchange import read_functions, write_functions
from swarm.functions.grants import Grants, parse_grants
from swarm.functions.inspection import asked_in, called_in
from swarm.functions.records import Capabilities
from swarm.functions.schemas import check_schema, fault
from swarm.sandbox.packages import Packages, modules_in
from tests.swarm.functions.samples import numeric

PLAIN = {"name": "f", "description": "d", "code": "def f(): return 1\n"}


@pytest.mark.parametrize("name", ["mine.json", "folder"])
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    """As one file or as a folder for git; the code stands there as it is."""
    functions = [
        numeric("one", "return 1", (1, 1)),
        numeric("one", "return x", (1, 1)),
        numeric("two", 'return len("a\\tb") + x', (1, 4)),
    ]
    write_functions(functions, tmp_path / name)
    assert [each.function for each in read_functions(tmp_path / name)] == functions
    if name == "folder":
        assert "    return x\n" in (tmp_path / name / "one.yaml").read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[]", 'must hold {"functions": \\[...\\]}'),
        ('{"functions": 5}', "must hold"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(content: str, said: str, tmp_path: Path) -> None:
    """Naming file, function and fault."""
    (tmp_path / "f.json").write_text(content)
    with pytest.raises(UsageError, match=said) as caught:
        read_functions(tmp_path / "f.json")
    assert "\n" not in str(caught.value) and "f.json" in str(caught.value)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "functions[1]: name: Field required"),
        (PLAIN | {"name": "No Name"}, "(No Name): name: a name is lower case letters"),
        (PLAIN | {"language": "cobol"}, "language"),
        (PLAIN | {"dependencies": ["numpy"]}, "write numpy==2.1.0"),
        (PLAIN | {"dependencies": ["a @ https://x.org/a.whl"]}, "no package"),
        (PLAIN | {"parameters": {"type": "array"}}, "schema of an object"),
        (PLAIN | {"returns": {"type": "whole"}}, "schema of returns is not valid"),
        (PLAIN | {"unknown": 1}, "unknown: Extra inputs"),
        (PLAIN | {"capabilities": {"network": ["everywhere"]}}, "no host and port"),
        (PLAIN | {"capabilities": {"secrets": ["a b"]}}, "no name of an environment"),
    ],
)
def test_a_bad_record_keeps_out_itself_alone(record: dict[str, object], said: str, tmp_path: Path) -> None:
    """It is named by its place, with its fault; the others are read."""
    (tmp_path / "f.json").write_text(json.dumps({"functions": [PLAIN, record, PLAIN | {"name": "g"}]}))
    first, bad, last = read_functions(tmp_path / "f.json")
    assert first.function is not None and last.function is not None and last.function.name == "g"
    assert (bad.function, bad.place) == (None, "functions[1]")
    assert said in bad.fault and "\n" not in bad.fault


@pytest.mark.parametrize("path", ["nowhere.json", "."])
def test_a_place_without_functions_is_named(path: str, tmp_path: Path) -> None:
    """A file that is not there, a folder without any."""
    with pytest.raises(UsageError, match=r"cannot be read|holds no functions"):
        read_functions(tmp_path / path)


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "integer"}, True, 'true is not of type "integer"'),
        ({"type": "string", "pattern": "^(a+)+$"}, "a" * 5000 + "b", "does not match"),
        ({"type": "object", "required": ["a"]}, {}, '"a" is a required property'),
        ({"$ref": "#/nowhere"}, 1, "the schema is not usable: Pointer"),
        ({"type": "array", "items": {"type": "string"}}, ["a", 1], '1: 1 is not of type "string"'),
        ({}, {"anything": [1]}, ""),
    ],
)
def test_a_value_that_does_not_fit_is_said_in_one_line(schema: dict[str, object], value: object, said: str) -> None:
    """Also where a pattern would keep a backtracking engine busy for ever."""
    found = fault(schema, value)  # type: ignore[arg-type]
    assert said in found if said else found == ""


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.org/schema.json"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"type": "whole"},
        {"pattern": "(?=x)"},
        {"description": "x" * 60_000},
    ],
)
def test_a_schema_that_is_none_or_points_elsewhere_is_refused(schema: dict[str, object]) -> None:
    """Nothing is fetched to read a schema."""
    with pytest.raises(ValueError, match=r"schema|pattern"):
        check_schema("parameters", schema)  # type: ignore[arg-type]


def test_grants_are_read_and_hold() -> None:
    """What was granted is allowed; what was not is said with the words that would grant it."""
    grants = parse_grants(["network:API.example.org:443", "secret:TOKEN", "model"])
    wanted = Capabilities(network=("api.example.org:443",), secrets=("TOKEN",), api=("write_text", "retrieve"))
    grants.check("f", wanted)
    with pytest.raises(
        FunctionRefused, match=r"--grant network:api.example.org:443 --grant secret:TOKEN --grant model"
    ):
        Grants().check("f", wanted)
    assert grants.within(Capabilities()) == Grants(api=frozenset())
    for wrong in ("everything", "network:", "secret:a-b", "network:host"):
        with pytest.raises(UsageError):
            parse_grants([wrong])


def test_what_code_asks_and_calls_is_read_off_it() -> None:
    """Only of `swarm.api`; a method of the same name of something else is not meant."""
    code = "from swarm import api\ndef f():\n    api.retrieve('a')\n    return api.exec_function('g', {})\n"
    assert asked_in(code) == ("retrieve", "exec_function")
    assert called_in(code) == ("g",)
    assert asked_in("def f(q):\n    return q.retrieve('a')\n") == ()
    assert asked_in("def f(:") == ()


async def test_packages_are_locked_and_installed_once(tmp_path: Path) -> None:
    """With hashes, from wheels, into a folder that is named by the lock; what is not there is one line."""
    packages = Packages(tmp_path / "packages")
    lock = await packages.lock(["six==1.17.0"])
    assert "six==1.17.0" in lock and "--hash=sha256:" in lock and "://" not in lock
    folder = await packages.folder(lock)
    assert folder is not None and modules_in(folder) == {"six"}
    assert await packages.folder(lock) == folder
    assert await packages.folder("") is None
    with pytest.raises(PackagesUnavailable, match="cannot be installed") as caught:
        await packages.lock(["no-such-package-at-all==9.9.9"])
    assert "\n" not in str(caught.value)
    with pytest.raises(PackagesUnavailable):
        await packages.folder("six==1.17.0 --hash=sha256:" + "0" * 64)
    assert [each.name for each in (tmp_path / "packages").iterdir()] == [folder.name]
