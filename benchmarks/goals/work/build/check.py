"""The build keeps each promise of BUILD.md, tried in copies with files changed, added, broken and removed."""

import gzip
import html
import io
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from benchmarks.goals.trying import ran, same_files

_HERE = Path(__file__).parent
_KEPT = ("pages", "templates")
_ROW = '<li><a href="{}.html">{}</a></li>'


def check(folder: Path, answer: str) -> str:
    """Return the first promise that is not kept."""
    before = _HERE / "workspace"
    for name in _KEPT:
        if fault := same_files(before / name, folder / name):
            return fault
    if any((folder / name).read_bytes() != (before / name).read_bytes() for name in ("site.json", "BUILD.md")):
        return "site.json or BUILD.md was changed"
    with tempfile.TemporaryDirectory() as place:
        try:
            _tried(folder, Path(place))
        except (AssertionError, OSError, tarfile.TarError) as error:
            return f"{error}"[:600]
    return ""


def _tried(folder: Path, place: Path) -> None:
    one, other = _fresh(folder, place / "one"), _fresh(folder, place / "another place")
    _made(one, "-j8", TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    os.utime(other / "pages/beans.txt", (1_000_000_000, 1_000_000_000))
    mask = os.umask(0o077)
    try:
        _made(other, LC_ALL="C", TZ="America/Lima", PYTHONHASHSEED="2", SOURCE_DATE_EPOCH="1714521600")
    finally:
        os.umask(mask)
    assert _archive(one) == _archive(other), "3: two archives of the same differ"
    _contents(one)
    _incremental(one)
    _complete(folder, one, place)
    _safe(folder, place)
    dated = _fresh(folder, place / "dated")
    _made(dated, SOURCE_DATE_EPOCH="86399")
    page = html.unescape((dated / "out/water.html").read_text(encoding="utf-8"))
    assert "Garden & Co, 1970-01-01" in page, "3: SOURCE_DATE_EPOCH"
    for _ in range(2):
        _made(dated, "clean")
    assert _files(dated) == _files(_fresh(folder, place / "clean")), "5: make clean leaves or takes too much"


def _contents(top: Path) -> None:
    names = sorted((path.name for path in (top / "pages").glob("*.txt")), key=os.fsencode)
    index = html.unescape((top / "out/index.html").read_text(encoding="utf-8"))
    for name in names:
        row = _ROW.format(name[:-4], (top / "pages" / name).read_text(encoding="utf-8").split("\n")[0][2:])
        assert row in index, f"the index lacks {row}"
    places = [index.index(f'href="{name[:-4]}.html"') for name in names]
    assert places == sorted(places) and "{{" not in index and "\\n" not in index, f"the index is {index}"
    page = html.unescape((top / "out/Apples.html").read_text(encoding="utf-8"))
    for part in ("<h1>Äpfel</h1>", "<at least>", "Garden & Co, 2024-05-01 @autumn @trees @winter</footer>"):
        assert part in page, f"out/Apples.html lacks {part}"
    assert "<li>a rake \\ fork</li>" in (top / "out/tools-2.html").read_text(encoding="utf-8"), "a list is another"
    with tarfile.open(fileobj=io.BytesIO(_archive(top))) as tar:
        members = tar.getmembers()
        for member in members:
            read = tar.extractfile(member)
            assert read is not None, f"the archive has {member.name}, which is no file"
            assert read.read() == (top / "out" / Path(member.name).name).read_bytes(), f"{member.name} is another one"
    wanted = sorted((f"site/{name[:-4]}.html" for name in [*names, "index.txt"]), key=os.fsencode)
    assert [each.name for each in members] == wanted, f"the archive has {[each.name for each in members]}"
    told = {(each.mtime, each.mode, each.uid, each.gid, each.uname, each.gname) for each in members}
    assert told == {(1714521600, 0o644, 0, 0, "", "")}, f"files in the archive bear {told}"


def _incremental(top: Path) -> None:
    _age(top)
    assert not _changed(top), "2: make changes files though nothing has changed"
    assert ran(["make", "-q"], top)[0] == 0, "2: make -q does not end with 0"
    pages = {f"out/{path.stem}.html" for path in (top / "pages").glob("*.txt")}
    both = {"out/index.html", "dist/site.tar.gz"}
    for name, wanted in (
        ("pages/beans.txt", {"out/beans.html", *both}),
        ("templates/index.html", both),
        ("tools/index.sh", both),
        ("templates/page.html", {*pages, "dist/site.tar.gz"}),
        ("tools/render.py", {*pages, "dist/site.tar.gz"}),
    ):
        _age(top)
        path = top / name
        path.write_bytes(path.read_bytes().replace(b"</body>", b"<hr></body>").replace(b"May.", b"June."))
        os.utime(path)
        found = _changed(top)
        assert found == wanted, f"2: a changed {name} remakes {sorted(found)}"


def _complete(folder: Path, top: Path, place: Path) -> None:
    changes = (
        ("added", lambda: (top / "pages/cress.txt").write_text("# Cress\n\nFast. @may\n", encoding="utf-8")),
        ("renamed", lambda: (top / "pages/beans.txt").rename(top / "pages/pulses.txt")),
        ("removed", lambda: (top / "pages/a.b.txt").unlink()),
        ("site", lambda: (top / "site.json").write_text('{"name": "Us", "date": "2025-01-02"}', encoding="utf-8")),
    )
    for name, change in changes:
        _age(top)
        change()
        _made(top)
        fresh = _fresh(top, place / f"fresh {name}")
        _made(fresh)
        assert _files(top) == _files(fresh), f"1: {name}: out/ has {sorted(_files(top) ^ _files(fresh))}"
        assert _archive(top) == _archive(fresh), f"1: {name}: the archive is not that of a fresh copy"
        assert ran(["make", "-q"], top)[0] == 0, f"2: {name}: make -q does not end with 0 afterwards"


def _safe(folder: Path, place: Path) -> None:
    top = _fresh(folder, place / "broken")
    _made(top)
    _age(top)
    before = (top / "dist/site.tar.gz").read_bytes()
    (top / "pages/water.txt").write_text("No title\n", encoding="utf-8")
    os.utime(top / "pages/beans.txt")
    code, told = ran(["make", "-k"], top)
    assert code and "water.txt" in told, f"4: a page without a title: {code}, {told[-200:]}"
    assert not (top / "out/water.html").exists(), "4: the page without a title is still there"
    assert (top / "out/beans.html").stat().st_mtime > (top / "out/Apples.html").stat().st_mtime, "4: make -k"
    now = (top / "dist/site.tar.gz").read_bytes() if (top / "dist/site.tar.gz").exists() else before
    assert now == before, "4: the archive was remade"
    (top / "templates/index.html").unlink()
    (top / "pages/water.txt").write_text("# Water\n", encoding="utf-8")
    assert ran(["make"], top)[0], "4: a template that is missing is no error"
    shutil.copy(folder / "templates/index.html", top / "templates/index.html")
    _made(top)
    assert "Water</a>" in (top / "out/index.html").read_text(encoding="utf-8"), "4: it does not recover"


def _fresh(folder: Path, place: Path) -> Path:
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("out", "dist", "site", "__pycache__", ".*"))
    return place


def _made(top: Path, *arguments: str, **env: str) -> None:
    code, told = ran(["make", *arguments], top, **env)
    assert code == 0, f"make {' '.join(arguments)} ends with {code}: {told[-300:]}"


def _archive(top: Path) -> bytes:
    whole = (top / "dist/site.tar.gz").read_bytes()
    assert whole[4:8] == bytes(4), "3: the archive bears the time of its making"
    return gzip.decompress(whole) + whole[:10]


def _files(top: Path) -> set[str]:
    paths = (path.relative_to(top) for path in top.rglob("*") if path.is_file())
    return {str(path) for path in paths if not any(part.startswith((".", "__")) for part in path.parts)}


def _age(top: Path) -> None:
    """Make every file older, by as much each, so that what is made next is newer beyond doubt."""
    for path in top.rglob("*"):
        if path.is_file():
            told = path.stat()
            os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns - 10_000_000_000))


def _changed(top: Path) -> set[str]:
    before = {path: path.stat().st_mtime_ns for path in top.rglob("*") if path.is_file()}
    _made(top)
    after = {path: path.stat().st_mtime_ns for path in top.rglob("*") if path.is_file()}
    made = {path for path, time in after.items() if before.get(path) != time}
    found = {str(path.relative_to(top)) for path in made}
    return {name for name in found if name.startswith(("out/", "dist/")) and "/." not in name}
