"""Protected files: secrets and git's own are not touched, a project's other dotfiles are ordinary files."""

from pathlib import Path

import pytest

from swarm.run.ignore_rules import IgnoreRules
from swarm.run.protected import is_secret, protection


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "app/.env.production",
        ".ssh/id_rsa",
        "deploy/id_ed25519",
        "tls/server.key",
        ".aws/credentials",
        ".netrc",
        ".npmrc",
        "a/b/cert.PEM",
        ".ENV",
        "secrets.yml",
        "credentials.json",
    ],
)
def test_files_that_hold_secrets_are_known_by_their_names(path: str) -> None:
    """Wherever they lie, however they are written."""
    assert is_secret(path) and "secrets" in protection(path)


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore",
        ".github/workflows/ci.yml",
        ".eslintrc",
        ".env.example",
        ".pre-commit-config.yaml",
        "keys.py",
        "environment.py",
        "id_rsa.pub",
        "src/secrets.py",
        ".prettierrc",
    ],
)
def test_other_dotfiles_are_ordinary(path: str) -> None:
    """A project's own settings are part of the work."""
    assert not is_secret(path) and protection(path) == ""


def test_git_is_left_alone_unless_the_goal_is_about_it() -> None:
    """In a submodule, too."""
    assert protection(".git/config") and protection("sub/.git/HEAD")
    assert protection(".git/config", allows_git=True) == ""


def test_a_person_can_name_more(tmp_path: Path) -> None:
    """By the patterns of a `.swarmignore`; a link in its place names nothing."""
    (tmp_path / ".swarmignore").write_text("vendor/\n*.lock\n")
    rules = IgnoreRules.read(tmp_path / ".swarmignore")
    assert protection("vendor/x.py", rules) and protection("a/uv.lock", rules) and not protection("src/x.py", rules)
    (tmp_path / "link").symlink_to(tmp_path / ".swarmignore")
    assert IgnoreRules.read(tmp_path / "link") is None and IgnoreRules.read(tmp_path / "none") is None
