-- Harvests of other publishing registries by OAI-PMH: how far each has come.

CREATE TABLE vo_lcc.harvests (
    url text NOT NULL PRIMARY KEY,        -- of OAI; vo_lcc.records.registry
    identity text,                        -- ivoid of the registry, as it said last
    title text,
    authorities text[] NOT NULL DEFAULT '{}',  -- whose records are taken from it
    since timestamptz,                    -- what changed later is still to be read
    full_at timestamptz,                  -- end of the last complete harvest of all
    complete_at timestamptz,              -- end of the last complete harvest
    -- the harvest in progress, or one that was cut short; NULL: there is none
    token text,                           -- where it goes on
    is_full boolean NOT NULL DEFAULT true,
    asked_since timestamptz,
    begun_at timestamptz,                 -- by the clock of the peer
    counts jsonb NOT NULL DEFAULT '{}',   -- of the harvest in progress, or the last
    failures int NOT NULL DEFAULT 0,      -- since the last complete harvest
    error text,                           -- of the last try
    due timestamptz NOT NULL DEFAULT now()
);

-- What a harvest of all has seen; what it has not is gone.
CREATE TABLE vo_lcc.harvest_seen (
    registry text NOT NULL,
    ivoid text NOT NULL
);
CREATE INDEX ON vo_lcc.harvest_seen (registry, ivoid);
