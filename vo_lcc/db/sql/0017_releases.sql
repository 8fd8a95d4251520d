-- Releases: drafts that are being built, what is published, what was withdrawn; and how
-- each was made: of which files, in which units, with which rows not taken.
--
-- A release of its own files has a schema of its own (kind full). An append, or a new
-- description of the same data, shares that of the release it follows: `base` is the
-- number of the full release. `release` counts all of them, `label` is what people read:
-- 1, 1.1, 1.2, 2.

ALTER TABLE vo_lcc.releases
    DROP CONSTRAINT releases_schema_name_key,
    ALTER COLUMN published DROP NOT NULL,
    ADD COLUMN label text,
    ADD COLUMN base integer,
    ADD COLUMN kind text NOT NULL DEFAULT 'full'
        CHECK (kind IN ('full', 'append', 'description')),
    ADD COLUMN state text NOT NULL DEFAULT 'published'
        CHECK (state IN ('draft', 'published', 'withdrawn')),
    ADD COLUMN staging text,                    -- schema of a draft that is no full release
    ADD COLUMN created timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN withdrawn timestamptz,
    ADD COLUMN undone boolean NOT NULL DEFAULT false,  -- an append that was taken out again
    ADD COLUMN complete boolean NOT NULL DEFAULT true,  -- a draft: are all its units there?
    ADD COLUMN unicode_columns text,            -- JSON: texts beyond ASCII; NULL: not looked at
    ADD COLUMN st_coverage text,                -- space-time MOC (MOC 2.0, ASCII)
    ADD COLUMN ranges text NOT NULL DEFAULT '{}';  -- JSON: per passband, of its magnitudes

UPDATE vo_lcc.releases SET label = release::text, base = release;
ALTER TABLE vo_lcc.releases
    ALTER COLUMN label SET NOT NULL,
    ALTER COLUMN base SET NOT NULL,
    ADD UNIQUE (collection, label);

-- One draft of a collection at a time.
CREATE UNIQUE INDEX releases_draft ON vo_lcc.releases (collection) WHERE state = 'draft';

-- A statement that was made for another version of the catalog is stopped: its views may
-- be others by now.
CREATE FUNCTION vo_lcc.expect_catalog(expected bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF (SELECT version FROM vo_lcc.catalog_version) <> expected THEN
        RAISE EXCEPTION 'the catalog has another version' USING ERRCODE = 'VL001';
    END IF;
    RETURN true;
END $$;
GRANT SELECT ON vo_lcc.catalog_version TO vo_lcc_reader;

-- The files a release was made of.
CREATE TABLE vo_lcc.files (
    collection text NOT NULL,
    release integer NOT NULL,
    place integer NOT NULL,        -- in the order in which they were read, from 0
    file text NOT NULL,
    part text NOT NULL,            -- objects or lightcurves
    size bigint NOT NULL,          -- bytes on disk
    sha256 text NOT NULL,
    PRIMARY KEY (collection, release, place)
);

-- What was loaded in one transaction: a load that was killed goes on with the next.
CREATE TABLE vo_lcc.units (
    collection text NOT NULL,
    release integer NOT NULL,
    unit integer NOT NULL,
    loaded timestamptz NOT NULL DEFAULT now(),
    n_rows bigint NOT NULL,        -- read
    n_taken bigint NOT NULL,       -- rows of objects, or points
    losses text NOT NULL,          -- JSON: missing, rejected, nulled, duplicates, skipped
    PRIMARY KEY (collection, release, unit)
);

-- Rows that were not taken, and values that became NULL.
CREATE TABLE vo_lcc.rejects (
    collection text NOT NULL,
    release integer NOT NULL,
    unit integer NOT NULL,
    file text NOT NULL,
    line bigint,                   -- of the file, from 1; the row in a binary file
    outcome text NOT NULL,         -- rejected or NULL
    reason text NOT NULL,
    column_name text,
    value text,
    line_text text
);
CREATE INDEX ON vo_lcc.rejects (collection, release, unit);

-- With which release a light curve's segment, or an object as it is now, came.
DO $$
DECLARE r record;
BEGIN
    FOR r IN SELECT schema_name, release FROM vo_lcc.releases LOOP
        EXECUTE format('ALTER TABLE %I.lightcurves ADD COLUMN added integer NOT NULL DEFAULT %s',
            r.schema_name, r.release);
        EXECUTE format('ALTER TABLE %I.objects ADD COLUMN added integer NOT NULL DEFAULT %s',
            r.schema_name, r.release);
    END LOOP;
END $$;
