"""Environments: installed once from wheels and tarballs, by hashes, with nothing of them run; commands use them."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarm.environments import Environment, default_environment, environment, environment_for
from swarm.errors import PackagesUnavailable
from swarm.sandbox.commands import CommandOutcome, run_command
from swarm.sandbox.stages import CommandSpec
from tests.swarm.environments.indexes import index, registry, sdist, wheel
from tests.swarm.sandbox.blobs import Blobs

HAS_NPM = shutil.which("npm", path="/usr/local/bin:/usr/bin:/bin") is not None


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index of our own: what is in this folder is there, and nothing else."""
    folder = tmp_path / "wheels"
    wheel(folder, "pytest", "9.0", "def main(): print('a stand-in for pytest')")
    wheel(folder, "grape", "1.0", "def main(): print('grape 1.0')", ("seed>=1",))
    wheel(folder, "seed", "1.2", "import sys\nvalue = 7")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with index(folder) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        yield folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that needs a package and has its code in `src`."""
    folder = tmp_path / "project"
    (folder / "src" / "mine").mkdir(parents=True)
    (folder / "src" / "mine" / "__init__.py").write_text("import grape, seed\nvalue = seed.value")
    (folder / "pyproject.toml").write_text('[project]\nname = "mine"\ndependencies = ["grape"]\n')
    return folder


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, str], list[str]]]:
    """A registry with two packages, one with a script for its installation; yields their hashes, and what is asked."""
    script = {"install": f"touch {tmp_path / 'ran'}"}
    packages = {
        "fruit": {
            "version": "1.0.1",
            "dependencies": {"stone": "^2.0.0"},
            "_code": "module.exports = require('stone')",
        },
        "stone": {"version": "2.3.0", "scripts": script, "_code": "module.exports = 'stone'"},
    }
    with registry(packages) as (address, hashes, asked):
        monkeypatch.setenv("npm_config_registry", address)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
        monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))  # not there: the person's own says nothing
        yield hashes, asked


async def _run(folder: Path, command: str, found: Environment) -> CommandOutcome:
    spec = CommandSpec(command, folder, 30, packages=found.packages, modules=found.modules)
    return await run_command(spec, Blobs())


async def test_a_project_finds_what_it_needs_and_cannot_change_it(wheels: Path, project: Path, tmp_path: Path) -> None:
    """Its packages, their programs, pytest and its own code are there; the next time nothing is fetched."""
    found = await environment_for(project, (), tmp_path / "store")
    command = "python -c 'import mine; print(mine.value)'; grape-run; pytest-run; touch /packages/0/x"
    outcome = await _run(project, command, found)
    assert outcome.output.startswith("7\ngrape 1.0\na stand-in for pytest\n"), outcome
    assert "Read-only file system" in outcome.output
    assert "grape==1.0" in found.lock and "--hash=sha256:" in found.lock
    shutil.rmtree(wheels)
    assert (await environment_for(project, (), tmp_path / "store")).packages == found.packages


async def test_hashes_of_the_project_are_heeded(wheels: Path, project: Path, tmp_path: Path) -> None:
    """A pin with its hash installs that very file, and no other of the same name and version."""
    right = wheel(wheels, "seed", "1.2", "value = 8")
    (project / "requirements.txt").write_text(f"seed==1.2 --hash=sha256:{right}\n")
    found = await environment_for(project, (), tmp_path / "store")
    assert f"seed==1.2 \\\n    --hash=sha256:{right}\n" in found.lock
    wheel(wheels, "seed", "1.2", "value = 'somebody else'")
    with pytest.raises(PackagesUnavailable, match=r"another seed==1.2 than the hashes of the requirements allow"):
        await environment_for(project, (), tmp_path / "other")


@pytest.mark.parametrize("name", ["surely-nowhere", "raw==1.0", "grape==2"])
async def test_what_cannot_be_installed_is_one_clear_line(
    name: str, wheels: Path, project: Path, tmp_path: Path
) -> None:
    """A missing package, one with only its source, a missing version; a source distribution is never built."""
    sdist(wheels, "raw", "1.0", tmp_path / "built")
    with pytest.raises(PackagesUnavailable) as caught:
        await environment_for(project, [name], tmp_path / "store")
    line = str(caught.value)
    assert "\n" not in line and name.partition("=")[0] in line and len(line) < 600
    assert not (tmp_path / "built").exists()


@pytest.mark.skipif(not HAS_NPM, reason="npm is not installed")
async def test_packages_of_npm_are_there_and_their_scripts_never_run(
    npm: tuple[dict[str, str], list[str]], wheels: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are resolved to a lock with hashes, installed once, and lie read-only above the workspace."""
    _without_pytest(monkeypatch)
    (project / "pyproject.toml").unlink()
    (project / "package.json").write_text('{"dependencies": {"fruit": "^1.0.0"}, "scripts": {"preinstall": "exit 9"}}')
    found = await environment_for(project, (), tmp_path / "store")
    outcome = await _run(project, "node -e 'console.log(require(\"fruit\"))'; touch /node_modules/x", found)
    assert outcome.output.startswith("stone\n") and "Read-only file system" in outcome.output, outcome
    assert not (tmp_path / "ran").exists()
    asked = len(npm[1])
    assert (await environment_for(project, (), tmp_path / "store")).modules == found.modules
    assert len(npm[1]) == asked


@pytest.mark.skipif(not HAS_NPM, reason="npm is not installed")
async def test_a_lock_of_npm_is_heeded_but_not_its_addresses(
    npm: tuple[dict[str, str], list[str]], wheels: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes that differ are refused, other addresses are not asked, and links and repositories are refused."""
    _without_pytest(monkeypatch)
    (project / "pyproject.toml").unlink()
    (project / "package.json").write_text('{"dependencies": {"stone": "^2.0.0"}}')
    entry = {"version": "2.3.0", "integrity": npm[0]["stone"], "resolved": "http://127.0.0.1:9/elsewhere.tgz"}
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/stone": entry}}
    (project / "package-lock.json").write_text(json.dumps(lock))
    assert (await environment_for(project, (), tmp_path / "second")).modules is not None
    entry["integrity"] = "sha512-" + "A" * 86 + "=="
    (project / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(PackagesUnavailable, match=r"cannot be installed: .*EINTEGRITY"):
        await environment_for(project, (), tmp_path / "third")
    entry["resolved"] = "git+ssh://git@example.com/x.git#abc"
    (project / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(PackagesUnavailable, match=r"comes from 'git\+ssh"):
        await environment_for(project, (), tmp_path / "fourth")
    with pytest.raises(PackagesUnavailable, match=r"npm cannot be installed: .*404"):
        await environment_for(tmp_path, ["npm:surely-nowhere"], tmp_path / "fifth")


async def test_without_an_index_commands_run_without_pytest_and_it_is_said(wheels: Path, tmp_path: Path) -> None:
    """Our own lock asks for files by hash that this index has not."""
    found = await default_environment(tmp_path / "store")
    assert found.packages == ()
    assert found.notes[0].startswith("pytest is not there, for the packages cannot be installed")
    assert (await _run(tmp_path, "echo on", found)).output == "on\n"


def test_our_own_lock_has_hashes_and_names_no_registry() -> None:
    """Where packages come from is the installer's affair."""
    text = environment.DEFAULT_LOCK.read_text(encoding="utf-8")
    assert "pytest==" in text and "--hash=sha256:" in text
    assert "://" not in text and "--index" not in text and "--find-links" not in text


@pytest.mark.skipif(not HAS_NPM, reason="npm is not installed")
async def test_the_examples_of_the_docs_work(
    wheels: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both blocks of the page, run as they stand in an environment of their own."""
    wheel(wheels, "pandas", "2.2", "value = 'pandas'")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.chdir(tmp_path)
    shutil.move(project, tmp_path / "my-project")
    names: dict[str, Any] = {"store": Blobs(), "project": tmp_path / "my-project", "home": tmp_path}
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page.partition("## Commands on a workspace")[2], re.DOTALL)
    with registry({"left-pad": {"version": "1.3.0", "_code": "module.exports = 1"}}) as (address, _, _):
        monkeypatch.setenv("npm_config_registry", address)
        for block in blocks[:2]:
            code = compile(block, "sandbox.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if (made := eval(code, names)) is not None:
                await made
    assert names["outcome"].code == 127 and "pytest: command not found" in names["outcome"].output
    assert names["spec"].modules is not None and "pandas==2.2" in names["found"].lock


@pytest.mark.live
async def test_pytest_is_there_by_default(tmp_path: Path) -> None:
    """By the lock of this repository, from the index that this machine knows."""
    found = await default_environment(tmp_path / "store")
    if found.notes:
        pytest.skip(found.notes[0])
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "test_a.py").write_text("def test_a(): pass")
    outcome = await _run(tmp_path / "project", "pytest -q", found)
    assert "1 passed" in outcome.output and outcome.changes == (), outcome


def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Path) -> Environment:
        return Environment()

    monkeypatch.setattr(environment, "default_environment", nothing)
