"""What workers do with jobs, in the database."""

import json
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.uws.jobs import SETTINGS, new_job
from vo_lcc.db import Database
from vo_lcc.errors import VOError
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.releases.patience import change
from vo_lcc.uws import queue, store
from vo_lcc.uws.job import ErrorSummary, Job, Phase, Result
from vo_lcc.uws.queue import Claim, Outcome
from vo_lcc.uws.settings import JobSettings

DONE = Outcome(Phase.COMPLETED)


def queued(db: Database, number: int = 1, **changes: object) -> list[Job]:
    jobs = (new_job(run=True, **changes) for _ in range(number))
    return [store.create_job(db, job, SETTINGS) for job in jobs]


def claim(
    db: Database,
    interactive: int = 1,
    bulk: int = 0,
    settings: JobSettings = SETTINGS,
    worker: str = "w",
) -> list[Claim]:
    places = {False: interactive, True: bulk}
    return queue.claim_jobs(db, worker, ["tap"], places, settings)


def claim_one(db: Database) -> Claim:
    (claimed,) = claim(db)
    return claimed


def ids(claims: Iterable[Claim]) -> list[str]:
    return [each.job.job_id for each in claims]


def phase(db: Database, job_id: str) -> Phase:
    return store.get_job(db, "tap", job_id).phase


def expire(db: Database) -> None:
    db.fetch("UPDATE uws.jobs SET lease = now() - interval '1 s' WHERE lease > now()")


def trash(db: Database) -> dict[str, bool]:
    """What is in the trash, and whether it may be removed now."""
    return dict(db.fetch("SELECT prefix, not_before <= now() FROM uws.trash"))


def test_the_oldest_queued_job_is_claimed_once(db: Database):
    jobs = queued(db, 2)
    store.create_job(db, new_job(), SETTINGS)  # PENDING
    first, second = claim_one(db), claim_one(db)
    assert ids([first, second]) == [job.job_id for job in jobs]
    assert claim(db) == []
    assert first.token != second.token
    assert phase(db, jobs[0].job_id) == Phase.QUEUED


def test_jobs_of_other_services_are_left_to_other_workers(db: Database):
    queued(db, service="soda")
    assert claim(db) == []


def test_many_workers_at_once_never_claim_a_job_twice(db: Database):
    queued(db, 40)
    unlimited = replace(SETTINGS, client_running=0)
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _: claim(db, 3, settings=unlimited), range(16))
        claimed = Counter(job_id for claims in found for job_id in ids(claims))
    assert len(claimed) == 40
    assert set(claimed.values()) == {1}


def test_jobs_are_claimed_while_a_release_is_published(db: Database):
    queued(db)
    with ThreadPoolExecutor(1) as elsewhere:
        claims = change(
            db, "a test", lambda _: elsewhere.submit(claim, db).result(10), Silent()
        )
    assert len(claims) == 1


def test_at_most_so_many_jobs_of_one_user_are_claimed_by_all_workers(db: Database):
    queued(db, 20)
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _: claim(db, 3), range(16))
    assert sum(len(claims) for claims in found) == SETTINGS.client_running


def test_who_has_a_thousand_jobs_does_not_hold_up_who_has_one(db: Database):
    queued(db)
    db.fetch(
        "INSERT INTO uws.jobs (job_id, service, base_url, phase, client, queue_time,"
        " destruction, execution_duration, parameters, attachments, bytes)"
        " SELECT number::text, 'tap', '', 'QUEUED', 'many', now() - interval '1 h',"
        " now() + interval '1 h', 60, '[]', '[]', 0"
        " FROM generate_series(1, 1000) number"
    )
    ann, bob = queued(db, owner="ann")[0], queued(db, owner="bob")[0]
    claimed = claim(db, 4)
    assert {ann.job_id, bob.job_id} < set(ids(claimed))
    assert sum(each.job.client == "many" for each in claimed) == 1


def test_turns_go_to_who_has_the_fewest_running(db: Database):
    queued(db, 5, client="a")
    assert len(claim(db, 2)) == 2
    queued(db, 5, client="b")
    turns = [claim_one(db).job.client for _ in range(6)]
    assert Counter(turns[:2]) == {"b": 2}
    assert Counter(turns[2:]) == {"a": 2, "b": 2}


def test_bulk_jobs_are_claimed_into_bulk_places_only(db: Database):
    (job,) = queued(db)
    assert queue.give_back(db, claim_one(db), bulk=True)
    assert claim(db, 4) == []
    (again,) = claim(db, 0, 1)
    assert (again.job.job_id, again.bulk, again.attempts) == (job.job_id, True, 0)


def test_bulk_jobs_leave_their_user_a_place_for_small_ones(db: Database):
    settings = replace(SETTINGS, client_running=2)
    queued(db, 3)
    for each in claim(db, 3):
        queue.give_back(db, each, bulk=True)
    assert len(claim(db, 0, 3, settings)) == 1
    queued(db)
    assert len(claim(db, 1, 3, settings)) == 1


def test_a_job_begins_and_ends_with_its_results(db: Database):
    (job,) = queued(db)
    held = claim_one(db)
    assert queue.begin_job(db, held, False, {"kind": "interactive"})
    begun = store.get_job(db, "tap", job.job_id)
    assert (begun.phase, begun.info) == (Phase.EXECUTING, {"kind": "interactive"})
    assert begun.start_time is not None
    result = Result("result", f"{held.prefix}result", "text/csv", 5, "result.csv")
    outcome = Outcome(Phase.COMPLETED, results=(result,))
    assert queue.finish_job(db, held, outcome, {"rows": 0}, True)
    ended = store.get_job(db, "tap", job.job_id)
    assert (ended.phase, ended.results) == (Phase.COMPLETED, (result,))
    assert ended.end_time is not None
    assert ended.info == {"rows": 0}
    assert trash(db) == {}


def test_a_job_that_fails_leaves_no_files(db: Database):
    queued(db)
    held = claim_one(db)
    error = ErrorSummary("no such table\0", transient=True)
    assert queue.finish_job(db, held, Outcome(Phase.ERROR, error), {}, True)
    assert store.get_job(db, "tap", held.job.job_id).error == error
    assert trash(db) == {held.prefix: True}


TAKEN_AWAY = {
    "aborted": lambda db, job_id: store.abort_job(db, "tap", job_id),
    "held": lambda db, job_id: store.hold_job(db, "tap", job_id),
    "deleted": lambda db, job_id: store.delete_job(db, "tap", job_id),
    "expired": lambda db, job_id: (expire(db), queue.reclaim_jobs(db, SETTINGS)),
    "claimed again": lambda db, job_id: (
        expire(db),
        queue.reclaim_jobs(db, SETTINGS),
        claim_one(db),
    ),
}


@pytest.mark.parametrize("way", TAKEN_AWAY)
@pytest.mark.parametrize("begun", [False, True])
def test_a_worker_that_lost_its_claim_changes_nothing(
    db: Database, way: str, begun: bool
):
    queued(db)
    held = claim_one(db)
    if begun:
        queue.begin_job(db, held, False, {})
    assert queue.is_held(db, held)
    TAKEN_AWAY[way](db, held.job.job_id)
    before = db.fetch("SELECT * FROM uws.jobs")
    assert not queue.is_held(db, held)
    assert not queue.begin_job(db, held, False, {})
    assert not queue.finish_job(db, held, DONE, {}, True)
    assert not queue.give_back(db, held, True, True, True)
    assert queue.renew_leases(db, {held: {"rows": 1}}, SETTINGS) == {}
    assert db.fetch("SELECT * FROM uws.jobs") == before
    others = {f"{held.job.job_id}/": True} if way == "deleted" else {}
    assert trash(db) == others | {held.prefix: False}
    queue.forget_files(db, held)
    assert trash(db) == others | {held.prefix: True}


def test_a_lease_that_ran_out_lets_the_job_run_again(db: Database):
    queued(db)
    held = claim_one(db)
    queue.begin_job(db, held, False, {})
    assert queue.reclaim_jobs(db, SETTINGS) == 0
    expire(db)
    assert queue.reclaim_jobs(db, SETTINGS) == 1
    assert phase(db, held.job.job_id) == Phase.EXECUTING
    again = claim_one(db)
    assert (again.job.job_id, again.attempts) == (held.job.job_id, 1)
    assert queue.finish_job(db, again, DONE, {}, False)


def test_a_lease_that_is_renewed_does_not_run_out(db: Database):
    queued(db)
    held = claim_one(db)
    expire(db)
    durations = queue.renew_leases(db, {held: None}, SETTINGS)
    assert durations == {held.token: 3600}
    assert queue.reclaim_jobs(db, SETTINGS) == 0


def test_signs_of_life_touch_no_index(db: Database):
    queued(db)
    held = claim_one(db)
    told = {"job_id": held.job.job_id, "token": held.token, "info": '{"rows": 5}'}
    hot = "SELECT pg_stat_get_xact_tuples_hot_updated('uws.jobs'::regclass)"
    with db.transaction() as cur:
        cur.execute(hot)
        (before,) = cur.fetchone() or ()
        for _ in range(3):
            cur.execute(queue.RENEW, (15, json.dumps([told])))
        cur.execute(hot)
        assert cur.fetchone() == (before + 3,)


def test_a_job_whose_workers_die_again_and_again_ends_in_error(db: Database):
    (job,) = queued(db)
    for attempt in range(SETTINGS.attempts):
        assert claim_one(db).attempts == attempt
        expire(db)
        queue.reclaim_jobs(db, SETTINGS)
    ended = store.get_job(db, "tap", job.job_id)
    assert ended.phase == Phase.ERROR
    assert ended.error is not None
    assert "died 3 times" in ended.error.message
    assert claim(db) == []


def test_a_released_job_runs_again_from_its_start(db: Database):
    queued(db)
    held = claim_one(db)
    queue.begin_job(db, held, False, {})
    store.hold_job(db, "tap", held.job.job_id)
    assert claim(db) == []
    store.release_job(db, "tap", held.job.job_id)
    assert ids(claim(db)) == [held.job.job_id]


def plan_nodes(plan: dict) -> Iterable[str]:
    yield f"{plan['Node Type']} {plan.get('Index Name', '')}".strip()
    for child in plan.get("Plans", ()):
        yield from plan_nodes(child)


@pytest.mark.parametrize("analyzed", [False, True])
def test_no_claim_reads_all_stored_jobs(db: Database, analyzed: bool):
    db.fetch(
        "INSERT INTO uws.jobs (job_id, service, base_url, phase, client, queue_time,"
        " destruction, execution_duration, parameters, attachments, bytes)"
        " SELECT number::text, 'tap', '', CASE WHEN number > 50 THEN 'COMPLETED' ELSE"
        " 'QUEUED' END, 'c' || number % 7, now(), now() + interval '1 h', 60, '[]',"
        " '[]', 0 FROM generate_series(1, 20000) number"
    )
    if analyzed:
        db.fetch("ANALYZE uws.jobs")
    values = {
        "bulk": False,
        "places": 4,
        "limit": 8,
        "services": ["tap"],
        "worker": "w",
        "lease": 15,
    }
    with db.transaction() as cur:
        cur.execute(f"EXPLAIN (FORMAT JSON) {queue.CLAIM}", values)
        (plan,) = cur.fetchone() or ()
    nodes = list(plan_nodes(json.loads(json.dumps(plan))[0]["Plan"]))
    assert "Seq Scan" not in nodes, nodes


STEPS = {
    "run": lambda db, job, held: store.run_job(db, "tap", job, SETTINGS),
    "abort": lambda db, job, held: store.abort_job(db, "tap", job),
    "hold": lambda db, job, held: store.hold_job(db, "tap", job),
    "release": lambda db, job, held: store.release_job(db, "tap", job),
    "claim": lambda db, job, held: held.extend(claim(db)),
    "claim bulk": lambda db, job, held: held.extend(claim(db, 0, 1)),
    "begin": lambda db, job, held: queue.begin_job(db, held[-1], False, {}),
    "back": lambda db, job, held: queue.give_back(db, held[-1], True),
    "renew": lambda db, job, held: queue.renew_leases(db, {held[-1]: {}}, SETTINGS),
    "finish": lambda db, job, held: queue.finish_job(db, held[-1], DONE, {}, False),
    "fail": lambda db, job, held: queue.finish_job(
        db, held[-1], Outcome(Phase.ERROR, ErrorSummary("no")), {}, False
    ),
    "finish late": lambda db, job, held: queue.finish_job(db, held[0], DONE, {}, False),
    "expire": lambda db, job, held: (expire(db), queue.reclaim_jobs(db, SETTINGS)),
}
# how far a job has come; HELD and SUSPENDED stand beside QUEUED and EXECUTING
RANK = {
    Phase.PENDING: 0,
    Phase.QUEUED: 1,
    Phase.HELD: 1,
    Phase.EXECUTING: 2,
    Phase.SUSPENDED: 2,
    Phase.COMPLETED: 3,
    Phase.ERROR: 3,
    Phase.ABORTED: 3,
}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
def test_phases_never_move_backwards_whatever_happens(db: Database, steps: list[str]):
    db.fetch("DELETE FROM uws.jobs")
    job_id = store.create_job(db, new_job(), SETTINGS).job_id
    held: list[Claim] = []
    seen = [Phase.PENDING]
    for step in steps:
        with suppress(VOError, IndexError):  # refused, or nothing is claimed yet
            STEPS[step](db, job_id, held)
        seen.append(phase(db, job_id))
    ranks = [RANK[each] for each in seen]
    assert ranks == sorted(ranks)
    final = [each for each in seen if RANK[each] == 3]
    assert len(set(final)) <= 1
