"""What a project needs is read from its files as they are, and nothing in them leads elsewhere."""

from pathlib import Path

import pytest

from swarm.environments import required_by
from swarm.environments.poetry import poetry_requirements
from swarm.errors import UsageError

PYPROJECT = """
[project]
name = "My.Project"
dependencies = ["numpy>=2", "tomli; python_version < '3.11'", "evil @ https://example.com/evil.whl"]
[project.optional-dependencies]
test = ["pytest>=8", "my-project[fast]"]
fast = ["orjson"]
docs = ["sphinx"]
[dependency-groups]
dev = [{include-group = "lint"}, "hypothesis"]
lint = ["ruff", {include-group = "dev"}]
docs = ["mkdocs"]
"""
SUM = "a" * 64


def test_a_project_says_what_it_needs(tmp_path: Path) -> None:
    """Its dependencies and those of tests and development, with the groups they include; not those of the docs."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    found = required_by(tmp_path)
    assert set(found.python) == {
        "numpy>=2",
        'tomli; python_version < "3.11"',
        "pytest>=8",
        "orjson",
        "ruff",
        "hypothesis",
    }
    assert found.left_out == (
        "pyproject.toml: 'evil @ https://example.com/evil.whl' is left out, for it names an address, and only an index "
        "is asked",
    )


def test_requirements_files_give_pins_and_hashes_and_no_other_places(tmp_path: Path) -> None:
    """Includes are followed inside the project only; options, addresses and folders are left out and said."""
    (tmp_path / "requirements.txt").write_text(
        f"# pinned\nsix==1.17.0 \\\n    --hash=sha256:{SUM} \\\n    --hash=sha256:{'b' * 64}\n-e .\n"
        "-r sub/more.txt\n-r ../outside.txt\n--index-url https://evil.example\ngit+https://x.example/y\n./folder\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.txt").write_text("attrs  # comment\n-r more.txt\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest==8.0\r\n")
    (tmp_path / "requirements-docs.txt").write_text("sphinx\n")
    found = required_by(tmp_path)
    assert found.python == ("pytest==8.0", "six==1.17.0", "attrs")
    assert found.hashes == {"six==1.17.0": (SUM, "b" * 64)}
    said = " ".join(found.left_out)
    for part in ("../outside.txt", "--index-url", "git+https", "./folder", "more.txt is left out"):
        assert part in said
    assert len(found.left_out) == 5


def test_package_json_gives_ranges_and_no_other_places(tmp_path: Path) -> None:
    """Versions and tags are taken; addresses, folders and repositories are left out."""
    (tmp_path / "package.json").write_text(
        '{"dependencies": {"left-pad": "^1.0", "a": "file:../a", "b": "git+ssh://x/y", "c": "owner/repo"},'
        ' "devDependencies": {"@scope/tool": "1.x || >=2 <3", "alias": "npm:real@1.0.0", "--evil": "1"}}'
    )
    found = required_by(tmp_path, ["npm:express@^4", "pandas>=2"])
    assert found.node == {
        "left-pad": "^1.0",
        "@scope/tool": "1.x || >=2 <3",
        "alias": "npm:real@1.0.0",
        "express": "^4",
    }
    assert len(found.left_out) == 4
    assert found.names[0] == "pandas>=2" and "npm:left-pad@^1.0" in found.names and bool(found)
    assert not required_by(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    ["--index-url=https://x", "x\n--find-links /", "x @ file:///etc/passwd", "./x", "", "npm:../x", "npm:a@file:b"],
)
def test_what_is_not_a_name_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing that is named can become an option, an address or a folder."""
    with pytest.raises(UsageError, match="is not"):
        required_by(tmp_path, [name])


@pytest.mark.parametrize("text", ["[project", "\udce9".encode(errors="surrogateescape"), b"a = " + b"[" * 5000])
def test_a_broken_pyproject_is_left_out_with_a_line(text: str | bytes, tmp_path: Path) -> None:
    """A project whose file cannot be read needs what the other files say."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    (tmp_path / "requirements.txt").write_text("six\n")
    found = required_by(tmp_path)
    assert found.python == ("six",)
    assert found.left_out[0].startswith("pyproject.toml is left out, for it cannot be read")


def test_poetrys_ranges_become_those_of_everybody() -> None:
    """Carets and tildes, extras, markers and addresses."""
    table = {
        "dependencies": {
            "python": "^3.11",
            "a": "^1.2.3",
            "b": "^0.3",
            "c": "~2.1",
            "d": "*",
            "e": {"version": ">=1,<2", "extras": ["x", "y"], "markers": "sys_platform == 'linux'"},
            "f": {"git": "https://example.com/f"},
            "g": "1.0",
        },
        "group": {"test": {"dependencies": {"h": "^0.0.3"}}, "docs": {"dependencies": {"i": "*"}}},
    }
    assert poetry_requirements(table, {"test"}) == [
        "a>=1.2.3,<2",
        "b>=0.3,<0.4",
        "c>=2.1,<2.2",
        "d",
        "e[x,y]>=1,<2; sys_platform == 'linux'",
        "f @ https://example.com/f",
        "g==1.0",
        "h>=0.0.3,<0.0.4",
    ]
