"""Text that tells its columns: fixed width, byte-by-byte descriptions, ECSV, AAVSO."""

import io
import warnings
from dataclasses import replace

import numpy as np
import pytest
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.aavso import AAVSO
from vo_lcc.lightcurves.readers.byte_ranges import Range
from vo_lcc.lightcurves.readers.ecsv import ECSV
from vo_lcc.lightcurves.readers.fixed import CDS, FIXED, MRT
from vo_lcc.lightcurves.readers.known import READERS, find_reader
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.lightcurves.readers.text import TEXT

BARE = Files(columns={}, header=False)
STRIPE82 = SHARED / "stripe82_rrlyrae" / "apj326724t2_mrt.txt.gz"
BYTES = """\
Byte-by-byte Description of file: table1.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label  Explanations
--------------------------------------------------------------------------------
   1-  3 A3     ---     Name   Name of the star
   5-  6 I2     h       RAh    ? Right ascension,
                                hours
   8- 12 F5.2   mag     Vmag   ?=99.99 Magnitude
      14 A1     ---   l_Vmag   [<>] Limit
--------------------------------------------------------------------------------
Note (1): A note,
  of two lines.
--------------------------------------------------------------------------------
"""
ROWS = "abc 01 12.50\nde   2  >9.9 >\n\nf      13.25\n"
EXPECTED = {"Name": ["abc", "de", "f"], "RAh": [1, 2, None]}


@pytest.fixture
def stripe82():
    if not STRIPE82.exists():
        pytest.skip("the shared data are not beside the checkout")
    return unpacked(STRIPE82)


def test_the_real_table_of_the_aas_is_as_astropy_reads_it(stripe82):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = Table.read(
            stripe82.content.decode().rstrip().split("\n"), format="ascii.mrt"
        )
    (seen,) = look(MRT, stripe82)
    kinds = {c.name: "string" if c.is_text else "double" for c in seen.columns}

    found = read(MRT, stripe82, kinds)

    assert list(kinds) == other.colnames
    assert len(found.lines) == len(other) == 483
    for name in other.colnames:
        assert found.columns[name] == other[name].tolist()
    assert seen.columns[2].words == {
        "datatype": "double",
        "unit": "d",
        "description": "Period",
    }
    assert found.header["Authors"].startswith("Sesar B., Ivezic I.")


def test_the_real_table_is_the_same_in_pieces(stripe82):
    wanted = {"Num": "int64", "Per": "double", 5: "double"}
    whole = read(MRT, stripe82, wanted)
    end = MRT.head(stripe82.content, ANY)
    cut = stripe82.content.index(b"\n", 100_000) + 1
    before = stripe82.content[:cut].count(b"\n")

    parts = [
        read(
            MRT, replace(stripe82, content=content, head=head, first_line=line), wanted
        )
        for content, head, line in [
            (stripe82.content[:cut], b"", 1),
            (stripe82.content[cut:], stripe82.content[:end], before + 1),
        ]
    ]

    assert [x for p in parts for x in p.columns["Per"]] == whole.columns["Per"]
    assert [x for p in parts for x in p.lines] == whole.lines
    assert find_reader(ANY, stripe82.content[:65536], "t2.txt") is MRT


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_description_tells_columns_units_and_where_rows_begin(end):
    piece = Piece("t.txt", (BYTES + ROWS).replace("\n", end).encode())
    wanted = {"Name": "string", "RAh": "int32", "Vmag": "float", "l_Vmag": "string"}

    found = read(MRT, piece, wanted)
    (seen,) = look(MRT, piece)

    assert found.columns == {
        **EXPECTED,
        "Vmag": ["12.50", ">9.9", "13.25"],
        "l_Vmag": ["", ">", ""],
    }
    first = BYTES.count("\n") + 1
    assert found.lines == [first, first + 1, first + 3]
    assert [(c.name, c.datatype, c.unit) for c in seen.columns] == [
        ("Name", "char", None),
        ("RAh", "long", "h"),
        ("Vmag", "char", "mag"),
        ("l_Vmag", "char", None),
    ]
    assert seen.columns[1].description == "? Right ascension, hours"


def test_the_readme_beside_a_file_describes_it():
    readme = f"J/ApJ/1/1\n{BYTES.replace('table1', 'table2')}\n{BYTES}"
    piece = Piece("x/table1.dat", ROWS.encode(), companion=readme.encode())

    found = read(CDS, piece, {"Name": "string", "RAh": "int32"})

    assert found.columns == EXPECTED
    assert CDS.companion("table1.dat") == "ReadMe"
    with pytest.raises(
        UsageError, match=r"no byte-by-byte description tells of t3.dat"
    ):
        read(CDS, replace(piece, file="t3.dat"), {"Name": "string"})
    with pytest.raises(UsageError, match="there is no ReadMe beside it"):
        read(CDS, replace(piece, companion=None), {"Name": "string"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("   5-  6 I2", "xx 5-  6 I2", "line 6: no line of a byte-by-byte"),
        ("   5-  6 I2", "   7-  6 I2", "bytes 7-6"),
        (BYTES[-400:], "", "it does not end|does not end: it has 2"),
    ],
)
def test_a_broken_description_is_told(old, new, said):
    with pytest.raises(UsageError, match=said):
        read(MRT, Piece("t", BYTES.replace(old, new).encode()), {"Name": "string"})


def test_fixed_width_is_read_by_bytes():
    piece = Piece("t", b"# no row\nabc 01 12.50\nde   2  9.9  x\n\xc3\xa9 \xff 3\n")
    wanted = {"1-3": "string", "5 - 6": "int32", "1-6": "string", "99": "double"}

    found = read(FIXED, piece, wanted, BARE)

    assert found.columns == {
        "1-3": ["abc", "de"],
        "5 - 6": [1, 2],
        "1-6": ["abc 01", "de   2"],
        "99": [None, None],
    }
    assert found.lines == [2, 3]
    assert [(line, reason) for line, reason, _ in found.complaints] == [
        (4, "not UTF-8")
    ]
    with pytest.raises(UsageError, match='by their bytes \\("1-12"\\)'):
        read(FIXED, piece, {"mag": "double"}, BARE)


@pytest.mark.parametrize("text", ["0-3", "5-2", "1-9999"])
def test_bytes_that_are_none_are_told(text):
    with pytest.raises(UsageError, match=f"bytes {text}: the first is from 1"):
        Range.of(text)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("ab c", max_size=4), st.integers(-999, 9999)), min_size=1
    )
)
def test_any_table_of_fixed_width_comes_back(rows):
    text = "".join(f"{name:4}|{value:5}\n" for name, value in rows)

    found = read(
        FIXED, Piece("t", text.encode()), {"1-4": "string", "6-10": "int32"}, BARE
    )

    assert found.columns == {
        "1-4": [name.strip(" ") for name, _ in rows],
        "6-10": [value for _, value in rows],
    }


@pytest.mark.parametrize("delimiter", [" ", ","])
def test_ecsv_is_as_astropy_writes_it(delimiter):
    table = Table(
        {
            "id": np.array(["a b", "", "c,d"]),
            "t": [2458269.9783680825, 0.1, 2.0],
            "m": np.ma.masked_array([1.5, 2.5, 3.5], mask=[0, 1, 0], dtype="f4"),
        },
        units={"t": "d", "m": "mag"},
        descriptions={"t": "Time of observation"},
        meta={"RA": 1.25, "name": "x"},
    )
    stream = io.StringIO()
    table.write(stream, format="ascii.ecsv", delimiter=delimiter)
    piece = Piece("x.ecsv", stream.getvalue().encode())

    found = read(ECSV, piece, {"id": "string", "t": "double", 3: "float"})
    (seen,) = look(ECSV, piece)

    assert find_reader(ANY, piece.content, "x.txt") is ECSV
    assert found.columns == {
        "id": ["a b", "", "c,d"],
        "t": [2458269.9783680825, 0.1, 2.0],
        3: [1.5, None, 3.5],
    }
    assert found.header == {"RA": "1.25", "name": "x"}
    assert [(c.name, c.datatype, c.unit, c.description) for c in seen.columns] == [
        ("id", "unicodeChar", None, None),
        ("t", "double", "d", "Time of observation"),
        ("m", "float", "mag", None),
    ]


def test_dashes_are_a_row_of_ecsv():
    text = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: string}\na\n"

    found = read(ECSV, Piece("x", f"{text}x\n-----\n".encode()), {"a": "string"})

    assert found.columns == {"a": ["x", "-----"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# %ECSV 1.0\n# ---\n# {x: [\na\n1\n", "the head of the ECSV"),
        ("# %ECSV 1.0\n# ---\n# x: 1\na\n1\n", "no list `datatype`"),
        (
            "# %ECSV 1.0\n# ---\n# delimiter: ;\n# datatype:\n"
            "# - {name: a, datatype: int64}\na\n1\n",
            "blanks or commas between fields, not ';'",
        ),
        (
            "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int64}\nb\n1\n",
            "the names of the columns are b, but the head of the ECSV tells of a",
        ),
        ("# %ECSV 1.0\n# ---\n# datatype: !!python/object:os.system x\n", "`datatype`"),
    ],
)
def test_broken_ecsv_is_told(content, said):
    with pytest.raises(UsageError, match=said):
        read(ECSV, Piece("x.ecsv", content.encode()), {"a": "int64"})


EXTENDED = """\
#TYPE=Extended
#OBSCODE=TST01
#SOFTWARE=none, really
#DELIM={name}
#DATE=JD
#OBSTYPE=CCD
{names}SS CYG,2450702.1234,11.135,0.003,V,NO,STD,105,na,na,na,1.2,na,X16382L,a note
SS CYG,2450702.1254,<11.1,na,V,NO,STD,105,na,na,na,1.2,na,X16382L,na
"""
NAMES = "#NAME,DATE,MAG,MERR,FILT,TRANS,MTYPE,CNAME,CMAG,KNAME,KMAG"
NAMES += ",AMASS,GROUP,CHART,NOTES\n"


@pytest.mark.parametrize("names", ["", NAMES])
@pytest.mark.parametrize(("name", "sign"), [("comma", ","), ("|", "|"), ("!", "!")])
def test_observations_of_the_aavso_are_read(names, name, sign):
    head, *rest = EXTENDED.partition("#DATE")
    text = head.format(name=name) + "".join(rest).format(names=names).replace(",", sign)
    piece = Piece("x.txt", text.encode())
    wanted = {"NAME": "string", "DATE": "double", "MAG": "float", "FILT": "string"}

    found = read(AAVSO, piece, wanted)

    assert find_reader(ANY, piece.content, "x.txt") is AAVSO
    assert found.columns == {
        "NAME": ["SS CYG", "SS CYG"],
        "DATE": [2450702.1234, 2450702.1254],
        "MAG": ["11.135", "<11.1"],
        "FILT": ["V", "V"],
    }
    assert found.header["OBSCODE"] == "TST01"
    assert found.header["DATE"] == "JD"


def test_visual_observations_of_the_aavso_are_read():
    text = "#TYPE=Visual\n#DELIM=,\nSS CYG,2450702.1,<11.1,U,110,113,070613,na\n"

    found = read(AAVSO, Piece("x", text.encode()), {"MAG": "float", "CHART": "string"})

    assert found.columns == {"MAG": ["<11.1"], "CHART": ["070613"]}


def test_a_reader_is_found_by_its_name_or_by_the_content():
    assert find_reader(Files(columns={}, reader="text"), b"# %ECSV 1.0", "x") is TEXT
    assert find_reader(ANY, b"", "x.csv") is TEXT
    assert len({reader.name for reader in READERS}) == len(READERS)
    with pytest.raises(UsageError, match="no reader is called 'cvs'; there are "):
        find_reader(Files(columns={}, reader="cvs"), b"", "x")
    with pytest.raises(UsageError, match=r"x\.bin: no reader knows this file"):
        find_reader(ANY, bytes(range(32)) * 9, "x.bin")
