"""XML piece by piece, without entities, document types or anything from elsewhere.

expat does the parsing; what is not well-formed, or built to exhaust a reader, is told
in words with its line and column.
"""

from collections.abc import Mapping
from typing import Protocol
from xml.parsers import expat
from xml.parsers.expat import errors

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown

DEPTH = 100
"""Elements inside each other, at most."""

TOKEN = 2**20
"""Bytes of one tag or comment, at most."""

UNICODE = ("utf-8", "utf-16", "utf-16le", "utf-16be")
"""Encodings with characters of several bytes that are read."""

TEXT_PIECE = 2**16
"""Characters of text that are told at once, at most."""

CUT_SHORT = {
    errors.codes[message]
    for message in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


class Events(Protocol):
    """What is told of elements, in order."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element starts; `name` is as the document writes it."""
        ...

    def text(self, text: str) -> None:
        """A piece of text."""
        ...

    def end(self, name: str) -> None:
        """An element ends."""
        ...


class XMLFeed:
    """Parses a document that is fed in pieces, and tells `Events` of it.

    Raises UsageError where it is not well-formed, has a document type, or has tags or
    depths beyond any table.
    """

    def __init__(self, events: Events) -> None:
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = TEXT_PIECE
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._declared
        self._fed = 0
        self.encoding: str | None = None
        self.listen(events)

    def listen(self, events: Events) -> None:
        """Tell these events from here on."""
        self._parser.StartElementHandler = events.start
        self._parser.CharacterDataHandler = events.text
        self._parser.EndElementHandler = events.end

    @property
    def at(self) -> int:
        """The byte, of all that were fed, at which the present event began."""
        return self._parser.CurrentByteIndex

    @property
    def fed(self) -> int:
        """The number of bytes that were fed."""
        return self._fed

    @property
    def line(self) -> int:
        """The line, from 1, at which the present event began."""
        return self._parser.CurrentLineNumber

    @property
    def place(self) -> str:
        """Where the present event began, in words."""
        column = self._parser.CurrentColumnNumber + 1
        return f"line {self._parser.CurrentLineNumber}, column {column}"

    def feed(self, data: bytes) -> None:
        """Parse the next piece."""
        self._parse(data, False)
        self._fed += len(data)
        if self._fed - self.at > TOKEN:
            raise UsageError(
                f"a tag or comment of more than {TOKEN} bytes begins at {self.place}"
            )

    def close(self) -> None:
        """Tell that the document has ended."""
        self._parse(b"", True)

    def _parse(self, data: bytes, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            place = f"line {error.lineno}, column {error.offset + 1}"
            if last and error.code in CUT_SHORT:
                raise UsageError(
                    f"the document is cut short: it ends at {place}, with elements"
                    " still open; send it whole"
                ) from None
            problem = expat.ErrorString(error.code)
            raise UsageError(f"the XML is malformed at {place}: {problem}") from None

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is None:
            return
        self.encoding = encoding.lower()
        if self.encoding not in UNICODE and not _has_single_bytes(encoding):
            raise UsageError(
                f"the encoding {shown(encoding)} of the document is not known;"
                " write it in UTF-8"
            )

    def _refuse_doctype(self, name: str, *_: object) -> None:
        raise UsageError(
            f"the document has a DOCTYPE ({shown(name)}, at {self.place}), which is not"
            " read, for it may declare entities; remove it (VOTable needs none)"
        )


def _has_single_bytes(encoding: str) -> bool:
    """Whether each byte is a character in this encoding.

    >>> _has_single_bytes("latin-1"), _has_single_bytes("big5")
    (True, False)
    """
    try:
        return len(bytes(range(256)).decode(encoding, "replace")) == 256
    except (LookupError, UnicodeError):
        return False
