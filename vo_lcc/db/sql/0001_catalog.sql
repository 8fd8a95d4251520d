-- The catalog: what can be queried (TAP 1.1 section 4) and what the server keeps beside it.

CREATE SCHEMA IF NOT EXISTS vo_lcc;
CREATE SCHEMA tap_schema;

CREATE TABLE tap_schema.schemas (
    schema_name text NOT NULL PRIMARY KEY,
    utype text,
    description text,
    schema_index integer
);

CREATE TABLE tap_schema.tables (
    schema_name text NOT NULL,
    table_name text NOT NULL PRIMARY KEY,
    table_type text NOT NULL,
    utype text,
    description text,
    table_index integer
);

CREATE TABLE tap_schema.columns (
    table_name text NOT NULL,
    column_name text NOT NULL,
    datatype text NOT NULL,
    arraysize text,
    xtype text,
    "size" integer,
    description text,
    utype text,
    unit text,
    ucd text,
    indexed integer NOT NULL,
    principal integer NOT NULL,
    std integer NOT NULL,
    column_index integer,
    PRIMARY KEY (table_name, column_name)
);

CREATE TABLE tap_schema.keys (
    key_id text NOT NULL PRIMARY KEY,
    from_table text NOT NULL,
    target_table text NOT NULL,
    description text,
    utype text
);

CREATE TABLE tap_schema.key_columns (
    key_id text NOT NULL,
    from_column text NOT NULL,
    target_column text NOT NULL,
    PRIMARY KEY (key_id, from_column)
);

-- The TIMESYS, COOSYS or photometric calibration a column refers to.
CREATE TABLE vo_lcc.column_annotations (
    table_name text NOT NULL,
    column_name text NOT NULL,
    annotation text NOT NULL,
    PRIMARY KEY (table_name, column_name)
);

-- Tables whose sky position is indexed, and by which columns.
CREATE TABLE vo_lcc.table_positions (
    table_name text NOT NULL PRIMARY KEY,
    ra text NOT NULL,
    dec text NOT NULL,
    hpx text NOT NULL
);

-- One row: grows with every change to the above, so that servers know when to read again.
CREATE TABLE vo_lcc.catalog_version (version bigint NOT NULL);
INSERT INTO vo_lcc.catalog_version VALUES (1);

-- The role that runs what users ask. It may read what is published and nothing else.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vo_lcc_reader') THEN
        CREATE ROLE vo_lcc_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'vo_lcc_reader', 'MEMBER') THEN
        GRANT vo_lcc_reader TO CURRENT_USER;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA vo_lcc, tap_schema TO vo_lcc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA tap_schema TO vo_lcc_reader;
