"""Pictures that were drawn before, the last ones, within a limit of memory."""

from collections import OrderedDict
from hashlib import sha256

MOST_BYTES = 32 * 1024 * 1024
OVERHEAD = 200  # bytes of an entry beside its picture


class PictureCache:
    """Pictures by their tags; belongs to one process and its event loop."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.size = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()

    def find(self, tag: str) -> bytes | None:
        """The picture with this tag, or None."""
        picture = self._pictures.get(tag)
        if picture is not None:
            self._pictures.move_to_end(tag)
        return picture

    def keep(self, tag: str, picture: bytes) -> None:
        """Keep a picture; those that nobody asked for longest go."""
        if tag in self._pictures or len(picture) > self.most // 8:
            return
        self._pictures[tag] = picture
        self.size += len(picture) + OVERHEAD
        while self.size > self.most:
            _, dropped = self._pictures.popitem(last=False)
            self.size -= len(dropped) + OVERHEAD

    def __len__(self) -> int:
        return len(self._pictures)


def tag_of(*content: object) -> str:
    """What names a picture: all it depends on, as a hash.

    >>> tag_of("demo", 1) == tag_of("demo", 1), tag_of("demo", 1) == tag_of("demo", 2)
    (True, False)
    """
    return sha256(repr(content).encode("utf-8", "backslashreplace")).hexdigest()[:32]
