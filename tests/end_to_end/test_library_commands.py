"""The commands on functions, as a person and as a script use them."""

import json

import pytest

from tests.end_to_end.conftest import Grove
from tests.swarm.functions.samples import fresh, numeric

pytestmark = pytest.mark.engine


async def test_the_life_of_a_function_from_the_command_line(grove: Grove) -> None:
    """Imported, shown, found, called, tested, edited, rolled back, exported and removed."""
    name = fresh("tripled")
    function = numeric(name, "return 3 * x", (1, 3), (2, 6)).model_dump(mode="json", exclude_defaults=True)
    wrong = numeric(fresh("wrong"), "return x", (1, 2), (2, 3)).model_dump(mode="json", exclude_defaults=True)
    (grove.folder / "both.json").write_text(json.dumps({"functions": [wrong, function]}))

    code, _, words = await grove.say("functions", "import", "both.json")
    assert code == 1 and "must return 2: it returned 1" in words
    code, said, _ = await grove.say("functions", "ls", "--json")
    assert code == 0 and name in [each["name"] for each in json.loads(said)]
    assert (await grove.say("functions", "show", str(wrong["name"])))[0] == 1

    code, said, _ = await grove.say("functions", "search", name.replace("_", " "), "-k", "1", "--json")
    assert [each["name"] for each in json.loads(said)["functions"]] == [name]
    assert (await grove.say("functions", "call", name, '{"x": 14}'))[1] == "42\n"
    code, _, words = await grove.say("functions", "call", name, '{"y": 14}')
    assert code == 1 and "('y' was unexpected)" in words
    assert (await grove.say("functions", "call", name, "[1]"))[0] == 2
    assert (await grove.say("functions", "call", name, "{}", "--grant", "all"))[0] == 2
    assert (await grove.say("functions", "test", name))[0] == 0

    code, said, words = await grove.say("functions", "edit", name, EDITOR="sed -i s/Does/Truly/")
    assert code == 0 and f"{name}@2  ok" in said, words
    code, _, words = await grove.say("functions", "edit", name, EDITOR="sed -i 's/3 . x/4 * x/'")
    assert code == 1 and "must return 3: it returned 4" in words
    code, said, _ = await grove.say("functions", "history", name, "--json")
    assert [(each["version"], each["status"]) for each in json.loads(said)] == [(1, "superseded"), (2, "saved")]
    assert (await grove.say("functions", "rollback", name, "1"))[0] == 0

    code, _, _ = await grove.say("functions", "export", "out.json", name)
    assert json.loads((grove.folder / "out.json").read_text())["functions"][0]["description"].startswith("Does")
    assert (await grove.say("functions", "rm", name))[0] == 0
    code, _, words = await grove.say("functions", "show", name)
    assert code == 1 and f"there is no function '{name}'" in words


async def test_a_built_in_reads_the_workspace_from_the_command_line(grove: Grove) -> None:
    """Within the folder that is given, and nowhere else; what it writes is there."""
    (grove.folder / "a.csv").write_text("n,m\n1,2\n")
    assert (await grove.say("functions", "call", "read_file", '{"path": "a.csv"}'))[1] == '"n,m\\n1,2\\n"\n'
    code, _, words = await grove.say("functions", "call", "read_file", '{"path": "/etc/passwd"}')
    assert code == 1 and "outside the folders" in words
    arguments = json.dumps({"path": "out/b.txt", "text": "made"})
    assert (await grove.say("functions", "call", "write_file", arguments))[0] == 0
    assert (grove.folder / "out" / "b.txt").read_text() == "made"
