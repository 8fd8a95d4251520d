-- The Registry as tables: IVOA Registry Relational Schema (RegTAP) 1.2, schema rr.
--
-- Where a URL of this server may stand, the table lies in vo_lcc and rr has a view of it
-- that puts the URL the server is reached by in the place of the one that stands for it
-- in records. Text has no length here but where an index needs it; see registry/regtap.

CREATE SCHEMA rr;
GRANT USAGE ON SCHEMA rr TO vo_lcc_reader;

-- The URL of this server: a setting that a statement brings along.
CREATE FUNCTION vo_lcc.base_url() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('vo_lcc.base_url', true), ''),
                    'https://base-url.invalid')
$$;

-- Where a URL is of this server, it is the one by which it is reached.
CREATE FUNCTION vo_lcc.own_url(url text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT replace(url, 'https://base-url.invalid', vo_lcc.base_url())
$$;

-- As vo_lcc.hasword, but a condition, so that an index can answer it.
CREATE FUNCTION vo_lcc.has_words(haystack text, needle text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN vo_lcc.bare_words(needle) ~ '^ ?$' THEN CASE WHEN haystack IS NOT NULL THEN true END
        ELSE to_tsvector('vo_lcc.words', vo_lcc.bare_words(haystack))
             @@ plainto_tsquery('vo_lcc.words', vo_lcc.bare_words(needle))
    END
$$;

CREATE TABLE vo_lcc.rr_resource (
    ivoid text PRIMARY KEY,
    res_type text,
    created timestamp,
    short_name text,
    res_title text,
    updated timestamp,
    content_level text,
    res_description text,
    reference_url text,
    creator_seq text,
    content_type text,
    source_format text,
    source_value text,
    res_version text,
    region_of_regard float8,
    waveband text,
    rights text,
    rights_uri text
);
CREATE INDEX ON vo_lcc.rr_resource (ivoid text_pattern_ops);
CREATE INDEX ON vo_lcc.rr_resource
    USING gin (to_tsvector('vo_lcc.words', vo_lcc.bare_words(res_description)));
CREATE INDEX ON vo_lcc.rr_resource
    USING gin (to_tsvector('vo_lcc.words', vo_lcc.bare_words(res_title)));

CREATE VIEW rr.resource AS
SELECT ivoid, res_type, created, short_name, res_title, updated, content_level, res_description,
       vo_lcc.own_url(reference_url) AS reference_url, creator_seq, content_type, source_format,
       source_value, res_version, region_of_regard, waveband, rights, rights_uri
FROM vo_lcc.rr_resource;

CREATE TABLE vo_lcc.rr_role (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    role_name text,
    role_ivoid text,
    street_address text,
    email text,
    telephone text,
    logo text,
    base_role text
);
CREATE INDEX ON vo_lcc.rr_role (ivoid);

CREATE VIEW rr.res_role AS
SELECT ivoid, role_name, role_ivoid, street_address, email, telephone,
       vo_lcc.own_url(logo) AS logo, base_role
FROM vo_lcc.rr_role;

CREATE TABLE rr.res_subject (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    res_subject text
);
CREATE INDEX ON rr.res_subject (ivoid);
CREATE INDEX ON rr.res_subject USING hash (res_subject);

CREATE TABLE rr.capability (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    cap_index int NOT NULL,
    cap_type text,
    cap_description text,
    standard_id text,
    PRIMARY KEY (ivoid, cap_index)
);
CREATE INDEX ON rr.capability (standard_id text_pattern_ops);
CREATE INDEX ON rr.capability (cap_type text_pattern_ops);

CREATE TABLE rr.res_schema (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    schema_index int NOT NULL,
    schema_description text,
    schema_name text,
    schema_title text,
    schema_utype text,
    PRIMARY KEY (ivoid, schema_index)
);

CREATE TABLE rr.res_table (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    schema_index int,
    table_description text,
    table_name text,
    table_index int NOT NULL,
    table_title text,
    table_type text,
    table_utype text,
    PRIMARY KEY (ivoid, table_index),
    FOREIGN KEY (ivoid, schema_index) REFERENCES rr.res_schema
);
CREATE INDEX ON rr.res_table (table_name text_pattern_ops);
CREATE INDEX ON rr.res_table (table_utype text_pattern_ops);
CREATE INDEX ON rr.res_table
    USING gin (to_tsvector('vo_lcc.words', vo_lcc.bare_words(table_description)));

CREATE TABLE rr.table_column (
    ivoid text NOT NULL,
    table_index int NOT NULL,
    name text,
    ucd text,
    unit text,
    utype text,
    std int,
    datatype text,
    extended_schema text,
    extended_type text,
    arraysize text,
    delim text,
    type_system text,
    flag text,
    column_description text,
    FOREIGN KEY (ivoid, table_index) REFERENCES rr.res_table
);
CREATE INDEX ON rr.table_column (ivoid, table_index);
CREATE INDEX ON rr.table_column (name text_pattern_ops);
CREATE INDEX ON rr.table_column (ucd text_pattern_ops);
CREATE INDEX ON rr.table_column (utype text_pattern_ops);
CREATE INDEX ON rr.table_column
    USING gin (to_tsvector('vo_lcc.words', vo_lcc.bare_words(column_description)));

CREATE TABLE vo_lcc.rr_interface (
    ivoid text NOT NULL,
    cap_index int NOT NULL,
    intf_index int NOT NULL,
    intf_type text,
    intf_role text,
    std_version text,
    query_type text,
    result_type text,
    wsdl_url text,
    url_use text,
    access_url text,
    mirror_url text,
    authenticated_only int NOT NULL,
    PRIMARY KEY (ivoid, intf_index),
    FOREIGN KEY (ivoid, cap_index) REFERENCES rr.capability
);
CREATE INDEX ON vo_lcc.rr_interface (intf_type text_pattern_ops);

CREATE VIEW rr.interface AS
SELECT ivoid, cap_index, intf_index, intf_type, intf_role, std_version, query_type, result_type,
       vo_lcc.own_url(wsdl_url) AS wsdl_url, url_use, vo_lcc.own_url(access_url) AS access_url,
       vo_lcc.own_url(mirror_url) AS mirror_url, authenticated_only
FROM vo_lcc.rr_interface;

CREATE TABLE rr.intf_param (
    ivoid text NOT NULL,
    intf_index int NOT NULL,
    name text,
    ucd text,
    unit text,
    utype text,
    std int,
    datatype text,
    extended_schema text,
    extended_type text,
    arraysize text,
    delim text,
    param_use text,
    param_description text,
    FOREIGN KEY (ivoid, intf_index) REFERENCES vo_lcc.rr_interface
);
CREATE INDEX ON rr.intf_param (ivoid, intf_index);

CREATE TABLE rr.relationship (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    relationship_type text,
    related_id text,
    related_name text
);
CREATE INDEX ON rr.relationship (ivoid);
CREATE INDEX ON rr.relationship (related_id);

CREATE TABLE rr.validation (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    validated_by text,
    val_level int,
    cap_index int
);
CREATE INDEX ON rr.validation (ivoid);

CREATE TABLE rr.res_date (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    date_value timestamp,
    value_role text
);
CREATE INDEX ON rr.res_date (ivoid);

CREATE TABLE vo_lcc.rr_detail (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    cap_index int,
    detail_xpath text NOT NULL,
    detail_value text NOT NULL
);
CREATE INDEX ON vo_lcc.rr_detail (ivoid);
CREATE INDEX ON vo_lcc.rr_detail (detail_xpath);

CREATE VIEW rr.res_detail AS
SELECT ivoid, cap_index, detail_xpath, vo_lcc.own_url(detail_value) AS detail_value
FROM vo_lcc.rr_detail;

CREATE TABLE rr.alt_identifier (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    alt_identifier text NOT NULL
);
CREATE INDEX ON rr.alt_identifier (ivoid);
CREATE INDEX ON rr.alt_identifier USING hash (alt_identifier);

CREATE TABLE rr.stc_spatial (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    coverage int8multirange NOT NULL,
    ref_system_name text
);
CREATE INDEX ON rr.stc_spatial (ivoid);
CREATE INDEX ON rr.stc_spatial USING gist (coverage);

CREATE TABLE rr.stc_temporal (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    time_start float8,
    time_end float8
);
CREATE INDEX ON rr.stc_temporal (ivoid);

CREATE TABLE rr.stc_spectral (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    spectral_start float8,
    spectral_end float8
);
CREATE INDEX ON rr.stc_spectral (ivoid);

-- Whose tables are in which TAP service, as each record tells of itself: those of a TAP
-- service in itself, those of a record with an auxiliary capability where it is served.
CREATE TABLE vo_lcc.rr_served (
    ivoid text NOT NULL REFERENCES vo_lcc.rr_resource,
    svcid text NOT NULL,
    PRIMARY KEY (ivoid, svcid)
);
CREATE INDEX ON vo_lcc.rr_served (svcid);

-- Each table of a TAP service once: as a collection describes it rather than the service
-- itself. Of several the first by identifier, so that all that is said of a table is of
-- one record (where appendix C takes the least of each column).
CREATE VIEW rr.tap_table AS
SELECT t.ivoid AS resid, s.svcid, t.table_name, t.table_title, t.table_description, t.table_utype
FROM rr.res_table AS t
JOIN vo_lcc.rr_served AS s ON s.ivoid = t.ivoid
WHERE t.table_type IS DISTINCT FROM 'output'
  AND EXISTS (SELECT FROM vo_lcc.rr_served AS tap
              WHERE tap.ivoid = s.svcid AND tap.svcid = s.svcid)
  AND NOT EXISTS (
      SELECT FROM rr.res_table AS u
      JOIN vo_lcc.rr_served AS v ON v.ivoid = u.ivoid
      WHERE v.svcid = s.svcid AND u.table_name = t.table_name
        AND u.table_type IS DISTINCT FROM 'output'
        AND (u.ivoid = v.svcid, u.ivoid, u.table_index)
            < (t.ivoid = s.svcid, t.ivoid, t.table_index));

GRANT SELECT ON ALL TABLES IN SCHEMA rr TO vo_lcc_reader;
