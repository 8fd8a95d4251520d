-- Light-curve collections and their releases. The light curves themselves are in one
-- schema per release (demo_r1); the views in the schema of the collection (demo) read the latest.

CREATE TABLE vo_lcc.releases (
    collection text NOT NULL,
    release integer NOT NULL,
    schema_name text NOT NULL UNIQUE,
    published timestamptz NOT NULL,
    digest text NOT NULL,          -- of the collection file and of every input
    definition text NOT NULL,      -- the collection file as it was loaded
    title text NOT NULL,
    description text NOT NULL,
    creator text NOT NULL,
    bibcode text,
    rights text,
    source_url text,
    facility text,
    instrument text,
    timescale text NOT NULL,
    refposition text NOT NULL,
    time_origin double precision NOT NULL,
    sky_system text NOT NULL,
    sky_epoch text,
    n_objects bigint NOT NULL,
    n_lightcurves bigint NOT NULL,
    n_points bigint NOT NULL,
    n_missing bigint NOT NULL,
    rejected text NOT NULL,        -- JSON: how many rows for each reason
    t_min double precision,
    t_max double precision,
    coverage text NOT NULL,        -- ASCII MOC
    example text,
    PRIMARY KEY (collection, release)
);

CREATE TABLE vo_lcc.passbands (
    collection text NOT NULL,
    release integer NOT NULL,
    place integer NOT NULL,
    passband text NOT NULL,
    filter_identifier text,
    zero_point double precision,
    magnitude_system text,
    effective_wavelength double precision,
    PRIMARY KEY (collection, release, passband)
);

-- What is published: which release each collection's views read.
CREATE TABLE vo_lcc.collections (
    name text NOT NULL PRIMARY KEY,
    release integer NOT NULL,
    has_class boolean NOT NULL,
    FOREIGN KEY (name, release) REFERENCES vo_lcc.releases (collection, release)
);

-- A text as one segment of a URL path: every byte percent-encoded but the unreserved
-- characters of RFC 3986 section 2.3.
CREATE FUNCTION vo_lcc.quote_path(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE
        WHEN value ~ '^[A-Za-z0-9._~-]*$' THEN value
        ELSE (
            SELECT string_agg(
                CASE
                    WHEN chr(byte) ~ '[A-Za-z0-9._~-]' AND byte < 128 THEN chr(byte)
                    ELSE '%' || upper(lpad(to_hex(byte), 2, '0'))
                END, '' ORDER BY place)
            FROM (
                SELECT place, get_byte(bytes, place) AS byte
                FROM convert_to(value, 'UTF8') AS bytes,
                    generate_series(0, length(bytes) - 1) AS place
            ) AS bytes
        )
    END
$$;

-- Every light curve of every published collection; made anew at each publication.
CREATE VIEW vo_lcc.ts_ssa AS
SELECT NULL::text AS collection, NULL::text AS object_id, NULL::text AS passband,
    NULL::double precision AS ra, NULL::double precision AS "dec", NULL::bigint AS hpx,
    NULL::text AS object_path, NULL::text AS title, NULL::text AS target_class,
    NULL::integer AS n_points, NULL::double precision AS t_min,
    NULL::double precision AS t_max, NULL::double precision AS wavelength,
    NULL::double precision AS mag_median, NULL::double precision AS amplitude
WHERE false;
GRANT SELECT ON vo_lcc.ts_ssa TO vo_lcc_reader;
