"""A whole repository for the memory, from one download, through the real PyGithub and the real fetch."""

import io
import tarfile
from pathlib import Path

import pytest

from integrations.archive import members
from integrations.listing import listed
from swarm.errors import SourceNotFound, SourceUnreadable
from swarm.settings import Settings
from tests.integrations.conftest import Site
from tests.integrations.test_github import FILES, Hub


def _packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path, body in files.items():
            entry = tarfile.TarInfo(f"octo-ferry-abc/{path}")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
        link = tarfile.TarInfo("octo-ferry-abc/link.md")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return data.getvalue()


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Settings:
    """Settings that lead to the emulated GitHub."""
    Hub(site)
    site.redirect("/repos/octo/ferry/tarball/main", site.url("/archive"))
    site.page("/archive", _packed(FILES), kind="application/gzip")
    return Settings.model_validate({"github_base_url": site.url(""), "swarm_home": tmp_path})


async def test_every_text_file_is_an_item_with_a_version(settings: Settings) -> None:
    """Pictures, links and what is very large are left out; the address is the one a person would open."""
    found = [each async for each in listed("https://github.com/octo/ferry", settings)]
    base = "https://github.com/octo/ferry/blob/main/"
    assert [each.uri.removeprefix(base) for each in found] == sorted(FILES.keys() - {"logo.png"})
    assert all(each.version for each in found)
    (setup,) = await next(each for each in found if each.uri.endswith("setup.md")).read()
    assert (setup.where, setup.title, setup.passages[0].lines) == ("github", "docs/setup.md", (1, 3))
    inside = [each.uri async for each in listed("github:octo/ferry/src", settings)]
    assert [uri.removeprefix(f"{base}src/") for uri in inside] == ["odd.py", "retry_policy.py", "timetable.py"]


async def test_what_is_missing_or_broken_is_said(settings: Settings, site: Site) -> None:
    """A repository that does not exist, an archive that is cut short."""
    with pytest.raises(SourceNotFound, match="octo/gone"):
        await members("github:octo/gone", settings)
    site.page("/archive", _packed(FILES)[:500], kind="application/gzip")
    with pytest.raises(SourceUnreadable, match="cannot be unpacked"):
        await members("github:octo/ferry", settings)
