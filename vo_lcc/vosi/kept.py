"""Documents that were made before, with what HTTP says of them, in bounded memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Self

from vo_lcc.dali.coding import CODINGS

OVERHEAD = 1000  # bytes of an entry beside its document

IDENTITY = "identity"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """A document in every coding there is, and a hash of it; `size` is that of all."""

    codings: Mapping[str, bytes]
    digest: str
    media_type: str
    size: int

    @classmethod
    def of(cls, body: bytes, media_type: str = XML) -> Self:
        """The document `body`, compressed."""
        codings = {IDENTITY: body}
        for name, packer in CODINGS.items():
            packing = packer()
            codings[name] = packing.pack(body) + packing.end()
        size = sum(map(len, codings.values()))
        digest = sha256(body).hexdigest()[:32]
        return cls(MappingProxyType(codings), digest, media_type, size)

    def tag(self, coding: str) -> str:
        """The ETag of the document in a coding: a strong one, so each has its own.

        >>> Document.of(b"<a/>").tag("gzip")
        '29114363f749a0226b6988dda3ca2492-gzip'
        """
        return self.digest if coding == IDENTITY else f"{self.digest}-{coding}"

    def tags(self) -> list[str]:
        """The ETags of all codings."""
        return [self.tag(coding) for coding in self.codings]


class Documents:
    """The documents asked for last, of one version of what is published.

    They take `most` bytes at most. Each is made once, however many ask for it at the
    same time. Belongs to one event loop.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._version = ""
        self._kept: OrderedDict[Hashable, Document] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[Document]] = {}

    async def get(
        self, version: str, key: Hashable, make: Callable[[], Awaitable[Document]]
    ) -> Document:
        """The document with this key, made now if it is not kept."""
        if version != self._version:
            self._forget(version)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        whole = (version, key)
        task = self._making.get(whole)
        if task is None:
            task = asyncio.ensure_future(self._made(version, key, make))
            self._making[whole] = task
            task.add_done_callback(lambda _: self._making.pop(whole))
        return await asyncio.shield(task)  # who asked first may leave

    def __len__(self) -> int:
        return len(self._kept)

    async def _made(
        self, version: str, key: Hashable, make: Callable[[], Awaitable[Document]]
    ) -> Document:
        document = await make()
        if version == self._version and document.size + OVERHEAD <= self.most:
            self._kept[key] = document
            self.size += document.size + OVERHEAD
            while self.size > self.most:
                _, dropped = self._kept.popitem(last=False)
                self.size -= dropped.size + OVERHEAD
        return document

    def _forget(self, version: str) -> None:
        self._version = version
        self._kept.clear()
        self.size = 0
