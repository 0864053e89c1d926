"""Indexes of packages on this machine, which answer over HTTP: of wheels, and of packages of npm."""

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


def wheel(folder: Path, name: str, version: str, code: str, needs: tuple[str, ...] = ()) -> str:
    """Write a wheel with one module; returns its SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(
        f"Requires-Dist: {need}\n" for need in needs
    )
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-run = {name}:main\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(inner, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sdist(folder: Path, name: str, version: str, marker: Path) -> None:
    """Write a source distribution that leaves a mark if anybody builds it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "mark"\nbackend-path = ["."]\n',
        "mark.py": f"open({str(marker)!r}, 'w').close()\n",
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    (folder / f"{name}-{version}.tar.gz").write_bytes(
        _tar({f"{name}-{version}/{at}": text for at, text in files.items()})
    )


@contextmanager
def index(folder: Path) -> Iterator[str]:
    """Serve a folder of wheels and source distributions as an index (PEP 503); yields its address."""

    def answer(path: str) -> bytes | None:
        name = path.rstrip("/").rpartition("/")[2]
        if (folder / name).is_file():
            return (folder / name).read_bytes()
        files = [file for file in sorted(folder.glob("*")) if file.name.partition("-")[0] == name]
        sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        links = "".join(f'<a href="/files/{file}#sha256={digest}">{file}</a>' for file, digest in sums.items())
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode() if files else None

    with _served(answer) as address:
        yield f"{address}simple/"


@contextmanager
def registry(packages: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Serve packages of npm, name to manifest (`_code` is its index.js); yields address, hashes, and what was asked."""
    asked: list[str] = []
    pages: dict[str, bytes] = {}
    hashes: dict[str, str] = {}

    def answer(path: str) -> bytes | None:
        asked.append(path)
        return pages.get(path)

    with _served(answer) as address:
        for name, manifest in packages.items():
            public = {field: value for field, value in manifest.items() if field != "_code"} | {"name": name}
            files = {"package/package.json": json.dumps(public), "package/index.js": str(manifest["_code"])}
            archive = pages[f"/{name}.tgz"] = _tar(files)
            hashes[name] = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
            held = public | {"dist": {"tarball": f"{address}{name}.tgz", "integrity": hashes[name]}}
            version = str(manifest["version"])
            document = {"name": name, "dist-tags": {"latest": version}, "versions": {version: held}}
            pages[f"/{name}"] = json.dumps(document).encode()
        yield address, hashes, asked


@contextmanager
def _served(answer: Callable[[str], bytes | None]) -> Iterator[str]:
    """Serve what `answer` returns for a path, 404 where it is None."""

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(sends=False)

        def do_GET(self) -> None:
            self._answer(sends=True)

        def _answer(self, sends: bool) -> None:
            body = answer(unquote(self.path))
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.send_header("content-type", "text/html" if (body or b"").startswith(b"<") else "application/json")
            self.end_headers()
            if sends:
                self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _tar(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()
