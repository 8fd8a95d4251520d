"""Many light curves as one zip file, written while they are read."""

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

from vo_lcc.curves.curves import Curves
from vo_lcc.curves.finding import Fault
from vo_lcc.curves.layouts import Part, single_curves
from vo_lcc.curves.reading import Compute, at_once
from vo_lcc.formats import Format
from vo_lcc.formats.document import document_bytes
from vo_lcc.heads import DocumentHead
from vo_lcc.lightcurves.identifiers import CurveId

MEDIA_TYPE = "application/zip"
MANIFEST = "manifest.csv"
LEVEL = 1  # of zlib: the files are small, and many
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file knows: equal answers are equal
LONGEST = 160
"""Characters of the name of an object in those of files, which end at 255 bytes."""

LISTED = (
    *("file", "publisher_did", "collection", "object_id", "passband"),
    *("ra", "dec", "n_points", "fault"),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the files of a zip have in common."""

    format: Format
    document: DocumentHead
    authority: str | None
    faults: Sequence[Fault] = ()

    async def pieces(
        self, parts: Sequence[Part], compute: Compute = at_once
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of the zip: a file for each light curve, then the manifest."""
        zipped = Zipped()
        listed: list[tuple[object, ...]] = []
        for part in parts:
            async with aclosing(part.pieces):
                async for curves in part.pieces:
                    listed += await compute(self.add, zipped, curves)
                    yield zipped.taken()
        blank = [""] * 6
        listed += [("", fault.text, *blank, fault.error) for fault in self.faults]
        yield zipped.finish(manifest(listed))

    def add(self, zipped: "Zipped", curves: Curves) -> list[tuple[object, ...]]:
        """Put a file for each light curve into the zip; their rows in the manifest."""
        listed: list[tuple[object, ...]] = []
        keys = curves.keys.filter(curves.counts > 0).to_pylist()
        for values, (head, batch) in zip(keys, single_curves(curves), strict=True):
            curve = CurveId(
                curves.collection.name, values["object_id"], values["passband"]
            )
            name = zipped.free(file_name(curve, self.format.extension))
            table = (head, [batch])
            zipped.add(name, document_bytes(self.format, self.document, [table]))
            place = (values["ra"], values["dec"])
            own = (curve.collection, curve.object_id, curve.passband)
            did = curve.did(self.authority)
            listed.append((name, did, *own, *place, batch.num_rows, ""))
        return listed


class Zipped:
    """A zip file that is sent while it is made."""

    def __init__(self) -> None:
        self._buffer = Outlet()
        self._names: Counter[str] = Counter()
        self._file = zipfile.ZipFile(
            self._buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL
        )

    def free(self, name: str) -> str:
        """The name, or one like it where one that differs by case only was given.

        Where names are unpacked without regard to case, one would overwrite another.
        """
        self._names[name.lower()] += 1
        count = self._names[name.lower()]
        stem, dot, extension = name.rpartition(".")
        return name if count == 1 else f"{stem}~{count}{dot}{extension}"

    def add(self, name: str, content: bytes) -> None:
        """One more file."""
        info = zipfile.ZipInfo(name, DATE)
        info.external_attr = 0o644 << 16
        self._file.writestr(info, content, zipfile.ZIP_DEFLATED, LEVEL)

    def taken(self) -> bytes:
        """The bytes that there are, which are then forgotten."""
        return self._buffer.taken()

    def finish(self, listed: bytes) -> bytes:
        """The last bytes, after the manifest."""
        self.add(MANIFEST, listed)
        self._file.close()
        return self.taken()


class Outlet(io.RawIOBase):
    """What is written, until it is taken."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Keep the bytes; how many they are."""
        self._bytes += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = bytes(self._bytes)
        self._bytes.clear()
        return found


def file_name(curve: CurveId, extension: str) -> str:
    """Where the file of a light curve is in the zip.

    >>> file_name(CurveId("demo", "V* a/b", "g"), "csv")
    'demo/V%2A%20a%2Fb/V%2A%20a%2Fb_g.csv'
    >>> file_name(CurveId("demo", "..", "g"), "csv")
    'demo/%2E%2E/%2E%2E_g.csv'
    """
    assert curve.passband is not None
    name, passband = safe(curve.object_id), safe(curve.passband)
    return f"{curve.collection}/{name}/{name}_{passband}.{extension.lstrip('.')}"


def safe(name: str) -> str:
    """A name that is one file or folder, wherever it is unpacked.

    A long one is cut, with a hash of all of it at the end.
    """
    quoted = quote(name, safe="+")
    if not quoted.strip("."):
        return quoted.replace(".", "%2E")
    if len(quoted) <= LONGEST:
        return quoted
    mark = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{quoted[: LONGEST - 17]}~{mark}"


def manifest(rows: Iterable[Sequence[object]]) -> bytes:
    """What is in the zip, and what could not be: a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(LISTED)
    writer.writerows(rows)
    return text.getvalue().encode()
