-- How rows are found by a column that has no index itself, as JSON: circles around the
-- position of the table, and identifiers that are made of other columns.
CREATE TABLE vo_lcc.table_lookups (
    table_name text NOT NULL,
    kind text NOT NULL,
    lookup text NOT NULL
);

-- Who the server is: what identifiers, and addresses of links, begin with. A statement
-- that reads ivoa.obscore brings it along as settings (lightcurves/obscore.py).
CREATE FUNCTION vo_lcc.did_prefix() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('vo_lcc.did_prefix', true), ''),
                    'ivo://x-unregistered/~?')
$$;
CREATE FUNCTION vo_lcc.links_prefix() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('vo_lcc.links_prefix', true), '')
$$;

-- A path whose segments are percent-encoded as the value of a parameter of a URL.
CREATE FUNCTION vo_lcc.in_query(path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(path, '%', '%25'), '/', '%2F')
$$;
