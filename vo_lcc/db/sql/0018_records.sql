-- Resource records: those of this server, and those harvested from other registries.

CREATE TABLE vo_lcc.records (
    ivoid text NOT NULL PRIMARY KEY,      -- in lower case
    identifier text NOT NULL,             -- as its registry writes it
    registry text NOT NULL,               -- where it was harvested: URL of OAI; '' is here
    status text NOT NULL CHECK (status IN ('active', 'deleted')),
    created timestamptz NOT NULL,
    datestamp timestamptz NOT NULL,       -- of its last change, in whole seconds (OAI-PMH)
    digest text NOT NULL,                 -- SHA-256 of what it says
    record text NOT NULL                  -- ri:Resource as XML; of deleted ones the last
);
CREATE INDEX ON vo_lcc.records (registry, datestamp, ivoid);

-- What the registry is told of a collection: JSON, see lightcurves/about.py.
ALTER TABLE vo_lcc.releases ADD COLUMN about text NOT NULL DEFAULT '{}';
