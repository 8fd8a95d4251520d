"""Periods found through the HTTP service alone."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pyvo
import requests
from astropy.io.votable import parse_single_table
from lxml import etree

from vo_lcc.config import Config

PERIOD = 0.7213
WAIT = 60


def get(server, **params) -> requests.Response:
    return requests.get(f"{server}/periodogram/sync", params=params, timeout=60)


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def problem_of(answer: requests.Response) -> str:
    (info,) = [
        each
        for each in answer.text.split("<INFO")
        if 'name="QUERY_STATUS" value="ERROR"' in each
    ]
    return info.partition(">")[2].partition("</INFO>")[0]


@pytest.fixture(scope="module")
def variable(server) -> tuple[str, float]:
    """A periodic star of the demo: its identifier and period."""
    query = (
        "SELECT TOP 1 object_id, period FROM demo.objects"
        " WHERE period BETWEEN 0.3 AND 3 ORDER BY r_amplitude DESC"
    )
    found = requests.get(
        f"{server}/tap/sync",
        params={"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"},
        timeout=30,
    )
    (row,) = csv.DictReader(io.StringIO(found.text))
    return f"demo/{row['object_id']}", float(row["period"])


@pytest.fixture(scope="module")
def uploaded() -> str:
    """A light curve of a user: CSV with two passbands."""
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(58_000, 58_200, 120))
    values = 12 + 0.4 * np.sin(2 * np.pi * times / PERIOD) + rng.normal(0, 0.02, 120)
    lines = [
        f"{t:.6f},{v:.4f},0.02,{'gr'[i % 2]}"
        for i, (t, v) in enumerate(zip(times, values, strict=True))
    ]
    return "\n".join(["hjd,mag,mag_err,band", *lines])


def test_the_best_period_of_a_stored_light_curve(server, variable):
    name, period = variable

    first, *others = rows_of(get(server, ID=name, NTERMS=3, RESPONSEFORMAT="csv"))

    assert len(others) == 4
    assert first["rank"] == "1"
    ratio = float(first["period"]) / period
    assert min(abs(ratio - n) for n in (0.5, 1, 2)) < 1e-3
    assert first["fap"] == ""
    assert float(first["period_err"]) > 0


def test_one_passband_has_a_false_alarm_probability(server, variable):
    name, _ = variable

    first, *_ = rows_of(get(server, ID=f"{name}/r", RESPONSEFORMAT="csv"))

    assert 0 <= float(first["fap"]) <= 1


def test_peaks_say_what_they_are_in_a_votable(server, variable):
    name, _ = variable
    did = f"ivo://x-unregistered/~?{name}"

    table = parse_single_table(io.BytesIO(get(server, ID=did, BAND="g,r").content))

    assert table.name == "peaks"
    assert [str(f.unit) for f in table.fields[1:4]] == ["d", "d", "1 / d"]
    assert {p.name: p.value for p in table.params}["passbands"] == "g r"
    epoch = table.get_field_by_id_or_name("epoch_max")
    assert epoch.ucd == "time.epoch"
    assert epoch.ref is not None


@pytest.mark.parametrize("form", ["votable", "fits", "parquet", "csv", "json"])
def test_a_spectrum_comes_in_any_format(server, variable, form):
    name, _ = variable

    answer = get(
        server, ID=name, OUTPUT="spectrum", FMIN=1, FMAX=1.1, RESPONSEFORMAT=form
    )

    assert answer.status_code == 200
    assert len(answer.content) > 500


def test_a_spectrum_has_every_frequency(server, variable):
    name, _ = variable
    asked = {"ID": name, "OUTPUT": "spectrum", "FMIN": 1, "FMAX": 1.1}

    rows = parse_single_table(io.BytesIO(get(server, **asked).content)).array.data

    step = np.diff(rows["frequency"])
    assert step == pytest.approx(np.full(len(step), step[0]), rel=1e-6)
    assert rows["frequency"][0] == 1
    assert np.all((rows["power"] >= 0) & (rows["power"] <= 1))
    assert rows["period"] == pytest.approx(1 / rows["frequency"])
    finer = get(server, **asked, OVERSAMPLING=10, RESPONSEFORMAT="csv")
    assert len(rows_of(finer)) == pytest.approx(2 * len(rows), abs=2)


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<")],
)
def test_a_spectrum_can_be_looked_at(server, variable, form, media_type, start):
    name, _ = variable

    answer = get(server, ID=name, OUTPUT="plot", RESPONSEFORMAT=form)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.content.startswith(start)


@pytest.mark.parametrize("method", ["ls", "pdm", "bls"])
def test_a_light_curve_can_be_uploaded(server, uploaded, method):
    answer = requests.post(
        f"{server}/periodogram/sync",
        data={
            "UPLOAD": "lc,param:lc",
            "METHOD": method,
            "PMIN": "0.5",
            "PMAX": "2",
            "RESPONSEFORMAT": "csv",
        },
        files={"lc": ("mine.csv", uploaded)},
        timeout=60,
    )

    first, *_ = rows_of(answer)
    ratio = float(first["period"]) / PERIOD
    assert min(abs(ratio - n) for n in (1, 2)) < 2e-3


def test_an_upload_that_is_no_light_curve_is_told_so(server):
    answer = requests.post(
        f"{server}/periodogram/sync",
        data={"UPLOAD": "lc,param:lc"},
        files={"lc": ("mine.csv", "a,b\n1,2\n")},
        timeout=60,
    )

    assert answer.status_code == 400
    assert "UPLOAD lc: no column of time" in problem_of(answer)


@pytest.mark.parametrize(
    ("status", "asked", "problem"),
    [
        (404, {"ID": "demo/nobody"}, "no object 'nobody' in collection demo"),
        (404, {"ID": "elsewhere/a"}, "no collection 'elsewhere' among demo"),
        (404, {"BAND": "", "ID": "{name}/Q"}, "no passband 'Q'"),
        (400, {"BAND": "Q"}, "BAND: no passband 'Q'"),
        (400, {"PMAX": "1e9"}, "PMAX: a period of 1e+09 d"),
        (400, {"TIME": "10 20"}, "no points for what was asked"),
        (400, {"FMIN": "5", "FMAX": "4"}, "FMIN: 5 /d is not below FMAX"),
        (413, {"FMAX": "1e6"}, "ask for a smaller range"),
    ],
)
def test_what_cannot_be_searched_is_an_error(server, variable, status, asked, problem):
    name, _ = variable
    wanted = {"ID": name, **{k: v.format(name=name) for k, v in asked.items()}}

    answer = get(server, **wanted)

    assert answer.status_code == status
    assert problem in problem_of(answer)


def test_a_job_has_peaks_spectrum_and_plot(server, variable):
    name, period = variable
    job = pyvo.dal.AsyncTAPJob(
        requests.post(
            f"{server}/periodogram/async",
            data={"ID": name, "NTERMS": 3, "FMIN": 0.2, "FMAX": 4, "PHASE": "RUN"},
            timeout=30,
        ).url
    )
    job.wait(timeout=WAIT)
    job.raise_if_error()

    hrefs = {each.id_: each.href for each in job.results}
    assert list(hrefs) == ["peaks", "spectrum", "plot", "plot_svg"]
    peaks = parse_single_table(fetched(hrefs["peaks"])).array.data
    spectrum = parse_single_table(fetched(hrefs["spectrum"])).array.data
    ratio = peaks["period"][0] / period
    assert min(abs(ratio - n) for n in (0.5, 1, 2)) < 1e-3
    assert spectrum["power"].max() <= peaks["power"][0] + 1e-6
    assert fetched(hrefs["plot"]).read(4) == b"\x89PNG"
    assert b"<svg" in fetched(hrefs["plot_svg"]).read()
    job.delete()


def fetched(url: str) -> io.BytesIO:
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return io.BytesIO(answer.content)


def phase_at_end(url: str) -> str:
    """The phase of a job once it has ended: a wait ends with each change of it."""
    while True:
        answer = requests.get(f"{url}?WAIT={WAIT}", timeout=WAIT + 5)
        phase = etree.fromstring(answer.content).findtext("{*}phase")
        if phase not in ("QUEUED", "EXECUTING"):
            return phase


def start(server: str, uploaded: str, **asked: str) -> str:
    """The URL of a job that is running or waits to run."""
    return requests.post(
        f"{server}/periodogram/async",
        data={"UPLOAD": "lc,param:lc", "METHOD": "pdm", "PHASE": "RUN", **asked},
        files={"lc": ("mine.csv", uploaded)},
        timeout=30,
    ).url


def abort(url: str) -> None:
    requests.post(f"{url}/phase", data={"PHASE": "ABORT"}, timeout=30)


def test_a_job_that_is_wrong_ends_in_an_error(server):
    url = requests.post(
        f"{server}/periodogram/async",
        data={"ID": "demo/nobody", "PHASE": "RUN"},
        timeout=30,
    ).url

    assert phase_at_end(url) == "ERROR"
    assert "no object 'nobody'" in requests.get(f"{url}/error", timeout=10).text


def test_a_short_job_does_not_wait_for_long_ones(server, uploaded):
    long = [start(server, uploaded, FMAX="9000") for _ in range(2)]

    assert phase_at_end(start(server, uploaded, FMAX="2")) == "COMPLETED"

    for url in long:
        phase = requests.get(f"{url}/phase", timeout=10).text
        assert phase in ("QUEUED", "EXECUTING")
        abort(url)


def test_an_aborted_job_makes_room_for_the_next(server, uploaded):
    """Two that would take minutes, in both threads for large ones, then a third."""
    urls = [start(server, uploaded, FMAX="9000") for _ in range(2)]
    times = np.linspace(58_000, 58_200, 21_000)
    many = "\n".join(["mjd,mag", *(f"{t},{np.sin(t)}" for t in times.tolist())])
    urls.append(start(server, many, METHOD="ls", FMAX="100"))
    for url in urls[:2]:
        abort(url)

    assert [phase_at_end(url) for url in urls] == ["ABORTED", "ABORTED", "COMPLETED"]


DAILY = [(n, day) for n in (-2, -1, 1, 2) for day in (1.0, 1.0027379)]


def is_daily_alias(found: float, published: float, width: float) -> bool:
    """Whether one frequency is |f + n| of the other, by solar or sidereal days."""
    return any(
        abs(found - abs(sign * published + n * day)) < width
        for n, day in DAILY
        for sign in (1, -1)
    )


@pytest.fixture(scope="module")
def stripe82(session_db, stripe82_load, serving):
    """The URL of a server of the RR Lyrae stars of Stripe 82."""
    with serving(Config(), session_db.url) as url:
        yield url


def published_stars(url: str) -> list[dict[str, str]]:
    query = "SELECT object_id, period FROM stripe82.objects"
    answer = requests.get(
        f"{url}/tap/sync",
        params={"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"},
        timeout=30,
    )
    return list(csv.DictReader(io.StringIO(answer.text)))


RR_LYRAE = {
    "NTERMS": 2,  # RRab are no sinusoids
    "WEIGHTS": "equal",  # the misfit of any sum of sinusoids is above the errors
    "PMIN": 0.2,
    "PMAX": 1.0,
    "PEAKS": 1,
    "RESPONSEFORMAT": "votable/td",
}


def found_frequency(url: str, session: requests.Session, star) -> tuple[float, float]:
    """The best frequency of a star, and the width 1/T of its peaks."""
    answer = session.get(
        f"{url}/periodogram/sync",
        params={"ID": f"stripe82/{star['object_id']}", **RR_LYRAE},
        timeout=60,
    )
    table = parse_single_table(io.BytesIO(answer.content))
    span = next(p.value for p in table.params if p.name == "time_span")
    return float(table.array["frequency"][0]), 1 / float(span)


def test_published_periods_of_rr_lyrae_stars_are_recovered(stripe82):
    """90 % of the 483 stars of Stripe 82, and 97 % but for daily aliases."""
    stars = published_stars(stripe82)
    with requests.Session() as session, ThreadPoolExecutor(3) as threads:
        found = list(threads.map(partial(found_frequency, stripe82, session), stars))

    exact = aliases = 0
    for star, (frequency, width) in zip(stars, found, strict=True):
        published = 1 / float(star["period"])
        if abs(frequency - published) < 0.5 * width:
            exact += 1
        elif is_daily_alias(frequency, published, 0.5 * width):
            aliases += 1
    assert len(stars) == 483
    assert exact >= 0.90 * 483
    assert exact + aliases >= 0.97 * 483


PAGE = Path(__file__).parents[2] / "docs" / "periodograms.md"
EXAMPLES = re.findall(
    r'```console\n\$ curl "http://127\.0\.0\.1:8080([^"]+)"\n(\d+) ([^\n]+)\n(.*?)```',
    PAGE.read_text("utf-8"),
    re.DOTALL,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_an_example_of_the_page_answers_what_is_shown(server, example):
    path, status, media_type, shown = example

    answer = requests.get(server + path, timeout=30)

    assert answer.status_code == int(status)
    assert answer.headers["Content-Type"] == media_type
    seen = answer.text.replace("\r\n", "\n")
    for line, expected in zip(
        seen.splitlines(), shown.splitlines(), strict=status == "200"
    ):
        for cell, wanted in zip(line.split(","), expected.split(","), strict=True):
            assert number_or_text(cell) == number_or_text(wanted)


def number_or_text(cell: str):
    """A number up to what differs from one processor to another."""
    try:
        return pytest.approx(float(cell), rel=1e-6)
    except ValueError:
        return cell
