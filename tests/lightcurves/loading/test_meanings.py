"""What the columns of a collection file mean: limits, words, heads, positions."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FLAGS = 'flags = { value = 0, datatype = "short", bits = { 2 = "upper limit" } }\n'


def write(folder, lightcurves, objects=None):
    head = folder.head
    if objects is not None:
        head = head[: head.index("[objects]")] + objects
    folder.write("stars.toml", head + lightcurves)


def points(db, columns="object_id, passband, obs_time, mag, mag_err"):
    return db.fetch(f"SELECT {columns} FROM stars.photometry ORDER BY 1, 2, 3")


def test_magnitudes_behind_a_sign_are_limits(db, folder):
    long = folder.long.replace(
        'mag = { source = "m",', 'mag = { source = "m", limit = ">",'
    )
    long = long.replace('files = "points*"', 'files = "points*"\nupper_limits = 2')
    write(folder, long + FLAGS)
    folder.write("points.csv", "id,band,t,m,e\na,g,1,>14.211,\na,g,2,13.5,0.1\n")

    folder.load(db, "objects.csv", "points.csv")

    assert points(db, "obs_time, mag, mag_err, flags") == [
        (1.0, 14.211, None, 2),
        (2.0, 13.5, 0.1, 0),
    ]
    assert db.fetch(
        "SELECT g_n_points, g_median FROM stars.objects WHERE g_n_points>0"
    ) == [(2, 13.5)]


def test_negative_magnitudes_can_be_limits(db, folder):
    long = folder.long.replace('source = "m",', 'source = "m", limit = "negative",')
    long = long.replace('files = "points*"', 'files = "points*"\nupper_limits = 2')
    write(folder, long + FLAGS)
    folder.write("points.csv", "id,band,t,m,e\na,g,1,-18.5,1\na,g,2,0,0.1\n")

    folder.load(db, "objects.csv", "points.csv")

    assert points(db, "obs_time, mag, flags") == [(1.0, 18.5, 2), (2.0, 0.0, 0)]


def test_the_limit_stands_in_for_a_missing_magnitude(db, folder):
    long = folder.long.replace('source = "m",', 'source = "m", limit_source = "l",')
    long = long.replace('files = "points*"', 'files = "points*"\nupper_limits = 2')
    write(folder, long + FLAGS)
    folder.write("points.csv", "id,band,t,m,e,l\na,g,1,99.99,1,15\na,g,2,13,0.1,16\n")

    folder.load(db, "objects.csv", "points.csv")

    assert points(db, "obs_time, mag, flags") == [(1.0, 15.0, 2), (2.0, 13.0, 0)]


def test_words_are_mapped_to_passbands_and_flags(db, folder):
    long = folder.long.replace(
        'passband = "band"', 'passband = { source = "band", map = { zg = "g" } }'
    )
    flags = 'flags = { source = "q", datatype = "short", map = { G = 0, X = 1 } }\n'
    write(folder, long + flags)
    folder.write(
        "points.csv", "id,band,t,m,e,q\na,zg,1,10,1,G\na,r,2,11,1,X\na,r,3,1,1,?\n"
    )

    folder.load(db, "objects.csv", "points.csv")

    rows = points(db, "passband, obs_time, flags")
    assert rows == [("g", 1.0, 0), ("r", 2.0, 1)]
    assert folder.rejected() == [
        ("points.csv", 4, "flags is not a number", "a,r,3,1,1,?")
    ]


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ('ra = { form = "hours" }', "4.5,-70", (67.5, -70.0)),
        (
            'ra = { form = "sexagesimal" }\ndec = { form = "sexagesimal" }',
            "00:30:00,-00:30:36",
            (7.5, -0.51),
        ),
    ],
)
def test_positions_can_be_spelled(db, folder, form, written, read):
    rest = "" if "dec" in form else "dec = {}\n"
    objects = (
        '[objects]\nfiles = "objects.csv"\n[objects.columns]\nobject_id = "id"\n'
        f"{form}\n{rest}"
    )
    write(folder, folder.long, objects)
    folder.write("objects.csv", f"id,ra,dec\na,{written}\n")
    folder.write("points.csv", "id,band,t,m,e\na,g,1,10,1\n")

    folder.load(db, "objects.csv", "points.csv")

    assert db.fetch("SELECT ra, dec FROM stars.objects") == [read]


def test_heads_and_names_of_files_tell_objects(db, folder):
    objects = (
        "[objects]\n[objects.columns]\nobject_id = {}\nra = { header = 'RA' }\n"
        "dec = { header = 'dec' }\n"
    )
    long = folder.long.replace('object_id = "id"\n', "").replace(
        'files = "points*"', 'files = "{object_id}_{passband}.csv"'
    )
    write(folder, long.replace('passband = "band"\n', ""), objects)
    folder.write("x 1_g.csv", "# RA = 10.5\n# DEC = -0.0\nt,m,e\n1,10,1\n")
    folder.write("x 1_r.csv", "# RA = 10.5\n# DEC = -0.0\nt,m,e\n2,11,1\n")
    folder.write("y_r.csv", "# RA = 11\nt,m,e\n2,11,1\n")

    report = folder.load(db, "x 1_g.csv", "x 1_r.csv", "y_r.csv")

    assert db.fetch("SELECT object_id, ra, dec, n_points FROM stars.objects") == [
        ("x 1", 10.5, 0.0, 2)
    ]
    assert points(db)[0][:3] == ("x 1", "g", 1.0)
    assert report.losses.rejected == {
        "dec is missing": 1,
        "object_id is not among the objects": 1,
    }


def test_light_curves_in_arrays_are_read(db, folder):
    nested = folder.long.replace('files = "points*"', 'files = "points.parquet"')
    write(folder, nested.replace("[lightcurves]", '[lightcurves]\nlayout = "nested"'))
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "band": ["g", "r", "g"],
            "t": [[2.0, 1.0], [3.0], []],
            "m": [[12.0, 11.0], [13.0], []],
            "e": [[0.2, None], [0.3], []],
        }
    )
    pq.write_table(table, folder.path / "points.parquet")

    folder.load(db, "objects.csv", "points.parquet")

    assert points(db) == [
        ("a", "g", 1.0, 11.0, None),
        ("a", "g", 2.0, 12.0, 0.2),
        ("b", "r", 3.0, 13.0, 0.3),
    ]


def test_points_belong_to_the_nearest_object(db, folder):
    long = folder.long.replace('object_id = "id"\n', "") + (
        'ra = { datatype = "double", unit = "deg" }\n'
        'dec = { datatype = "double", unit = "deg" }\n'
    )
    objects = folder.head[folder.head.index("[objects]") :].replace(
        "[objects]\n", "[objects]\nradius = 2.0\n"
    )
    write(folder, long, objects)
    folder.write("objects.csv", "id,ra,dec\na,0,0\nb,359.999,0\nc,12.5,-90\n")
    folder.write(
        "points.csv",
        "band,t,m,e,ra,dec\ng,1,10,1,0.0001,0\ng,2,11,1,359.9999,0\n"
        "g,3,12,1,359.9989,0\ng,4,13,1,100,-89.9999\ng,5,14,1,50,50\n",
    )

    report = folder.load(db, "objects.csv", "points.csv")

    assert (
        points(db, "object_id, obs_time")
        if False
        else [row[:3] for row in points(db)]
        == [("a", "g", 1.0), ("a", "g", 2.0), ("b", "g", 3.0), ("c", "g", 4.0)]
    )
    assert report.losses.rejected == {"no object within 2 arcsec": 1}


def test_positions_make_objects_where_there_is_no_list(db, folder):
    long = folder.long.replace('object_id = "id"\n', "")
    objects = (
        "[objects]\nradius = 1.0\n[objects.columns]\nobject_id = {}\n"
        "ra = { wrap = true }\ndec = {}\n"
    )
    write(folder, long, objects)
    rng = np.random.default_rng(5)
    stars = [(10.0, 20.0), (10.001, 20.0), (-0.00001, -5.0)]
    for night in range(4):
        rows = [
            f"g,{night},{10 + i},1,{ra + 5e-5 * rng.normal()!r},{dec!r}"
            for i, (ra, dec) in enumerate(stars)
        ]
        folder.write(f"points{night}.csv", "\n".join(["band,t,m,e,ra,dec", *rows]))

    folder.load(db, *(f"points{night}.csv" for night in range(4)))

    assert db.fetch(
        "SELECT round(dec), n_points, g_median FROM stars.objects ORDER BY g_median"
    ) == [(20.0, 4, 10.0), (20.0, 4, 11.0), (-5.0, 4, 12.0)]


def test_whole_numbers_of_64_bits_are_read_beside_what_is_none(db, folder):
    long = folder.long + 'source_id = { datatype = "long", description = "A name" }\n'
    write(folder, long)
    told = [-(2**63) + 1, 2**63 - 1, 5937219875483027328, 2**63, "none"]
    rows = "".join(f"a,g,{t},10,0.1,{number}\n" for t, number in enumerate(told))
    folder.write("points.csv", f"id,band,t,m,e,source_id\n{rows}")

    folder.load(db, "objects.csv", "points.csv")

    found = points(db, "source_id, obs_time, mag")
    assert [one for one, _, _ in found] == sorted(told[:3])
    assert [reason for _, _, reason, _ in folder.rejected()] == [
        "source_id is not a number",
        "source_id does not fit long",
    ]
