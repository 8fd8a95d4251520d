"""The STREAM of a table: base64 that is decoded as it comes (VOTable 1.5, 5.6)."""

import re
from collections.abc import Callable, Mapping

from pybase64 import b64decode

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.votable.xml import XMLFeed

_BLANKS = re.compile(r"[ \t\r\n]+")


class Stream:
    """Decodes the text of one STREAM and gives the bytes to `push`.

    Only base64 can stand in XML: there is no network to follow an href, and no other
    encoding leaves legal characters. Raises UsageError for those, and for what is no
    base64.
    """

    def __init__(
        self,
        attributes: Mapping[str, str],
        push: Callable[[bytes], None],
        feed: XMLFeed,
    ) -> None:
        if "href" in attributes:
            raise UsageError(
                f"the data of the table are elsewhere ({shown(attributes['href'])}) and"
                " are not fetched; send them within the document, in base64"
            )
        self._encoding = attributes.get("encoding", "none")
        self._push = push
        self._feed = feed
        self._rest = ""
        self._decoded = 0

    def text(self, text: str) -> None:
        """A piece of the text, cut anywhere."""
        text = _BLANKS.sub("", text)
        if text and self._encoding != "base64":
            raise UsageError(
                f"the STREAM has the encoding {shown(self._encoding)}, which cannot"
                " hold binary data in XML; use base64"
            )
        text = self._rest + text
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        self._decode(text[:whole])

    def end(self) -> None:
        """The STREAM has ended."""
        if self._rest:
            raise UsageError(
                f"the base64 is cut short ({self._feed.place}): {len(self._rest)}"
                " characters are left that are no whole group of four"
            )

    def _decode(self, text: str) -> None:
        try:
            data = b64decode(text, validate=True)
        except ValueError as error:
            raise UsageError(
                f"the data are no base64 ({self._feed.place}, after"
                f" {self._decoded} bytes): {error}"
            ) from None
        self._decoded += len(data)
        if text.endswith("="):
            self._encoding = "none"  # nothing may follow the padding
        self._push(data)
