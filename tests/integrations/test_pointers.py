"""What stands for a file and is none: pointers of Git LFS and git-annex, links, submodules; and frames of pages."""

import base64
from pathlib import Path

import pytest

from integrations.files import Files
from integrations.web import Page
from swarm.errors import SourceNotFound, SourceUnreadable
from tests.integrations.conftest import Site
from tests.integrations.test_github import Hub

_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 482113\n"
_BASE = "/repos/octo/ferry"


@pytest.fixture
def hub(site: Site) -> Hub:
    """Return a repository with a pointer, links and a submodule."""
    hub = Hub(site)
    files: dict[str, tuple[bytes, str]] = {
        "README.md": (b"# Ferry\n", "100644"),
        ".gitattributes": (b"*.csv filter=lfs diff=lfs merge=lfs -text\n", "100644"),
        ".gitmodules": (b'[submodule "tides"]\n\tpath = lib/tides\n\turl = https://x.org/tides.git\n', "100644"),
        "data/points.csv": (_POINTER, "100644"),
        "docs/setup.md": (b"Install first.", "100644"),
        "docs/link.md": (b"../docs/setup.md", "120000"),
        "docs/lost.md": (b"/etc/passwd", "120000"),
        "docs/round.md": (b"round.md", "120000"),
    }
    entries: list[dict[str, object]] = [{"path": "lib/tides", "type": "commit", "sha": "c" * 40, "mode": "160000"}]
    for number, (path, (body, mode)) in enumerate(files.items()):
        entries.append({"path": path, "type": "blob", "sha": f"p{number}", "size": len(body), "mode": mode})
        content = base64.encodebytes(body).decode()
        hub.json(f"{_BASE}/git/blobs/p{number}", {"sha": f"p{number}", "encoding": "base64", "content": content})
    hub.json(f"{_BASE}/git/trees/main", {"sha": "t0", "truncated": False, "tree": entries})
    return hub


async def test_the_tree_tells_what_stands_for_something_else(hub: Hub) -> None:
    """By .gitattributes, and by what git says of each."""
    tree, *_ = await hub.ask()
    assert f"data/points.csv (in Git LFS, a pointer of {len(_POINTER)} bytes here)" in tree.text
    assert "docs/link.md (a link)" in tree.text
    assert "lib/tides (a submodule, another repository, at cccccccccc)" in tree.text


async def test_a_link_answers_with_the_file_it_leads_to(hub: Hub) -> None:
    """Under that file's own address; one that leads out of the repository, or round, to nothing."""
    (passage,) = await hub.ask("github:octo/ferry/docs/link.md")
    assert (passage.text, passage.uri) == ("Install first.", "https://github.com/octo/ferry/blob/main/docs/setup.md")
    kind, said = await hub.failure("github:octo/ferry/docs/lost.md")
    assert kind is SourceNotFound and "a link to '/etc/passwd', which is no file of octo/ferry" in said
    assert "leads to no file" in (await hub.failure("github:octo/ferry/docs/round.md"))[1]


@pytest.mark.parametrize("uri", ["github:octo/ferry/lib/tides", "github:octo/ferry/lib/tides/src/a.py"])
async def test_a_submodule_tells_where_it_is(hub: Hub, uri: str) -> None:
    """And so does a path in it."""
    kind, said = await hub.failure(uri)
    assert kind is SourceNotFound
    assert "lib/tides is a submodule: another repository, https://x.org/tides.git, at cccccccccc" in said


async def test_a_pointer_of_git_lfs_is_no_file(hub: Hub, tmp_path: Path) -> None:
    """Neither on GitHub nor in a folder, whatever its name says it is."""
    kind, said = await hub.failure("github:octo/ferry/data/points.csv")
    assert kind is SourceUnreadable and "a pointer of Git LFS: its content, 482113 bytes" in said
    for name in ("a.csv", "a.pdf", "a.docx", "a.txt", "a.png"):
        (tmp_path / name).write_bytes(_POINTER)
        with pytest.raises(SourceUnreadable, match=f"{name} is a pointer of Git LFS"):
            await Files(tmp_path / name, (tmp_path,))("", 5)
    with pytest.raises(SourceUnreadable, match="Git LFS"):
        await Files(tmp_path / "a.txt", (tmp_path,)).whole()
    (tmp_path / "b.dat").write_text("/annex/objects/SHA256E-s9--aa\n")
    with pytest.raises(SourceUnreadable, match="git-annex"):
        await Files(tmp_path / "b.dat", (tmp_path,))("", 5)


async def test_a_text_about_pointers_is_read(tmp_path: Path) -> None:
    """Only what begins as one, and is as short, is one."""
    (tmp_path / "a.md").write_bytes(b"# LFS\n\n" + _POINTER)
    (passage,) = await Files(tmp_path / "a.md", (tmp_path,))("", 5)
    assert "size 482113" in passage.text


async def test_frames_of_a_page_are_named(site: Site, tmp_path: Path) -> None:
    """Their text is not in it; a page of nothing but frames is an error that names them."""
    frames = '<iframe src="/map" title="Map of ports"></iframe><iframe src="javascript:x"></iframe>'
    page = site.page("/a", f"<main><p>{'Ferries leave at six. ' * 20}</p></main>{frames}", kind="text/html")
    found = await Page(page, allow=site.allow)("", 50)
    assert f"[frame Map of ports]({site.url('/map')})" in "\n".join(each.text for each in found)
    only = site.page("/b", '<frameset><frame src="/menu"><frame src="/body"></frameset>', kind="text/html")
    with pytest.raises(SourceUnreadable, match=r"only frames: .*/menu, .*/body; ask for those"):
        await Page(only, allow=site.allow)("", 5)
    (tmp_path / "a.html").write_text(f"<p>Kept.</p><footer>Imprint</footer>{frames}")
    (passage,) = await Files(tmp_path / "a.html", (tmp_path,))("", 5)
    assert "Imprint" in passage.text and "[frame Map of ports](/map)" in passage.text


async def test_merged_cells_of_a_page_are_told_in_each_place(tmp_path: Path) -> None:
    """Over rows and over columns."""
    rows = "<tr><th>Port</th><th colspan=2>Tide</th></tr><tr><td rowspan=2>North</td><td>high</td><td>6</td></tr>"
    (tmp_path / "a.html").write_text(f"<table>{rows}<tr><td>low</td><td>12</td></tr></table>")
    (passage,) = await Files(tmp_path / "a.html", (tmp_path,))("", 5)
    assert passage.text == ("| Port | Tide | Tide |\n| --- | --- | --- |\n| North | high | 6 |\n| North | low | 12 |")
