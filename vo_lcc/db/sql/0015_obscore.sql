-- Light curves by name, and as ObsCore has them. The views themselves are made by the
-- server, at each publication and when it finds those of an older version.

-- A name as people type it: without blanks, in lower case.
CREATE FUNCTION vo_lcc.folded_name(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(regexp_replace(value, '\s', '', 'g'))
$$;

-- Which version of the views is there: see lightcurves/upgrade.py.
CREATE TABLE vo_lcc.views (version integer NOT NULL);
INSERT INTO vo_lcc.views VALUES (0);

CREATE SCHEMA ivoa;
GRANT USAGE ON SCHEMA ivoa TO vo_lcc_reader;
