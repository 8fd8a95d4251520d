-- When what the server says of itself changed: the Last-Modified of its documents, the
-- same in all processes. It never goes back.

ALTER TABLE vo_lcc.catalog_version
    ADD COLUMN changed timestamptz NOT NULL DEFAULT clock_timestamp();

CREATE FUNCTION vo_lcc.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := greatest(OLD.changed, clock_timestamp());
    RETURN NEW;
END
$$;

CREATE TRIGGER note_change BEFORE UPDATE ON vo_lcc.catalog_version
    FOR EACH ROW EXECUTE FUNCTION vo_lcc.note_change();

-- The settings that documents depend on (a hash of them), and since when they are so.
CREATE TABLE vo_lcc.settings (
    digest text NOT NULL,
    changed timestamptz NOT NULL
);
INSERT INTO vo_lcc.settings VALUES ('', clock_timestamp());

CREATE TRIGGER note_change BEFORE UPDATE ON vo_lcc.settings
    FOR EACH ROW EXECUTE FUNCTION vo_lcc.note_change();
