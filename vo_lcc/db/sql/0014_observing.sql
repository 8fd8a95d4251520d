-- What light curves need beside their points: where they were observed, how wide the
-- passbands and the aperture are, which flags mark upper limits, other names, the image.

ALTER TABLE vo_lcc.releases
    ADD COLUMN longitude double precision,  -- of the observatory; geodetic, deg, m
    ADD COLUMN latitude double precision,
    ADD COLUMN height double precision,
    ADD COLUMN upper_limits bigint NOT NULL DEFAULT 0,  -- bits of flags
    ADD COLUMN aperture double precision,   -- diameter, deg
    ADD COLUMN aliases text NOT NULL DEFAULT '[]',      -- JSON: columns of objects
    ADD COLUMN image_url text;              -- with {object_id}

ALTER TABLE vo_lcc.passbands
    ADD COLUMN bandwidth double precision,  -- FWHM, m
    ADD COLUMN softening double precision;  -- b of asinh magnitudes
