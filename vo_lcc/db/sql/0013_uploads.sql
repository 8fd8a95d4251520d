-- What uploads need: a reader that may have temporary tables, and timestamps that come
-- back with as many digits as they came with.

DO $$
BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO vo_lcc_reader', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'vo_lcc_reader may have no right to temporary tables';
END $$;

CREATE OR REPLACE FUNCTION vo_lcc.timestamp_text(t timestamp)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(t, CASE WHEN t = date_trunc('milliseconds', t)
                           THEN 'YYYY-MM-DD"T"HH24:MI:SS.MS'
                           ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END)
$$;

CREATE OR REPLACE FUNCTION vo_lcc.timestamp_text(t timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.timestamp_text(t AT TIME ZONE 'UTC')
$$;
