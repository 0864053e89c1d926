"""Object storage, against moto's server: a real S3 protocol on loopback, through the real s3fs."""

from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from integrations.listing import listed
from integrations.objects import PROTOCOLS, Objects
from integrations.sources import PROTOCOLS as ROUTED
from integrations.sources import source_for
from swarm.errors import SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.settings import Settings


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A bucket with reports, one of them no text."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3", endpoint_url=url)
        client.create_bucket(Bucket="harbour")
        for key, body in (
            ("reports/tides.md", b"# Tides\n\nHigh water at six."),
            ("reports/deep/winds.csv", b"day,wind\nmonday,west\n"),
            ("reports/photo.bin", b"\x00\x01\x02"),
            ("secret/keys.txt", b"never read"),
        ):
            client.put_object(Bucket="harbour", Key=key, Body=body)
        yield url
    server.stop()


@pytest.fixture
def settings(endpoint: str, tmp_path: Path) -> Settings:
    """Settings that grant the reports."""
    told = {"swarm_s3_endpoint_url": endpoint, "swarm_objects": "s3://harbour/reports/", "swarm_home": tmp_path}
    return Settings.model_validate(told)


async def test_an_object_and_a_prefix_answer_like_files(settings: Settings) -> None:
    """With their addresses and lines; what is no text is passed over in a prefix, and told of alone."""
    (found,) = await source_for("s3://harbour/reports/tides.md", (), settings)("high water", 5)
    assert (found.uri, found.where, found.lines) == ("s3://harbour/reports/tides.md", "object", (1, 3))
    below = await source_for("s3://harbour/reports/", (), settings)("", 10)
    assert {each.uri.rsplit("/", 1)[1] for each in below} == {"tides.md", "winds.csv"}
    assert (await Objects("s3://harbour/reports/tides.md", settings).whole()).text.endswith("six.")
    with pytest.raises(SourceUnreadable, match="binary"):
        await source_for("s3://harbour/reports/photo.bin", (), settings)("", 1)


async def test_a_prefix_lists_its_objects_with_versions(settings: Settings) -> None:
    """So that only what has changed is read again."""
    found = [each async for each in listed("s3://harbour/reports/", settings)]
    assert [each.uri.removeprefix("s3://harbour/reports/") for each in found] == [
        "deep/winds.csv",
        "photo.bin",
        "tides.md",
    ]
    assert all(each.version for each in found)
    (document,) = await found[2].read()
    assert (document.where, document.passages[0].text[:7]) == ("object", "# Tides")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://harbour/secret/keys.txt",
        "s3://harbour/reports/../secret/keys.txt",
        "s3://harbour/reports-2/x",
        "s3://other/reports/x",
        "s3://",
        "gs://harbour/reports/tides.md",
    ],
)
def test_only_what_was_granted_is_read(uri: str, settings: Settings) -> None:
    """By whole prefixes, whatever the spelling."""
    with pytest.raises(SourceRefused):
        source_for(uri, (), settings)


async def test_what_is_not_there_or_does_not_answer_is_told(settings: Settings) -> None:
    """One line, no credentials in it."""
    with pytest.raises(SourceNotFound, match="there is no s3://harbour/reports/gone"):
        await Objects("s3://harbour/reports/gone", settings)("", 1)
    with pytest.raises(SourceNotFound, match="nothing below"):
        await Objects("s3://harbour/reports/empty/", settings)("", 1)
    away = settings.model_copy(update={"swarm_s3_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(SourceUnavailable) as raised:
        await Objects("s3://harbour/reports/tides.md", away)("", 1)
    assert "testing" not in str(raised.value) and "\n" not in str(raised.value)


def test_every_protocol_has_its_library() -> None:
    """What is routed is what can be said to be missing."""
    assert PROTOCOLS.keys() == ROUTED
