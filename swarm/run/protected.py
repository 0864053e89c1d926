"""Protected files: what no run reads, lists, writes or shows to a command unless its person has named it exactly.

One rule for all of them: files that hold secrets, git's own, what `.swarmignore` names, the swarm's own folder, and
what is hidden in a person's home. A project's other dotfiles are files like any other.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from pathlib import Path, PurePosixPath

from swarm.run.ignore_rules import IgnoreRules

IGNORE_FILE = ".swarmignore"
"""In the workspace: patterns as in `.gitignore` of what the swarm is not to touch."""
_FOLDERS = (".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".gcloud", ".oci")
_FILES = (
    *(".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".git-credentials", ".htpasswd"),
    *(".pypirc", ".npmrc", ".vault-token", ".s3cfg", ".boto", ".dockercfg", "*.tfvars", "*.tfstate", "*.ovpn"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *("*.kdbx", "*.ppk", "*.asc.key", "credentials.json", "client_secret*.json", "service-account*.json"),
    *("service_account*.json", "secrets.y*ml", "secrets.json", "secrets.toml", ".credentials", "credentials.csv"),
)
SAMPLES = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")
"""Of such names those that show how a secret is written and hold none."""
SECRET_PATTERNS = (*_FILES, *_FOLDERS)
"""Names, as `fnmatch` has them, of files and folders that hold secrets."""
_SECRET = re.compile("|".join(map(translate, _FILES)))
_SAMPLE = re.compile("|".join(map(translate, SAMPLES)))
_WORDS = re.compile(r"`([^`\n]+)`|\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"'`,;()<>\[\]{}]+)")


def is_secret(path: str) -> bool:
    """Say whether a relative path is, by its name, one of a file that holds secrets."""
    parts = PurePosixPath(path.lower()).parts
    if any(part in _FOLDERS for part in parts):
        return True
    name = parts[-1] if parts else ""
    return bool(_SECRET.match(name)) and not _SAMPLE.match(name)


def protection(path: str, rules: IgnoreRules | None = None, allows_git: bool = False) -> str:
    """Say why a relative path is not to be touched; empty where it may be."""
    if ".git" in PurePosixPath(path).parts and not allows_git:
        return "belongs to git"
    if is_secret(path):
        return "is of the kind that holds secrets"
    if rules is not None and rules.covers(path):
        return f"is named in {IGNORE_FILE}"
    return ""


def named_in(*words: str) -> frozenset[str]:
    """Return what may be a path in the words of a person, each just as it is written."""
    found = {part for text in words for groups in _WORDS.findall(text) for part in groups if part}
    inner = {part for text in found if " " in text for part in text.split()}
    return frozenset(part.rstrip(".!?:").removeprefix("./").rstrip("/") for part in found | inner)


@dataclass(frozen=True)
class Protection:
    """What is closed in a run: `home` is the swarm's own folder, `named` what its person has named exactly."""

    home: Path | None = None
    named: frozenset[str] = frozenset()

    def why(self, path: Path, roots: Sequence[Path]) -> str:
        """Say why an absolute path without links is closed below these folders; empty where it may be touched.

        A root that is the file itself was named by the person.
        """
        root = _root_of(path, roots)
        if path == root and not path.is_dir():
            return ""
        relative = path.relative_to(root).as_posix() if root else path.as_posix()
        why = self._own(path, root) or protection(relative, self._rules(root)) or _hidden_at_home(path, root)
        return "" if why and self.opens(path, relative) else why

    def closed_below(self, folder: Path, roots: Sequence[Path]) -> Callable[[str], bool]:
        """Return what says of a path relative to a folder whether it is closed, for listings: it looks at no file."""
        folder = folder.resolve()
        root = _root_of(folder, roots) or folder
        before = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
        rules, home = self._rules(root), Path.home().resolve()
        outside = self._own(folder / "x", root)
        is_own = self._home is not None and self._home.is_relative_to(folder) and not outside
        may_be_hidden = home.is_relative_to(folder) or folder.is_relative_to(home)

        def is_closed(name: str) -> bool:
            why = outside or protection(before + name, rules)
            if not why and is_own:
                why = self._own(folder / name, root)
            if not why and may_be_hidden:
                why = _hidden_at_home(folder / name, root)
            return bool(why) and not self.opens(folder / name, before + name)

        return is_closed

    def places_below(self, folder: Path) -> list[str]:
        """Return patterns of what is closed below a folder for where it lies: the swarm's own folder, a hidden home."""
        folder, home = folder.resolve(), Path.home().resolve()
        found = [f"/{self._home.relative_to(folder)}"] if self._home and self._home.is_relative_to(folder) else []
        if home.is_relative_to(folder):
            found.append(f"/{home.relative_to(folder).as_posix()}/.*".replace("/./", "/"))
        return found

    def opens(self, path: Path, relative: str) -> bool:
        """Say whether the person has named a path, or a closed folder that it lies in."""
        if not self.named:
            return False
        at = PurePosixPath(relative)
        closed = [each for each in at.parents if each.name in _FOLDERS]
        wanted = [relative, path.as_posix(), *(each.as_posix() for each in closed)]
        home = Path.home()
        wanted += [f"~/{path.relative_to(home).as_posix()}"] if path.is_relative_to(home) else []
        return any(each in self.named for each in wanted)

    def is_named(self, path: Path, roots: Sequence[Path]) -> bool:
        """Say whether the person has named this very file, as a root or in words."""
        root = _root_of(path, roots)
        return path == root or self.opens(path, (path.relative_to(root) if root else path).as_posix())

    def _own(self, path: Path, root: Path | None) -> str:
        """Close the swarm's own folder but for the workspace that a run has in it."""
        home = self._home
        if home is None or not path.is_relative_to(home):
            return ""
        is_workspace = root is not None and root.is_relative_to(home / "runs") and root.name == "workspace"
        return "" if is_workspace else "belongs to the swarm, whose folder holds keys and other runs' work"

    @cached_property
    def _home(self) -> Path | None:
        return self.home.resolve() if self.home else None

    @cached_property
    def _ignored(self) -> dict[Path, IgnoreRules | None]:
        return {}

    def _rules(self, root: Path | None) -> IgnoreRules | None:
        if root is None:
            return None
        if root not in self._ignored:
            self._ignored[root] = IgnoreRules.read(root / IGNORE_FILE)
        return self._ignored[root]


def _root_of(path: Path, roots: Iterable[Path]) -> Path | None:
    """Return the innermost folder that holds a path."""
    holding = [root for root in (each.resolve() for each in roots) if path.is_relative_to(root)]
    return max(holding, key=lambda root: len(root.parts), default=None)


def _hidden_at_home(path: Path, root: Path | None) -> str:
    """Close what is hidden in a person's home, unless the run works within it."""
    home = Path.home().resolve()
    if not path.is_relative_to(home) or not path.relative_to(home).parts:
        return ""
    first = path.relative_to(home).parts[0]
    within = root is not None and root.is_relative_to(home / first)
    return "is hidden in your home folder" if first.startswith(".") and not within else ""
