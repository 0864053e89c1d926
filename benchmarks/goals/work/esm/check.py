"""No CommonJS is left, the same tests pass, and so do hidden ones of what other projects rely on."""

import json
import re
import shutil
import tempfile
from pathlib import Path

from benchmarks.goals.trying import ran

_HERE = Path(__file__).parent
_OLD = r"\brequire\s*\(|\bcreateRequire\b|\bmodule\.exports\b|\bexports\.\w|\b__dirname\b.*\bcjs\b|require\.main"
_TEST = r"^test\('(.+)'"


def check(folder: Path, answer: str) -> str:
    """Return what is left of CommonJS, or which tests are missing or fail."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".js", ".cjs", ".mjs") and path.is_file()]
    files = [path for path in files if "node_modules" not in path.parts]
    if odd := [path.name for path in files if path.suffix != ".js"]:
        return f"{odd[0]} is no .js file"
    for path in files:
        text = path.read_text(encoding="utf-8")
        if found := re.search(_OLD, re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)):
            return f"{path.relative_to(folder)} has {found.group()}"
        if path.name != "registry.js" and re.search(r"\bimport\s*\(", text):
            return f"{path.relative_to(folder)} loads a file at run time whose name is known"
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    before = json.loads((_HERE / "workspace/package.json").read_text(encoding="utf-8"))
    kept = all(package.get(each) == before[each] for each in ("version", "bin", "scripts"))
    if package.get("type") != "module" or not kept:
        return "package.json is not one of a module, or was changed elsewhere"
    if _names(folder) != _names(_HERE / "workspace"):
        return f"the tests are {_names(folder)}"
    return _tested(folder)


def _names(folder: Path) -> list[str]:
    files = sorted((folder / "test").glob("*.test.js"))
    return [name for path in files for name in re.findall(_TEST, path.read_text(encoding="utf-8"), re.MULTILINE)]


def _tested(folder: Path) -> str:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy)
        for target in ("test/", "hidden.mjs"):
            if target == "hidden.mjs":
                shutil.copy(_HERE / target, copy)
            code, told = ran(["node", "--test", target], copy)
            if code:
                wrong = re.findall(r"^\s*(?:not ok|✖|error:).*", told, re.MULTILINE)
                return f"tests fail ({target}): {' | '.join(wrong[:4])[:400]}"
    return ""
