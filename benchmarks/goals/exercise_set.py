"""Exercises of the polyglot set: what a workspace begins with, the goal, the command that tries it, and the reference.

The set is a checkout of github.com/Aider-AI/polyglot-benchmark. Its JavaScript tests are written for jest; they run
with node alone, by the shim that lies beside them in the workspace.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import UsageError

_SHIM = Path(__file__).with_name("jest_shim.mjs")
_LANGUAGES = ("python", "javascript")
_LEFT_OUT = {"package.json", "babel.config.js", "LICENSE", ".eslintrc", ".npmrc"}
_TEXTS = ("introduction.md", "instructions.md", "instructions.append.md")
INSTRUCTIONS = "INSTRUCTIONS.md"


@dataclass(frozen=True)
class Exercise:
    """One exercise: its files by their place in the workspace, the one to write, and the one that tries it."""

    language: str
    slug: str
    solution: str
    test: str
    files: dict[str, bytes]
    reference: str

    @property
    def name(self) -> str:
        """The language and the slug: slugs occur in both languages."""
        return f"{self.language}/{self.slug}"

    @property
    def command(self) -> str:
        """The command that exits with 0 where the solution is right."""
        if self.language == "python":
            return f"python -m pytest -q {self.test}"
        return f"node {_SHIM.name} {self.test}"

    @property
    def goal(self) -> str:
        """The goal as a person would give it; the scripted model finds the exercise by its name in it."""
        return (
            f"Solve the exercise {self.name}: write {self.solution} as {INSTRUCTIONS} asks, so that `{self.command}` "
            f"passes. Change no other file."
        )

    def lay_out(self, folder: Path, solution: str | None = None) -> None:
        """Write the files into a folder, the solution's stub replaced where one is given."""
        for place, data in self.files.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if solution is not None:
            (folder / self.solution).write_text(solution, encoding="utf-8")


def exercises_of(folder: Path) -> list[Exercise]:
    """Return the exercises of a checkout, by language and name; raises UsageError where there are none."""
    found = [
        _read(language, each)
        for language in _LANGUAGES
        for each in sorted((folder / language / "exercises" / "practice").glob("*"))
        if (each / ".meta" / "config.json").is_file()
    ]
    if not found:
        raise UsageError(f"--folder {folder} has no exercises; give a checkout of Aider-AI/polyglot-benchmark")
    return found


def _read(language: str, folder: Path) -> Exercise:
    named = json.loads((folder / ".meta" / "config.json").read_text(encoding="utf-8"))["files"]
    reference = (folder / named["example"][0]).read_text(encoding="utf-8")
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in {*_LEFT_OUT, ".meta", ".docs"}
    }
    texts = [folder / ".docs" / name for name in _TEXTS]
    files[INSTRUCTIONS] = b"\n".join(text.read_bytes() for text in texts if text.is_file())
    if language == "javascript":
        kind = "commonjs" if "require(" in reference or "module.exports" in reference else "module"
        files |= {_SHIM.name: _SHIM.read_bytes(), "package.json": json.dumps({"type": kind}).encode() + b"\n"}
    return Exercise(language, folder.name, named["solution"][0], named["test"][0], files, reference)
