"""What users and operators do with jobs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from tests.uws.jobs import SETTINGS, new_id, new_job
from vo_lcc.db import Database
from vo_lcc.errors import (
    NotFoundError,
    StateError,
    TooLargeError,
    TooManyRequestsError,
    TransientError,
    VOError,
)
from vo_lcc.uws import store
from vo_lcc.uws.job import Attachment, Job, Phase
from vo_lcc.uws.store import JobFilter

MINE = JobFilter("tap", None, "192.0.2.1")


def made(db: Database, **changes: object) -> Job:
    return store.create_job(db, new_job(**changes), SETTINGS)


def attachment(job_id: str, number: int = 1, size: int = 10) -> Attachment:
    return Attachment(f"file{number}", f"{job_id}/uploads/{number}", "text/csv", size)


def trash(db: Database) -> set[str]:
    return {prefix for (prefix,) in db.fetch("SELECT prefix FROM uws.trash")}


def test_a_job_is_read_as_it_was_written(db: Database):
    pairs = (("LANG", "ADQL"), ("Query", "a\0\ud800\n"), ("Query", ""))
    new = new_job(parameters=pairs, run_id="r", owner="ann")
    job = store.create_job(db, new, SETTINGS)
    assert job == store.get_job(db, "tap", new.job_id)
    assert job.parameters == new.parameters
    assert (job.phase, job.run_id, job.owner) == (Phase.PENDING, "r", "ann")
    assert job.destruction == new.destruction
    assert job.creation_time.tzinfo is UTC


@pytest.mark.parametrize("job_id", ["", "a", "a\0", "../etc", "a" * 16, "A" * 16])
def test_a_job_that_is_not_there_is_not_found(db: Database, job_id: str):
    assert store.find_job(db, "tap", job_id) is None
    for call in (store.get_job, store.abort_job, store.delete_job, store.hold_job):
        with pytest.raises(NotFoundError):
            call(db, "tap", job_id)


def test_a_job_of_another_service_is_not_found(db: Database):
    job = made(db, service="soda")
    assert store.find_job(db, "tap", job.job_id) is None
    with pytest.raises(NotFoundError):
        store.delete_job(db, "tap", job.job_id)


def test_a_list_holds_the_users_own_jobs_newest_first(db: Database):
    mine = [made(db).job_id for _ in range(3)]
    made(db, client="192.0.2.2")
    made(db, service="soda")
    ann = made(db, owner="ann")
    assert [job.job_id for job in store.list_jobs(db, MINE)] == mine[::-1]
    of_ann = JobFilter("tap", "ann", "198.51.100.7")
    assert [job.job_id for job in store.list_jobs(db, of_ann)] == [ann.job_id]


def test_a_list_is_cut_by_phase_time_and_number(db: Database):
    first, second, third = (made(db) for _ in range(3))
    store.abort_job(db, "tap", second.job_id)

    def listed(**changes: object) -> list[str]:
        jobs = store.list_jobs(db, replace(MINE, **changes))
        return [job.job_id for job in jobs]

    assert listed(phases=frozenset({Phase.ABORTED})) == [second.job_id]
    assert listed(after=first.creation_time) == [third.job_id, second.job_id]
    assert listed(last=1) == [third.job_id]
    assert listed(last=0) == []


def test_archived_jobs_are_listed_only_when_asked_for(db: Database):
    job = made(db)
    db.fetch("UPDATE uws.jobs SET phase = 'ARCHIVED'")
    assert store.list_jobs(db, MINE) == []
    found = store.list_jobs(db, replace(MINE, phases=frozenset({Phase.ARCHIVED})))
    assert [each.job_id for each in found] == [job.job_id]


def test_parameters_are_added_while_a_job_is_pending_only(db: Database):
    job = made(db, parameters=(("a", "1"),))
    more = store.add_parameters(db, "tap", job.job_id, [("a", "2")], [])
    assert more.parameters == (("a", "1"), ("a", "2"))
    store.run_job(db, "tap", job.job_id, SETTINGS)
    with pytest.raises(StateError, match="QUEUED"):
        store.add_parameters(db, "tap", job.job_id, [("a", "3")], [])


# which phase each call leads to from each phase; None: refused
PHASES = ("PENDING", "QUEUED", "EXECUTING", "HELD", "SUSPENDED", "COMPLETED", "ERROR")
CALLS = {
    "run": (
        lambda db, job_id: store.run_job(db, "tap", job_id, SETTINGS),
        ("QUEUED", "QUEUED", "EXECUTING", "QUEUED", "SUSPENDED", None, None),
    ),
    "abort": (
        lambda db, job_id: store.abort_job(db, "tap", job_id),
        ("ABORTED", "ABORTED", "ABORTED", "ABORTED", "ABORTED", None, None),
    ),
    "hold": (
        lambda db, job_id: store.hold_job(db, "tap", job_id),
        (None, "HELD", "SUSPENDED", "HELD", "SUSPENDED", None, None),
    ),
    "release": (
        lambda db, job_id: store.release_job(db, "tap", job_id),
        (None, "QUEUED", "EXECUTING", "QUEUED", "EXECUTING", None, None),
    ),
}
WAYS = {
    "PENDING": (),
    "QUEUED": ("QUEUED",),
    "EXECUTING": ("QUEUED", "EXECUTING"),
    "HELD": ("QUEUED", "HELD"),
    "SUSPENDED": ("QUEUED", "EXECUTING", "SUSPENDED"),
    "COMPLETED": ("QUEUED", "EXECUTING", "COMPLETED"),
    "ERROR": ("QUEUED", "ERROR"),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_leads_where_the_standard_says(db: Database, name: str):
    call, expected = CALLS[name]
    for phase, after in zip(PHASES, expected, strict=True):
        job = made(db)
        for step in WAYS[phase]:
            db.fetch(
                "UPDATE uws.jobs SET phase = %s WHERE job_id = %s", (step, job.job_id)
            )
        if after is None:
            with pytest.raises(StateError, match=phase):
                call(db, job.job_id)
        else:
            assert call(db, job.job_id).phase == after
        assert store.get_job(db, "tap", job.job_id).phase == (after or phase)


def test_the_database_itself_refuses_a_step_backwards(db: Database):
    job = made(db)
    steps = ("QUEUED", "EXECUTING", "COMPLETED")
    for number, step in enumerate(steps):
        db.fetch("UPDATE uws.jobs SET phase = %s", (step,))
        for earlier in ("PENDING", *steps[:number]):
            with pytest.raises(psycopg2.Error, match="cannot go"):
                db.fetch("UPDATE uws.jobs SET phase = %s", (earlier,))
    assert store.get_job(db, "tap", job.job_id).phase == Phase.COMPLETED


def test_durations_and_destructions_are_set(db: Database):
    job = made(db)
    moment = datetime(2040, 1, 2, tzinfo=UTC)
    changed = store.set_execution_duration(db, "tap", job.job_id, 60)
    assert changed.execution_duration == 60
    changed = store.set_destruction(db, "tap", job.job_id, moment)
    assert changed.destruction == moment
    store.abort_job(db, "tap", job.job_id)
    with pytest.raises(StateError, match="ABORTED"):
        store.set_execution_duration(db, "tap", job.job_id, 60)


def test_files_are_named_by_the_trash_until_a_job_names_them(db: Database):
    new = new_job()
    store.reserve_files(db, f"{new.job_id}/uploads")
    assert trash(db) == {f"{new.job_id}/uploads/"}
    files = (attachment(new.job_id),)
    job = store.create_job(db, replace(new, attachments=files), SETTINGS)
    assert trash(db) == set()
    assert job.attachments == files
    store.reserve_files(db, f"{new.job_id}/uploads")
    more = attachment(new.job_id, 2)
    job = store.add_parameters(db, "tap", new.job_id, [], [more])
    assert job.attachments == (*files, more)
    assert trash(db) == set()


def test_files_that_a_sweeper_has_begun_to_remove_make_no_job(db: Database):
    new = new_job()
    store.reserve_files(db, f"{new.job_id}/uploads")
    db.fetch("UPDATE uws.trash SET taken = now()")
    with pytest.raises(TransientError, match="send them again"):
        store.create_job(
            db, replace(new, attachments=[attachment(new.job_id)]), SETTINGS
        )
    assert store.find_job(db, "tap", new.job_id) is None


def test_deleting_a_job_puts_its_files_into_the_trash(db: Database):
    job = made(db)
    store.delete_job(db, "tap", job.job_id)
    assert store.find_job(db, "tap", job.job_id) is None
    assert trash(db) == {f"{job.job_id}/"}


QUOTAS = {
    "stored": (replace(SETTINGS, client_stored=3), {}),
    "queued": (replace(SETTINGS, client_queued=3), {"run": True}),
}


@pytest.mark.parametrize("kind", QUOTAS)
def test_a_quota_holds_exactly_when_requests_come_at_once(db: Database, kind: str):
    settings, changes = QUOTAS[kind]

    def create(number: int) -> str:
        try:
            store.create_job(db, new_job(**changes), settings)
        except TooManyRequestsError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(create, range(12)))
    assert told.count("") == 3
    assert "(3)" in max(told)
    store.create_job(db, new_job(client="192.0.2.9", **changes), settings)
    store.create_job(db, new_job(owner="ann", **changes), settings)


def test_running_a_pending_job_counts_as_queueing_it(db: Database):
    settings = replace(SETTINGS, client_queued=1)
    first, second = made(db), made(db)
    store.run_job(db, "tap", first.job_id, settings)
    with pytest.raises(TooManyRequestsError, match="abort some"):
        store.run_job(db, "tap", second.job_id, settings)
    store.abort_job(db, "tap", first.job_id)
    store.run_job(db, "tap", second.job_id, settings)


def test_bytes_are_limited_at_creation_and_when_files_are_added(db: Database):
    settings = replace(SETTINGS, client_bytes=100_000)

    def create(size: int) -> Job:
        new = new_job()
        store.reserve_files(db, f"{new.job_id}/uploads")
        files = (attachment(new.job_id, size=size),)
        return store.create_job(db, replace(new, attachments=files), settings)

    job = create(60_000)
    with pytest.raises(TooManyRequestsError, match="delete jobs"):
        create(40_001)
    store.reserve_files(db, f"{job.job_id}/uploads")
    with pytest.raises(TooManyRequestsError, match="delete jobs"):
        store.add_parameters(
            db, "tap", job.job_id, [], [attachment(job.job_id, 2, 40_001)], settings
        )
    create(39_000)


def test_what_a_client_writes_into_a_job_counts_as_bytes_of_it(db: Database):
    settings = replace(SETTINGS, client_bytes=100_000)
    long = ("QUERY", "x" * 60_000)
    job = store.create_job(db, new_job(parameters=(long,)), settings)
    with pytest.raises(TooManyRequestsError, match="delete jobs"):
        store.create_job(db, new_job(parameters=(long,)), settings)
    with pytest.raises(TooManyRequestsError, match="delete jobs"):
        store.add_parameters(db, "tap", job.job_id, [long], (), settings)
    for _ in range(3):  # what is replaced counts no more
        store.add_parameters(db, "tap", job.job_id, [long], (), settings, {"QUERY"})
    ((counted,),) = db.fetch("SELECT bytes FROM uws.jobs")
    assert 60_000 < counted < 60_100


def test_who_has_as_many_bytes_as_he_may_have_runs_no_more_jobs(db: Database):
    settings = replace(SETTINGS, client_bytes=100_000)
    done, waiting = made(db), made(db)
    db.fetch("UPDATE uws.jobs SET bytes = 200_000 WHERE job_id = %s", (done.job_id,))
    with pytest.raises(TooManyRequestsError, match="delete jobs"):
        store.run_job(db, "tap", waiting.job_id, settings)
    store.delete_job(db, "tap", done.job_id)
    store.run_job(db, "tap", waiting.job_id, settings)


def test_parameters_and_files_of_a_job_do_not_grow_for_ever(db: Database):
    job = made(db)
    long = ("UPLOAD", "x" * (store.MOST_WORDS // 2))
    store.add_parameters(db, "tap", job.job_id, [long])
    with pytest.raises(TooLargeError, match="the parameters of the job would take"):
        store.add_parameters(db, "tap", job.job_id, [long])

    other = made(db)
    for number in range(store.MOST_FILES):
        add_file(db, other, number)
    with pytest.raises(TooLargeError, match="the job would have 65 files"):
        add_file(db, other, store.MOST_FILES)


def add_file(db: Database, job: Job, number: int) -> None:
    folder = f"{job.job_id}/uploads/{number}"
    store.reserve_files(db, folder)
    file = Attachment(f"f{number}", f"{folder}/0", "text/csv", 1)
    store.add_parameters(db, "tap", job.job_id, [], [file])


def test_requests_that_bring_files_to_one_job_at_once_all_do(db: Database):
    job = made(db)
    for number in range(3):
        store.reserve_files(db, f"{job.job_id}/uploads/{number}")
    for number in range(3):
        file = Attachment(f"f{number}", f"{job.job_id}/uploads/{number}/0", "", 1)
        store.add_parameters(db, "tap", job.job_id, [], [file])
    assert len(store.get_job(db, "tap", job.job_id).attachments) == 3
    assert trash(db) == set()


def test_limits_of_zero_are_none(db: Database):
    settings = replace(SETTINGS, client_stored=0, client_queued=0, client_bytes=0)
    for _ in range(3):
        store.create_job(db, new_job(run=True), settings)

    assert db.fetch("SELECT phase, count(*) FROM uws.jobs GROUP BY phase") == [
        ("QUEUED", 3)
    ]


def read_as_reader(db: Database, sql: str) -> list[tuple]:
    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        cur.execute(sql)
        return cur.fetchall()


@pytest.mark.parametrize("table", ["jobs", "trash"])
def test_the_reader_role_cannot_see_jobs(db: Database, table: str):
    made(db)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        read_as_reader(db, f"SELECT count(*) FROM uws.{table}")
    tables = "SELECT table_schema FROM information_schema.tables"
    assert ("uws",) not in read_as_reader(db, tables)


def test_a_refusal_leaves_nothing_behind(db: Database):
    settings = replace(SETTINGS, client_stored=1)
    store.create_job(db, new_job(), settings)
    new = new_job()
    store.reserve_files(db, f"{new.job_id}/uploads")
    with pytest.raises(VOError):
        store.create_job(
            db, replace(new, attachments=[attachment(new.job_id)]), settings
        )
    assert trash(db) == {f"{new.job_id}/uploads/"}  # the files go in their time
    assert new_id() != new.job_id


def test_a_deadline_far_away_is_kept(db: Database):
    moment = datetime.now(UTC) + timedelta(days=36500)
    assert made(db, destruction=moment).destruction == moment
