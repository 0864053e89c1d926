"""Closed files: one rule for reading, listing, searching, editing, commands and memory, opened by a person's word."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from integrations.commands import _hidden, _named
from integrations.files import Files, walk
from integrations.listing import listed
from integrations.materials import Reading, files_below
from integrations.office import Office
from integrations.sources import source_for
from integrations.text_documents import near_names
from swarm.errors import SourceRefused, SwarmError, WorkspaceError
from swarm.run.protected import Protection, named_in
from swarm.sandbox.hidden import Hidden
from swarm.settings import Settings
from swarm.workspace import Workspace

_KEY = "ghp_" + "A1b2C3d4E5f6" * 3
_CLOSED = (
    ".env",
    "deploy/.netrc",
    ".ssh/id_ed25519",
    "tls/server.key",
    "conf/app.ini",
    "swarm-home/runs/x/settings.json",
)
_OPEN = (".gitignore", ".github/workflows/ci.yml", ".eslintrc", ".env.example", "src/keys.py")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with files that hold secrets, the swarm's own folder in it, and ordinary dotfiles."""
    for name in (*_CLOSED, *_OPEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(
            f"token = {_KEY}\n" if name in ("conf/app.ini", "src/keys.py") else "hidden value 999\n"
        )
    (tmp_path / "notes.txt").symlink_to(tmp_path / ".env")
    return tmp_path


def _settings(project: Path) -> Settings:
    return Settings(swarm_home=project / "swarm-home")


def _workspace(project: Path, goal: str = "") -> Workspace:
    home = project / "swarm-home"
    return Workspace(project, home / "runs" / "own", goal, home=home)


async def _read(project: Path, name: str, goal: str) -> str:
    named = named_in(goal)
    return "".join(each.text for each in await source_for(name, (project,), _settings(project), named)("", 50))


async def _asked(project: Path, name: str, goal: str) -> str:
    office = Office(_settings(project), _workspace(project, goal), "a test")
    return str(await office.ask("retrieve", {"uri": name}))


async def _given(project: Path, name: str, goal: str) -> str:
    reading = Reading((project,), _settings(project), 9000, Protection(project / "swarm-home", named_in(goal)))
    await reading.take(name)
    (material,) = reading.materials
    if not material.text:
        raise SourceRefused(material.note)
    return material.text


@pytest.mark.parametrize("way", [_read, _asked, _given])
@pytest.mark.parametrize("name", [*_CLOSED, "notes.txt"])
async def test_a_closed_file_is_not_read(project: Path, name: str, way: Callable[..., Awaitable[str]]) -> None:
    """By name, by content, in the swarm's folder, or through a link; whoever asks."""
    with pytest.raises(SwarmError, match="closed unless"):
        await way(project, name, "Read the settings, env and all")


@pytest.mark.parametrize("way", [_read, _asked, _given])
async def test_a_person_opens_a_file_by_naming_it_exactly(project: Path, way: Callable[..., Awaitable[str]]) -> None:
    """In the goal, as it lies; a name that is a part of another, or of another folder's file, opens nothing."""
    assert "999" in await way(project, ".env", "Explain `.env`.")
    assert _KEY in await way(project, "conf/app.ini", "what is in conf/app.ini?")
    for goal in ("Explain .env.example", "Explain sub/.env", "Explain env", "Explain app.ini"):
        with pytest.raises(SwarmError, match="closed unless"):
            await way(project, ".env" if "env" in goal else "conf/app.ini", goal)


@pytest.mark.parametrize("name", _OPEN)
async def test_a_projects_other_dotfiles_are_read_listed_and_written(project: Path, name: str) -> None:
    """They are a part of the work, and so is source code with keys in its tests."""
    assert await _read(project, name, "")
    assert name in [path.relative_to(project).as_posix() for path in walk(project)]
    assert _workspace(project).write(name, "new") == name


def test_no_listing_shows_a_closed_file(project: Path) -> None:
    """Of the workspace, of a folder in it, of names that are near; but the one that was named."""
    closed = Protection(project / "swarm-home")
    shown = {path.relative_to(project).as_posix() for path in files_below(project, 99, closed)}
    assert shown == {*_OPEN, "notes.txt", "conf/app.ini"}, "what is in a file no listing knows"
    assert not list(walk(project / ".ssh", closed=closed, roots=(project,)))
    assert not {".env", "deploy/.netrc"} & set(near_names(".env", [project], closed))
    opened = Protection(project / "swarm-home", named_in("mend .env"))
    assert ".env" in {path.name for path in files_below(project, 99, opened)}


async def test_a_folder_is_read_without_its_closed_files(project: Path) -> None:
    """A question to all of them has no answer from one of them."""
    found = await Files(project, (project,), closed=Protection(project / "swarm-home"))("hidden value 999 token", 50)
    assert not {each.uri for each in found} & {*_CLOSED, "notes.txt"}


async def test_memory_takes_no_closed_file_of_a_folder(project: Path) -> None:
    """One that is named itself is taken."""
    names = [each.uri async for each in listed(project.as_uri(), _settings(project))]
    assert not [uri for uri in names if uri.endswith((".env", ".netrc", "settings.json", "server.key"))]
    (one,) = [each async for each in listed((project / ".env").as_uri(), _settings(project))]
    assert "999" in (await one.read())[0].passages[0].text


@pytest.mark.parametrize("name", [".env", ".ssh/config", "swarm-home/runs/x/settings.json", ".git/config", "notes.txt"])
def test_a_closed_file_is_not_written(project: Path, name: str) -> None:
    """Nor read for a program, nor deleted."""
    workspace = _workspace(project)
    for touch in (workspace.read, workspace.remove, workspace.content_of, lambda name: workspace.write(name, "x")):
        with pytest.raises(WorkspaceError, match="not touched unless"):
            touch(name)
    assert (project / ".env").read_text() == "hidden value 999\n"


def test_a_person_who_names_a_file_has_it_edited(project: Path) -> None:
    """He said so."""
    assert _workspace(project, "Add DEBUG=1 to .env").write(".env", "DEBUG=1") == ".env"


def test_a_command_sees_no_closed_file(project: Path) -> None:
    """By name, by place and by content; a sample it sees, and what was named."""
    workspace = _workspace(project, "Check tls/server.key")
    hidden = Hidden(_hidden(workspace), (".env.example", *_named(workspace)))
    assert set(hidden.paths(project)) == {".env", "deploy/.netrc", ".ssh", "conf/app.ini", "swarm-home"}


async def test_a_runs_own_workspace_in_the_swarms_folder_is_open(tmp_path: Path) -> None:
    """Another run's is not."""
    home = tmp_path / "home"
    for run in ("own", "other"):
        (home / "runs" / run / "workspace").mkdir(parents=True)
        (home / "runs" / run / "workspace" / "a.txt").write_text("text")
        (home / "runs" / run / "settings.json").write_text("{}")
    own, settings = home / "runs/own/workspace", Settings(swarm_home=home)
    assert await source_for("a.txt", (own,), settings)("", 1)
    for name in (home / "runs/own/settings.json", home / "runs/other/workspace/a.txt", home / "stack.json"):
        name.touch()
        with pytest.raises(SourceRefused, match="swarm"):
            await source_for(str(name), (own, tmp_path), settings)("", 1)


async def test_what_is_hidden_in_a_home_folder_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a run above it; a project in a hidden folder is a project."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    for name in ("me/.bash_history", "me/.local/state/x", "me/.worktrees/app/.eslintrc", "me/project/.eslintrc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    for root in (tmp_path, tmp_path / "me"):
        for name in ("me/.bash_history", "me/.local/state/x"):
            with pytest.raises(SourceRefused, match="hidden in your home"):
                await source_for(str(tmp_path / name), (root,), Settings())("", 1)
    for project in ("me/project", "me/.worktrees/app"):
        assert await source_for(".eslintrc", (tmp_path / project,), Settings())("", 1)
