"""Protected files: what no run reads or writes in a workspace, whatever a model asks: secrets, and git's own files."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

IGNORE_FILE = ".swarmignore"
"""In the workspace: patterns as in `.gitignore` of what the swarm is not to touch."""
_LARGEST = 1_000_000
_FOLDERS = frozenset((".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"))
_FILES = (
    *(".env", ".env.*", "*.env", ".netrc", "_netrc", ".pgpass", ".git-credentials", ".htpasswd", ".pypirc", ".npmrc"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *("*.kdbx", "credentials.json", "client_secret*.json", "service-account*.json", "secrets.y*ml", "secrets.json"),
)
_SAMPLES = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")
"""Of such names those that show how a secret is written and hold none."""
SECRET_PATTERNS = (*_FILES, *_FOLDERS)
"""Names, as `fnmatch` has them, of files and folders that hold secrets."""


def is_secret(path: str) -> bool:
    """Say whether a relative path is, by its name, one of a file that holds secrets."""
    parts = PurePosixPath(path.lower()).parts
    if _FOLDERS & set(parts[:-1]) or (parts and parts[-1] in _FOLDERS):
        return True
    name = parts[-1] if parts else ""
    return any(fnmatchcase(name, each) for each in _FILES) and not any(fnmatchcase(name, each) for each in _SAMPLES)


def protection(path: str, rules: GitIgnoreSpec | None = None, allows_git: bool = False) -> str:
    """Say why a relative path is not to be touched; empty where it may be."""
    if ".git" in PurePosixPath(path).parts and not allows_git:
        return "belongs to git"
    if is_secret(path):
        return "is of the kind that holds secrets"
    if rules is not None and rules.match_file(path):
        return f"is named in {IGNORE_FILE}"
    return ""


def read_rules(file: Path) -> GitIgnoreSpec | None:
    """Read a file of patterns; None if there is none, or none that can be read."""
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        return GitIgnoreSpec.from_lines(file.read_text(encoding="utf-8", errors="replace").splitlines())
    except (OSError, ValueError):
        return None
