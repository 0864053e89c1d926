"""GitHub: a repository's tree, a file in it, or the places in its files that answer a query."""

import asyncio
from dataclasses import dataclass, field

from pydantic import SecretStr

from integrations.addresses import API, Address, origin_of, parse_address
from integrations.clone import Entry, Found, find
from integrations.github_client import MANNERS, Manners
from integrations.reading import BINARY, Kind, decode, kind_of_name, read
from swarm.chunks import chunks
from swarm.errors import SourceError, SourceRefused
from swarm.passages import Passage
from swarm.ranking import best, spread


@dataclass(frozen=True)
class Repository:
    """A repository, or a folder or file in it; without a token only public ones, and few requests an hour."""

    name: str
    ref: str = ""
    path: str = ""
    base_url: str = API
    token: SecretStr | None = None
    manners: Manners = field(default=MANNERS, compare=False, repr=False)

    @classmethod
    def parse(
        cls, uri: str, *, base_url: str = API, token: SecretStr | None = None, manners: Manners = MANNERS
    ) -> "Repository":
        """Read an address such as https://github.com/OWNER/REPO/blob/main/README.md; raises SourceRefused."""
        address = parse_address(uri, origin_of(base_url))
        return cls(address.name, address.ref, address.path, base_url, token, manners)

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages.

        Without a query: the tree and the beginning of the README, or of the file this names. A query that is a path
        reads that file; any other is searched for. Raises SourceError.
        """
        found = await self._find(query.strip())
        passages = [passage for entry, body in found.files for passage in await self._read(entry, body, found)]
        if found.listing:
            return spread([*self._listing(found), *passages], k)
        return best(passages, "" if found.named else query, k)

    async def whole(self) -> Passage:
        """Return the text of one file as it is. Raises SourceError."""
        found = await self._find("")
        if found.listing or not found.files:
            raise SourceRefused(f"{self.path or self.name} is a folder of {self.name}; name one of its files")
        ((entry, body),) = found.files
        uri = f"{self._page}/blob/{found.ref}/{entry.path}"
        return Passage(uri=uri, title=entry.path, where="github", text=decode(body, None, entry.path))

    @property
    def _page(self) -> str:
        return f"{origin_of(self.base_url)}/{self.name}"

    async def _find(self, query: str) -> Found:
        address = Address(self.name, self.ref, self.path)
        return await asyncio.to_thread(find, address, query, self.base_url, self.token, self.manners)

    async def _read(self, entry: Entry, body: bytes, found: Found) -> list[Passage]:
        """Read one file; among several, one that cannot be read is left out."""
        # Pages in a repository are wanted as source, so all that is no document is text.
        named = kind_of_name(entry.path)
        kind: Kind = named if named in BINARY else "text"
        uri = f"{self._page}/blob/{found.ref}/{entry.path}"
        try:
            passages = await read(body, kind=kind, uri=uri, where="github")
        except SourceError:
            if len(found.files) == 1 and not found.listing:  # it alone was asked for
                raise
            return []
        return [passage.model_copy(update={"title": entry.path}) for passage in passages]

    def _listing(self, found: Found) -> list[Passage]:
        uri = self._page + (f"/tree/{found.ref}/{self.path}" if self.path else "")
        text = "\n".join(f"{entry.path} ({entry.about})" for entry in found.listing)
        title = f"{self.name}: {len(found.listing)} files{' (first part)' if found.cut else ''}"
        return [
            Passage(uri=uri, title=title, where="github", text=f"{title}\n{piece.text}") for piece in chunks(text, 1100)
        ]
