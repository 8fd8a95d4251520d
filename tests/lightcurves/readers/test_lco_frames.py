"""Frames of LCO with their catalogues, and those of PANOPTES, which have none."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading import pieces
from vo_lcc.lightcurves.loading.inputs import InputFile
from vo_lcc.lightcurves.loading.pieces import cut_files
from vo_lcc.lightcurves.readers import fits as fits_reader
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.lco_frames import LCO_FRAMES
from vo_lcc.lightcurves.readers.reader import Piece

FRAMES = SHARED / "panoptes_lco"
CATALOGUE = FRAMES / "lco" / "lsc1m005-kb78-20151109-0179-e90_cat.fits"
NAMES = ("ALPHA_J2000", "DELTA_J2000", "FLUX_AUTO", "FLUXERR_AUTO")


def needed(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"there is no {path}")
    return path


def test_all_sources_of_a_frame_are_those_that_astropy_reads():
    path = needed(CATALOGUE)
    expected = fits.getdata(path, 1)

    found = read(LCO_FRAMES, unpacked(path), dict.fromkeys(NAMES, "double"))

    for name in NAMES:
        assert found.columns[name] == expected[name].astype(float).tolist()
    assert found.lines == list(range(1, 243))


def test_the_time_of_a_frame_is_the_middle_of_its_exposure():
    path = needed(CATALOGUE)
    header = fits.getheader(path)
    middle = Time(header["DATE-OBS"], scale="utc").mjd + header["EXPTIME"] / 2 / 86400

    found = read(LCO_FRAMES, unpacked(path), {"FLUX_AUTO": "float"}).header

    assert found["MJD-MID"] == pytest.approx(middle, abs=1e-9)
    assert (found["FILTER"], found["SITEID"]) == ("V", "lsc")


def test_a_catalogue_beside_the_image_has_the_keywords_of_the_image(tmp_path):
    image = fits.ImageHDU(np.zeros((2, 2), "f4"), name="SCI")
    image.header["DATE-OBS"] = "2020-10-06T12:00:00.000"
    image.header["EXPTIME"] = 86.4
    image.header["FILTER"] = "rp"
    columns = [
        fits.Column("ra", "D", array=[-45.1]),
        fits.Column("flux", "D", array=[1]),
    ]
    catalogue = fits.BinTableHDU.from_columns(columns, name="CAT")
    path = tmp_path / "frame.fits"
    fits.HDUList([fits.PrimaryHDU(), image, catalogue]).writeto(path)

    found = read(LCO_FRAMES, unpacked(path), {"ra": "double"})

    assert found.columns == {"ra": [-45.1]}
    assert found.header["FILTER"] == "rp"
    assert found.header["MJD-MID"] == pytest.approx(59128.5005, abs=1e-10)
    assert look(LCO_FRAMES, unpacked(path))[0].header["MJD-MID"]


def test_a_catalogue_without_a_time_is_read_all_the_same():
    path = needed(FRAMES / "lco" / "ogg2m001-ep04-20201006-0097-matched-cat.fits")
    expected = fits.getdata(path, 1)

    found = read(LCO_FRAMES, unpacked(path), {"ra": "double", "flux": "double"})

    assert found.columns["ra"] == expected["ra"].tolist()
    assert max(found.columns["ra"]) < 0
    assert "MJD-MID" not in found.header


@pytest.mark.parametrize(
    "name",
    [
        "lco/coj1m011-kb05-20150219-0125-e90.fits",
        "lco/cpt1m010-kb70-20151219-0073-e10.fits.fz",
        "lco/lsc1m005-kb78-20151109-0179-e90.fits",
        "panoptes/noheader.fits",
        "panoptes/solved.fits.fz",
        "panoptes/tiny.fits",
    ],
)
def test_an_image_is_reported_as_a_file_without_a_table(name):
    path = needed(FRAMES / name)
    piece = Piece(path.name, path.read_bytes())
    reader = find_reader(ANY, piece.content[:65536], path.name)

    with pytest.raises(UsageError, match=rf"{path.name}: .*no binary table"):
        read(reader, piece, {"FLUX_AUTO": "double"})
    with pytest.raises(UsageError, match="no binary table"):
        look(reader, piece)


def test_a_time_that_is_none_is_reported(tmp_path):
    primary = fits.PrimaryHDU()
    primary.header["DATE-OBS"] = "last night"
    primary.header["EXPTIME"] = 10
    table = fits.BinTableHDU.from_columns([fits.Column("flux", "D", array=[1.0])])
    path = tmp_path / "frame.fits"
    fits.HDUList([primary, table]).writeto(path)

    with pytest.raises(UsageError, match=r"frame\.fits: DATE-OBS is 'last night'"):
        read(LCO_FRAMES, unpacked(path), {"flux": "double"})


def test_frames_of_lco_are_known_by_their_origin():
    head = needed(CATALOGUE).read_bytes()[:65536]

    assert find_reader(ANY, head, "x.fits") is LCO_FRAMES
    assert not LCO_FRAMES.knows(head.replace(b"'LCOGT", b"'ESO  "), "x.fits")


def test_all_tables_of_a_long_frame_are_read(tmp_path, monkeypatch):
    path = tmp_path / "frame.fits"
    rows = [np.array([(float(n),)], [("flux", ">f8")]) for n in (1, 2)]
    primary = fits.PrimaryHDU()
    primary.header["ORIGIN"] = "LCOGT"
    fits.HDUList([primary, *map(fits.BinTableHDU, rows)]).writeto(path)
    monkeypatch.setattr(fits_reader, "PART", 1)
    monkeypatch.setattr(pieces, "BLOCK", 1)  # as long as that
    file = InputFile(path, "lightcurves", path.stat().st_size)

    cuttings = list(cut_files((file,), ANY, lambda _: None, tmp_path))

    assert {cutting.reader for cutting in cuttings} == {LCO_FRAMES}
    assert [
        read(LCO_FRAMES, cutting.piece, {"flux": "double"}).columns["flux"]
        for cutting in cuttings
    ] == [[1.0], [2.0]]
