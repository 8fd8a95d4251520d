"""Guesses about single columns, on values made for it."""

import gzip

import pytest

from vo_lcc.cli import main
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import parse_collection, problems_of
from vo_lcc.lightcurves.describing.describe import describe
from vo_lcc.lightcurves.describing.fitting import fit_files

OBJECTS = "id,ra,dec,type\na,10.5,-5.25,RRab\nb,200.125,5.5,EA\n"


def write(folder, points, objects=OBJECTS, name="points.csv"):
    (folder / name).write_text(points)
    if objects:
        (folder / "objects.csv").write_text(objects)
    return [folder]


def rows(times, header="id,{},mag,err", label="mjd"):
    lines = [header.format(label)]
    lines += [f"{'ab'[i % 2]},{t},{14 + i % 3}.25,0.01" for i, t in enumerate(times)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("label", "first", "origin", "asked"),
    [
        ("mjd", 55000.5, 2400000.5, ""),
        ("JD", 2455000.5, 0, ""),
        ("hjd", 2455000.5, 0, ""),
        ("rjd", 55000.5, 2400000, ""),
        ("BTJD", 1500.5, 2457000, ""),
        ("bkjd", 700.5, 2454833, ""),
        ("t", 53000.5, 2400000.5, ""),
        ("t", 2453000.5, 0, ""),
        # the name says one thing, the values another
        ("MJD", 2455000.5, 0, "says that the zero of MJD is JD 2400000.5, but values"),
        ("MJD", 8823.5, 2450000, "as would be 2440000"),
        ("hjd", 4500.5, 2450000, "says that the zero of hjd is JD 0, but values"),
        ("time", 2500.5, 2450000, "time_origin 2450000 is a guess by values like"),
    ],
)
def test_the_zero_of_times_is_told_by_name_and_range(
    tmp_path, label, first, origin, asked
):
    text = describe(
        write(tmp_path, rows([first + i / 7 for i in range(30)], label=label))
    )

    assert f"time_origin = {origin}\n" in text
    assert asked in text
    assert problems_of(text) == []


def test_a_declination_of_the_wrong_sign_is_found_by_the_designation(tmp_path):
    named = "name,ra,dec\n" + "".join(
        f"0{i}4500-0{i}30.0,{11.25 + 15 * i},{-i + 0.5}\n" for i in range(1, 9)
    )
    points = "name,jd,mag\n" + "".join(
        f"0{i}4500-0{i}30.0,{2455000.5 + k},14.{k}\n"
        for i in range(1, 9)
        for k in range(4)
    )

    text = describe(write(tmp_path, points, named))

    assert "dec of 8 of 8 objects disagrees with name" in text
    assert "has -0.5000, the name says -1.5000" in text


def test_sentinels_are_outlying_values_that_repeat(tmp_path):
    lines = [f"a,{2455000 + i / 7},14.{i},0.01" for i in range(20)]
    lines += ["a,2455003.6,99.999,9.999", "a,2455003.7,99.999,null"]
    text = describe(write(tmp_path, "id,jd,mag,err\n" + "\n".join(lines) + "\n"))

    assert 'mag = { source = "mag", missing = 99.999 }' in text
    assert 'missing = ["null", 9.999]' in text


def test_sexagesimal_positions_are_known(tmp_path):
    objects = "id,ra,dec\na,10:20:30.5,-05:06:07\nb,23:59:59.9,+89:00:00\n"
    text = describe(write(tmp_path, rows([55000.5, 55001.5, 55002.5]), objects))

    assert 'ra = { source = "ra", form = "sexagesimal" }' in text
    assert 'dec = { source = "dec", form = "sexagesimal" }' in text


def test_columns_per_passband_make_a_wide_draft(tmp_path):
    points = "id,mjd,g_mag,g_mag_err,r_mag,r_mag_err\n" + "".join(
        f"a,{55000 + i / 7},14.{i},0.01,13.{i},0.02\n" for i in range(12)
    )
    text = describe(write(tmp_path, points))

    assert 'layout = "wide"' in text
    assert 'mag = ["g_mag", "r_mag"]' in text
    assert 'mag_err = ["g_mag_err", "r_mag_err"]' in text
    assert problems_of(text) == []


def test_doubled_rows_are_told(tmp_path):
    line = "a,2455000.5,14.5,0.01\n"
    text = describe(write(tmp_path, "id,jd,mag,err\n" + line * 3))

    assert "2 rows are there twice" in text


def test_names_that_are_no_names_are_left_out(tmp_path):
    objects = "id,ra,dec,select,n_points,42\na,1,2,3,4,5\nb,100,2,3,4,5\n"
    text = describe(write(tmp_path, rows([55000.5, 55001.5]), objects))

    assert problems_of(text) == []
    assert 'select_ = { source = "select"' in text
    assert "n_points =" not in text


def test_texts_of_the_files_cannot_break_the_draft(tmp_path):
    objects = 'id,ra,dec,"a ""]\\\n'.replace("\n", "") + "\n" + 'a,1,2,x\nb,100,2,"y"\n'
    (tmp_path / 'it"s.csv').write_text(rows([55000.5, 55001.5, 55002.25]))
    text = describe(write(tmp_path, rows([55000.5, 55001.5]), objects))

    assert problems_of(text) == []


def test_there_must_be_files_with_light_curves(tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        describe([tmp_path])
    (tmp_path / "a.csv").write_text("a,b\n1,x\n")
    with pytest.raises(UsageError, match=r"no light curves .* a\.csv has a, b"):
        describe([tmp_path])
    with pytest.raises(UsageError, match="No such file"):
        describe([tmp_path / "none"])


def test_one_damaged_file_among_others_is_told(tmp_path):
    paths = write(tmp_path, rows([55000.5, 55001.5]))
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(b"id,jd\n" * 999)[:30])

    text = describe(paths)

    assert "more.csv.gz" in text
    assert "cannot be read" in text


FIT = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
time = { timescale = "UTC", refposition = "TOPOCENTER" }
[passbands]
g = {}
[objects]
files = "objects.csv"
columns = { object_id = "id", ra = {}, dec = {} }
[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = "id"
obs_time = "mjd"
mag = "mag"
mag_err = "err"
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("", "", []),
        ('"mag"', '"m"', ["points.csv has no column 'm'; it has id, mjd, mag, err"]),
        (
            'refposition = "TOPOCENTER"',
            'refposition = "TOPOCENTER", time_origin = 0',
            ["with JD 0 times from 55000 to 55001 are not between 1800 and 2100"],
        ),
        ('"mag"', '"id"', ["2 values are no numbers, like 'a', 'b'"]),
        (
            'obs_time = "mjd"',
            'obs_time = "mjd"\npassband = "id"',
            ["has the passbands a, b; [passbands] has g"],
        ),
        ("ra = {}", 'ra = { header = "RA" }', ["objects.csv has no keyword 'RA'"]),
    ],
)
def test_a_collection_file_is_tried_on_the_first_rows(tmp_path, right, wrong, said):
    paths = write(tmp_path, rows([55000, 55001]))
    path = tmp_path / "stars.toml"
    path.write_text(FIT.replace(right, wrong) if right else FIT)

    told = [text for _, text in fit_files(parse_collection(path), paths)]

    assert len(told) == len(said)
    for words, text in zip(said, told, strict=True):
        assert words in text


def test_the_commands_write_check_and_refuse(tmp_path, monkeypatch, capsys):
    write(tmp_path, rows([55000.5, 55001.5, 55002.5]))
    monkeypatch.chdir(tmp_path)
    files = ["objects.csv", "points.csv"]

    assert main(["describe", *files, "--name", "stars", "--output", "stars.toml"]) == 0
    assert "stars.toml: written" in capsys.readouterr().out
    assert main(["describe", *files, "--output", "stars.toml"]) == 1
    assert "there already" in capsys.readouterr().err
    assert main(["check", "stars.toml", "--files", *files]) == 0
    checked = capsys.readouterr().out
    assert "stars.toml: fine (stars: " in checked
    assert "so are the files" in checked
    text = (tmp_path / "stars.toml").read_text()
    (tmp_path / "stars.toml").write_text(text.replace('"mag"', '"m"'))
    assert main(["check", "stars.toml", "--files", *files]) == 1
    told = capsys.readouterr().err
    assert "lightcurves.columns.mag: points.csv has no column 'm'" in told


def test_a_folder_with_a_table_whose_columns_share_names_is_described(tmp_path):
    folder = write(tmp_path, rows([55000.5 + i / 7 for i in range(30)]))
    (tmp_path / "README.md").write_text("| file | object |\n|---|---|\n| a | b |\n" * 9)
    (tmp_path / "twice.csv").write_text("id,a,a\n1,2,x\n2,3,y\n")

    text = describe(folder)

    assert 'files = "points.csv"\n' in text
    assert problems_of(text) == []
