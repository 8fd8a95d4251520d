"""Servers of others, sound and broken: what the report says of each."""

import json
import socket
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.validation.strangers import (
    CAPABILITIES,
    LIMITS,
    VOTABLE,
    Answer,
    but,
    serving,
    sound,
    votable,
    with_text,
)
from vo_lcc.cli import main
from vo_lcc.validation import Asker, Manners, Verdict, Wanted, render, validate
from vo_lcc.validation.findings import UnfitError

OURS = ("told", "vosi", "tap", "http", "uws", "oai", "schemas")
MANNERS = Manners(timeout=0.5, largest=1_000_000, requests=120)


def judged(answers, *only, manners=MANNERS):
    with serving(answers) as (url, _):
        wanted = Wanted(only=only or OURS, manners=manners)
        return {each.name: each for each in validate(url, wanted)}


def faults(results):
    return {
        name: [f.what for f in each.findings]
        for name, each in results.items()
        if each.verdict is Verdict.FAIL
    }


def test_a_sound_server_has_no_fault():
    results = judged(sound)

    assert faults(results) == {}
    assert results["tap.maxrec"].verdict is Verdict.PASS
    assert results["uws.job"].verdict is Verdict.PASS


BROKEN = [
    (with_text("hard", "soft"), "told.limits", "no hard"),
    (with_text(LIMITS, ""), "told.limits", "no default"),
    (with_text(">100<", ">-1<"), "told.limits", "hard is '-1'"),
    (with_text(">100<", ">1<"), "told.limits", "hard 1 is below default 10"),
    (with_text("HERE/tap/tables", "HERE/none"), "told.alive", "HTTP 404"),
    (with_text("VOSI#tables-1.1", "VOSI#none"), "told.complete", "VOSI tables"),
    (with_text("ivo://", "nix://"), "told.complete", "no service that is known"),
    (
        but("/tap/tables", body="<a>", media_type="text/xml"),
        "vosi.tables", "not well-formed XML",
    ),
    (
        but("/tap/tables", body="<!DOCTYPE html><p>hello", media_type="text/html"),
        "vosi.tables", "an HTML page",
    ),
    (
        but("/tap/sync", body=votable("OK"), media_type="text/plain"),
        "tap.sync", "text/plain",
    ),
    (
        but("/tap/sync", body=votable("OK")[:-40], media_type=VOTABLE),
        "tap.sync", "not well-formed XML",
    ),
    (
        but("/tap/sync", body="<html><h1>502</h1>", media_type="text/html", status=502),
        "tap.sync", "HTTP 502, text/html: an HTML page",
    ),
    (but("/tap/sync", body=votable("OK"), media_type=VOTABLE), "tap.bad-query", "'OK'"),
    (
        but("/tap/sync", body=votable("ERROR"), media_type=VOTABLE),
        "tap.bad-query", "without a message",
    ),
    (
        but("/tap/sync", body=votable("OK", rows=9), media_type=VOTABLE),
        "tap.maxrec", "9 rows, asked for 1",
    ),
    (
        but("/tap/sync", body=votable("OK", rows=2), media_type=VOTABLE),
        "tap.maxrec-0", "2 rows, asked for none",
    ),
    (
        but("/tap/sync", status=302, headers={"Location": "HERE/tap/sync"}),
        "tap.sync", "leads on and on",
    ),
    (
        but("/tap/sync", status=302, headers={"Location": "file:///etc/passwd"}),
        "tap.sync", "is not an address of http",
    ),
    (but("/tap/sync", body=b"x" * 2_000_000), "tap.sync", "larger than 1,000,000"),
    (but("/tap/sync", body=b"", pause=3), "tap.sync", "not answered in 0.5 s"),
    (
        but("/tap/sync", body=b" ", pause=0.1, parts=40), "tap.sync",
        "not answered in 0.5 s",
    ),
    (with_text("HERE/tap/tables", "http://[bad"), "told.places", "'http://[bad'"),
    (with_text("HERE/tap/tables", "http://[bad"), "vosi.tables", "not an address"),
    (
        but("/tap/sync", body=votable("OK"), headers={"Content-Length": "9999"}),
        "tap.sync", "not completed",
    ),
    (
        but("/tap/sync", body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        "tap.sync", "compressed, which was not asked for",
    ),
    (but("/tap/async", body="<jobs/>"), "uws.job", "HTTP 200"),
    (with_text("PENDING", "RUNNING"), "uws.job", "a new job is RUNNING"),
    (but("/tap/async/no-such-job", body="ok"), "uws.unknown", "HTTP 200"),
    (
        but("/tap/examples", body="<div><p typeof='example' id='a'/></div>"),
        "tap.examples-marked", "not exactly one query",
    ),
    (
        but("/tap/examples", body="<p property='query'>SELECT nothing</p>"),
        "tap.examples-run", "'SELECT nothing'",
    ),
    (
        but(
            "/tap/sync", media_type=VOTABLE,
            body="<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        ),
        "tap.sync", "<a>, not a VOTable",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "check", "words"), BROKEN, ids=[f"{b[1]}-{b[2]}" for b in BROKEN]
)
def test_the_report_says_what_is_wrong(answers, check, words):
    started = time.monotonic()
    results = judged(answers, check)
    found = faults(results)

    assert any(words in what for what in found[check]), found
    assert "etc/passwd" not in "".join(found[check]) or "address" in words
    assert time.monotonic() - started < 10


def test_votable_1_5_unasked_is_warned_of():
    answers = but("/tap/sync", body=votable("OK", version="1.5"), media_type=VOTABLE)

    result = judged(answers, "tap.sync")["tap.sync"]

    assert result.verdict is Verdict.WARN
    assert "VOTable 1.5 unasked" in result.findings[0].what


def test_urls_of_another_scheme_are_told():
    answers = with_text("HERE/tap<", "https://example.org/tap<")

    found = faults(judged(answers, "told.places"))

    assert "asked was by http" in found["told.places"][0]


@pytest.mark.parametrize(
    "answers",
    [
        lambda *_: None,
        lambda *_: Answer("<html>", "text/html", 500),
        lambda *_: Answer(status=301, headers={"Location": "/again"}),
        lambda *_: Answer("<capabilities/>"[:-4]),
    ],
)
def test_where_there_are_no_capabilities_nothing_else_is_asked(answers):
    with serving(answers) as (url, seen):
        (only,) = validate(url, Wanted(manners=MANNERS))

    assert (only.name, only.verdict) == ("services", Verdict.FAIL)
    assert "give the URL of a server" in only.findings[0].remedy
    assert len(seen) <= 3 * (MANNERS.hops + 1)


def test_a_closed_server_is_told_from_one_without_capabilities():
    with serving(lambda *_: Answer("who?", "text/plain", 401)) as (url, _):
        (only,) = validate(url, Wanted(manners=MANNERS))

    assert only.verdict is Verdict.FAIL
    assert "only users who log in; have it open" in only.findings[0].what


def test_a_bare_tap_url_is_enough():
    with serving(sound) as (url, _):
        results = list(validate(f"{url}/tap/", Wanted(only=("tap.sync",))))

    assert [each.verdict for each in results] == [Verdict.PASS, Verdict.PASS]


def test_a_silent_server_is_asked_no_more():
    slow = Manners(timeout=0.2, unanswered=2)

    def answers(method, path, params):
        return sound(method, path, params) if "cap" in path else Answer(pause=2)

    started = time.monotonic()
    results = judged(answers, "tap", manners=slow)

    assert "not asked, as 2 requests" in results["tap.bad-maxrec"].findings[0].what
    assert time.monotonic() - started < 5


def test_a_server_is_asked_by_name_and_seldom():
    with serving(sound) as (url, seen):
        list(validate(url, Wanted(only=OURS, manners=MANNERS)))

    assert all("vo-lcc-validate" in each and "(IVOA-test)" in each for each in seen)
    assert len(seen) < 60
    gets = [each for each in seen if each.startswith("GET /tap/sync")]
    assert len(gets) == len(set(gets))


def test_requests_have_an_end():
    results = judged(sound, manners=Manners(requests=5))

    assert "5 requests are enough" in results["uws.job"].findings[0].what


def test_what_a_server_says_does_nothing_to_a_terminal():
    wild = "\x9b31m\u202eabc" + "x" * 5000
    answers = but("/tap/tables", body=f"<a>{wild}</a>")
    with serving(answers) as (url, _):
        report = render(url, validate(url, Wanted(only=("vosi",), manners=MANNERS)))

    assert "\x9b" not in report
    assert "\u202e" not in report
    assert max(map(len, report.splitlines())) < 400


def test_tools_that_are_not_there_are_told():
    with serving(sound) as (url, _):
        wanted = Wanted(stilts="no-such-stilts", only=("stilts", "schemas"))
        results = {each.name: each for each in validate(url, wanted)}

    assert {each.verdict for name, each in results.items() if name != "services"} == {
        Verdict.NOT_RUN
    }
    assert "--schemas DIR" in results["schemas"].findings[0].remedy
    assert "--stilts PROGRAM" in results["stilts.taplint"].findings[0].remedy


def test_what_there_is_nothing_to_check_of_does_not_pass():
    bare = CAPABILITIES.replace("ivo://ivoa.net/std/", "ivo://example.org/")

    results = judged(lambda *_: Answer(bare), "tap", "uws", "told.limits", "oai")

    assert {each.verdict for name, each in results.items() if name != "services"} == {
        Verdict.NOT_RUN
    }


def test_examples_that_are_not_there_do_not_pass():
    results = judged(sound, "tap.examples*")

    assert [each.verdict for each in results.values()][1:] == [Verdict.NOT_RUN] * 3


def test_a_program_that_hangs_is_stopped(tmp_path):
    program = tmp_path / "stilts"
    program.write_text(
        "#!/bin/sh\ncase $* in *-version*) echo 'STILTS version 3.4.7';;"
        " *) sleep 60;; esac\n"
    )
    program.chmod(0o755)
    started = time.monotonic()
    with serving(sound) as (url, _):
        wanted = Wanted(stilts=str(program), only=("stilts.taplint",), seconds=0.3)
        result = list(validate(url, wanted))[-1]

    assert result.verdict is Verdict.FAIL
    assert "over 0.3 s" in result.findings[0].what
    assert time.monotonic() - started < 5


anything = st.builds(
    Answer,
    body=st.one_of(
        st.binary(max_size=200),
        st.sampled_from(
            [
                "<VOTABLE/>",
                "<VOTABLE><RESOURCE><INFO/></RESOURCE></VOTABLE>",
                "<OAI-PMH><header/></OAI-PMH>",
                "<capabilities><capability/></capabilities>",
                CAPABILITIES,
                CAPABILITIES.replace("HERE", ""),
                CAPABILITIES.replace("HERE", "http://[bad/"),
                CAPABILITIES.replace("10", "ten"),
                "<a xmlns='b' xsi:type='c:d'/>",
            ]
        ),
    ),
    media_type=st.sampled_from(
        ["text/xml", VOTABLE, "text/html", "", ";;", "text/plain"]
    ),
    status=st.sampled_from([200, 200, 200, 204, 303, 304, 400, 500, 599]),
    headers=st.sampled_from(
        [{}, {"Location": "/x"}, {"Location": "http://[bad/"}, {"ETag": '"a"'}]
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(anything, min_size=1, max_size=4))
def test_no_answer_breaks_a_check(answers):
    count = iter(range(10_000))

    def replies(method, path, params):
        if path.endswith("capabilities"):
            return sound(method, path, params)
        return answers[next(count) % len(answers)]

    with serving(replies) as (url, _):
        results = list(validate(url, Wanted(only=OURS, manners=MANNERS)))

    broken = [r for r in results if any("broke" in f.what for f in r.findings)]
    assert broken == []
    assert render(url, results).startswith("Validation of ")


def run(capsys, *words):
    status = main(["validate", *map(str, words)])
    return status, capsys.readouterr()


def test_the_exit_status_tells_of_faults(capsys):
    with serving(sound) as (url, _):
        assert run(capsys, url, "--only", "tap.sync")[0] == 0
    with serving(but("/tap/sync", body="no")) as (url, _):
        assert run(capsys, url, "--only", "tap.sync")[0] == 1


def test_without_a_url_the_server_of_the_settings_is_judged(capsys, tmp_path):
    with serving(sound) as (url, seen):
        config = tmp_path / "server.toml"
        config.write_text(f"[server]\nport = {url.rpartition(':')[2]}\n")
        by_port = run(capsys, "--config", config, "--only", "tap.sync")
        config.write_text(f'[server]\nbase_url = "{url}"\n')
        by_url = run(capsys, "--config", config, "--only", "tap.sync")

    assert (by_port[0], by_url[0]) == (0, 0)
    assert f"Validation of {url}" in by_url[1].out
    assert len(seen) > 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ftp://example.org"], "does not begin with http"),
        (["http://localhost:1", "--only", "none"], "no check 'none'; there are told."),
        (["http://localhost:1", "--schemas", "/none"], "no *.xsd in /none"),
    ],
)
def test_wrong_usage_is_told(capsys, words, told):
    status, said = run(capsys, *words)

    assert status == 2
    assert told in said.err


def test_the_report_can_be_read_by_programs(capsys):
    with serving(sound) as (url, _):
        _, said = run(capsys, url, "--only", "tap.sync", "--json")
    report = json.loads(said.out)

    assert report["totals"]["PASS"] == 2
    assert report["checks"][1]["name"] == "tap.sync"


def test_a_server_elsewhere_does_not_lead_inside():
    with (
        Asker(start="https://example.org/tap") as asker,
        pytest.raises(UnfitError, match="in a private network: not asked"),
    ):
        asker.get("http://169.254.169.254/latest")


def test_a_server_elsewhere_does_not_lead_inside_by_a_name(monkeypatch):
    look_up = socket.getaddrinfo

    def here(host, *args, **words):
        return look_up("127.0.0.1", *args, **words)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    with serving(sound) as (url, seen):
        inside = url.replace("127.0.0.1", "inside.example")
        with (
            Asker(start="https://example.org/tap") as asker,
            pytest.raises(UnfitError),
        ):
            asker.get(inside)
        assert seen == []
        with Asker(start=inside) as asker:  # where it begins is asked in any case
            assert asker.get(inside).status == 404


def test_nothing_of_others_is_deleted(capsys):
    with serving(sound) as (other, asked):
        job = but(
            "/tap/async", status=303, headers={"Location": f"{other}/tap/async/1"}
        )
        with serving(job) as (url, _):
            _, said = run(capsys, url, "--only", "uws.job")
    assert "the job is told to be at" in said.out
    assert not any(each.startswith("DELETE") for each in asked)
