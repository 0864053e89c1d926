"""The project itself counts as installed, and nothing of it is run for that."""

from pathlib import Path

import pytest

from swarm.environments import install_project
from swarm.environments.project import Project, project_of
from swarm.sandbox.commands import run_command
from swarm.sandbox.stages import CommandSpec
from tests.swarm.sandbox.blobs import Blobs


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"pyproject.toml": '[project]\nname = "a-b"\nversion = "1.2"\n'}, ("a-b", "1.2")),
        (
            {
                "pyproject.toml": '[project]\nname = "a-b"\ndynamic = ["version"]\n',
                "src/a_b/__init__.py": '"""Doc."""\n__version__: str = "3.4.dev0"\n',
            },
            ("a-b", "3.4.dev0"),
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n',
                "a/__init__.py": "__version__ = open('v').read()\n",
            },
            ("a", "0"),
        ),
        ({"pyproject.toml": '[tool.poetry]\nname = "p"\nversion = "7"\n'}, ("p", "7")),
        (
            {"setup.cfg": "[metadata]\nname = s\nversion = attr: s.__version__\n", "s.py": "__version__ = '5'\n"},
            ("s", "5"),
        ),
        ({"pyproject.toml": "[tool.ruff]\n", "setup.cfg": "[metadata]\nname = t\nversion = 9\n"}, ("t", "9")),
        ({"pyproject.toml": '[project]\nname = "../x"\nversion = "1"\n'}, None),
        ({"pyproject.toml": "not toml ["}, None),
        ({"setup.cfg": "[metadata\n"}, None),
        ({}, None),
    ],
)
def test_a_project_says_its_name_and_version(
    tmp_path: Path, files: dict[str, str], found: tuple[str, str] | None
) -> None:
    """Where its files say them plainly; a version that only running it would tell is 0."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    project = project_of(tmp_path)
    assert (project and (project.name, project.version)) == found


def test_entry_points_of_both_kinds_are_read(tmp_path: Path) -> None:
    """What would break out of its line is left out."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a"\nversion = "1"\n[project.scripts]\nrun = "a.main:go"\nbad = "x:y\\n[z]"\n'
        '[project.entry-points."pytest11"]\nplug = "a.plug"\n'
    )
    wanted = {"console_scripts": {"run": "a.main:go"}, "pytest11": {"plug": "a.plug"}}
    assert project_of(tmp_path) == Project(name="a", version="1", entry_points=wanted)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "setup.cfg").write_text(
        "[metadata]\nname = a\nversion = 1\n[options.entry_points]\nconsole_scripts =\n    run = a:go\n"
    )
    assert project_of(tmp_path) == Project(name="a", version="1", entry_points={"console_scripts": {"run": "a:go"}})


async def test_a_command_finds_its_project_installed(tmp_path: Path) -> None:
    """Its version, its entry points and its programs, with its code where it is; the workspace is as it was."""
    project = tmp_path / "project"
    (project / "src" / "mine").mkdir(parents=True)
    (project / "src" / "mine" / "__init__.py").write_text("class app:\n    go = lambda: print('gone')\n")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "My.Mine"\nversion = "2.1"\n[project.scripts]\nmine = "mine:app.go"\n'
    )
    place = install_project(project, tmp_path / "store")
    assert place and place == install_project(project, tmp_path / "store")
    command = (
        'python -c \'import importlib.metadata as m; print(m.version("my-mine"), len(m.entry_points(name="mine")))\''
    )
    outcome = await run_command(CommandSpec(f"{command}; mine", project, 30, packages=(place,)), Blobs())
    assert outcome.output == "2.1 1\ngone\n" and not outcome.changes
