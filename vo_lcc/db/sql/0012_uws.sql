-- Jobs (UWS 1.1): one row each, from creation to destruction, and the files that are
-- to be removed. The reader role is granted nothing here.

CREATE SCHEMA uws;
REVOKE ALL ON SCHEMA uws FROM PUBLIC;

-- A job is queued while its phase is QUEUED, or EXECUTING after its worker was lost, and
-- no worker has claimed it. `claim` is the token of the worker that runs it, NULL if
-- none does; a worker may change only rows that still bear its token. `lease` is in no
-- index, so that the signs of life of workers touch none (HOT).
-- What users send is json and not jsonb or text, which cannot hold a NUL.
CREATE TABLE uws.jobs (
    job_id text NOT NULL PRIMARY KEY,
    service text NOT NULL,
    base_url text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED',
        'ERROR', 'ABORTED', 'HELD', 'SUSPENDED', 'ARCHIVED')),
    owner text,
    client text NOT NULL,
    -- whose limits count: the owner's, or without one the client's
    who text NOT NULL GENERATED ALWAYS AS (coalesce('owner ' || owner, 'client ' || client)) STORED,
    run_id text,
    creation_time timestamptz NOT NULL DEFAULT now(),
    queue_time timestamptz,        -- when it was asked to run
    start_time timestamptz,
    end_time timestamptz,
    destruction timestamptz NOT NULL,
    execution_duration integer NOT NULL,
    parameters json NOT NULL,
    attachments json NOT NULL,
    results json NOT NULL DEFAULT '[]',
    error json,
    info json NOT NULL DEFAULT '{}',
    bytes bigint NOT NULL,         -- of attachments and results
    bulk boolean NOT NULL DEFAULT false,  -- found to be large; false: small, or not yet known
    claim text,
    worker text,                   -- the name of the one that holds the claim
    lease timestamptz,             -- until when the claim holds without a sign of life
    attempts integer NOT NULL DEFAULT 0,  -- workers that were lost running it
    CHECK ((claim IS NULL) = (lease IS NULL)),
    CHECK (claim IS NULL OR phase IN ('QUEUED', 'EXECUTING'))
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

CREATE INDEX jobs_of ON uws.jobs (who, service, creation_time);
CREATE INDEX jobs_queued ON uws.jobs (bulk, who, queue_time)
    WHERE claim IS NULL AND phase IN ('QUEUED', 'EXECUTING');
CREATE INDEX jobs_claimed ON uws.jobs (who) WHERE claim IS NOT NULL;
CREATE INDEX jobs_to_destroy ON uws.jobs (destruction) WHERE phase <> 'ARCHIVED';
CREATE INDEX jobs_archived ON uws.jobs (destruction) WHERE phase = 'ARCHIVED';

-- Files to be removed: all whose keys begin so, except those that a job still names.
-- `taken`: when a sweeper began to; what it did not finish is taken again.
CREATE TABLE uws.trash (
    prefix text NOT NULL PRIMARY KEY,
    not_before timestamptz NOT NULL,
    taken timestamptz
);

CREATE INDEX trash_due ON uws.trash (not_before);

-- Who waits hears '<job_id> <phase> <service>' on the channel `uws`, with a fourth word
-- `waiting` when the job may be claimed.
CREATE FUNCTION uws.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('uws', concat_ws(' ', OLD.job_id, 'DELETED', OLD.service));
    ELSE
        PERFORM pg_notify('uws', concat_ws(' ', NEW.job_id, NEW.phase, NEW.service,
            CASE WHEN NEW.claim IS NULL AND NEW.phase IN ('QUEUED', 'EXECUTING') THEN 'waiting' END));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER tell_new AFTER INSERT OR DELETE ON uws.jobs
    FOR EACH ROW EXECUTE FUNCTION uws.tell();
CREATE TRIGGER tell_changed AFTER UPDATE OF phase, claim ON uws.jobs
    FOR EACH ROW WHEN (OLD.phase <> NEW.phase OR (OLD.claim IS NOT NULL AND NEW.claim IS NULL))
    EXECUTE FUNCTION uws.tell();

-- Phases never move backwards.
CREATE FUNCTION uws.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'job % cannot go from % to %', OLD.job_id, OLD.phase, NEW.phase;
END
$$;

CREATE TRIGGER only_forward BEFORE UPDATE OF phase ON uws.jobs
    FOR EACH ROW WHEN (OLD.phase <> NEW.phase AND (NEW.phase <> 'ARCHIVED') AND CASE OLD.phase
        WHEN 'PENDING' THEN NEW.phase NOT IN ('QUEUED', 'HELD', 'ABORTED', 'ERROR')
        WHEN 'HELD' THEN NEW.phase NOT IN ('QUEUED', 'ABORTED', 'ERROR')
        WHEN 'QUEUED' THEN NEW.phase IN ('PENDING', 'SUSPENDED')
        WHEN 'EXECUTING' THEN NEW.phase IN ('PENDING', 'HELD', 'QUEUED')
        WHEN 'SUSPENDED' THEN NEW.phase NOT IN ('EXECUTING', 'ABORTED', 'ERROR')
        ELSE true END)
    EXECUTE FUNCTION uws.refuse();
