"""Permissions: what is under a home is closed, also what was there before; what is not ours is refused."""

import os
import stat
from pathlib import Path

import pytest

from swarm.errors import StackError
from swarm.private import create_private, shared_as_usual, write_private
from swarm.stack.home import Home
from swarm.stack.permissions import close_to_others


def _open(root: Path) -> list[str]:
    found = [root, *root.rglob("*")]
    return [str(path) for path in found if not path.is_symlink() and path.stat().st_mode & 0o077]


def test_a_home_that_was_open_is_closed_with_all_in_it(tmp_path: Path) -> None:
    """Folders, files, programs and sockets; what its owner may do with them stays."""
    home = tmp_path / "home"
    (home / "runs" / "r" / "workspace").mkdir(parents=True)
    for path in (home, home / "runs", home / "runs" / "r"):
        path.chmod(0o755)
    (home / "runs" / "r" / "settings.json").write_text("{}")
    (home / "runs" / "r" / "settings.json").chmod(0o644)
    program = home / "runs" / "r" / "workspace" / "run.sh"
    program.write_text("")
    program.chmod(0o777)
    Home(home).make()
    assert _open(home) == []
    assert stat.S_IMODE(program.stat().st_mode) == 0o700


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    """A link in a run's folder may lead anywhere."""
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    outside.mkdir(mode=0o755)
    outside.chmod(0o755)
    (home / "link").symlink_to(outside)
    assert close_to_others(home) == 1
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


def test_a_second_look_finds_nothing_to_close(tmp_path: Path) -> None:
    """It says how many entries it has closed."""
    (tmp_path / "a").mkdir(mode=0o755)
    (tmp_path / "a").chmod(0o755)
    assert close_to_others(tmp_path) >= 1
    assert close_to_others(tmp_path) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_home_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    """He could read and change all in it, whatever its mode; one line says whose it is."""
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(StackError, match=r"belongs to user 12345, not to user root; set SWARM_HOME"):
        Home(tmp_path).make()


def test_an_open_entry_that_cannot_be_closed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, and nothing is started."""

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "open").write_text("")
    (tmp_path / "open").chmod(0o644)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(StackError, match=r"open is open to other users and cannot be closed.*chmod go="):
        Home(tmp_path).make()


def test_a_private_file_is_closed_although_a_kill_left_it_open(tmp_path: Path) -> None:
    """The file beside it that is moved into place may be one from before."""
    (tmp_path / "login.new").write_text("old")
    (tmp_path / "login.new").chmod(0o644)
    write_private(tmp_path / "login", "new")
    assert stat.S_IMODE((tmp_path / "login").stat().st_mode) == 0o600


def test_what_a_command_creates_is_private_and_an_export_is_not(tmp_path: Path) -> None:
    """An export has the rights that any file of the person's gets."""
    before = os.umask(0o022)
    try:
        create_private()
        (tmp_path / "own").write_text("")
        with shared_as_usual():
            (tmp_path / "export").write_text("")
        (tmp_path / "later").write_text("")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("own", "export", "later")]
    assert modes == [0o600, 0o644, 0o600]


@pytest.mark.skipif(os.geteuid() != 0, reason="for an ordinary user the sandbox reads as he does")
def test_published_packages_stay_readable_in_a_closed_folder(tmp_path: Path) -> None:
    """Root's sandbox reads them as a user of its own, by a mount; by their path nobody else gets there."""
    module = tmp_path / "packages" / "0123" / "numpy.py"
    module.parent.mkdir(parents=True)
    module.write_text("")
    for path, mode in ((module, 0o644), (module.parent, 0o755), (tmp_path / "packages", 0o755)):
        path.chmod(mode)
    close_to_others(tmp_path)
    assert stat.S_IMODE(module.stat().st_mode) == 0o644
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, tmp_path / "packages")] == [0o700, 0o700]
