-- Boxes on point(lon, lat) around all that is within a radius, for crossmatches: they
-- are computed once for each position, and nothing is looked for where nothing can be.

-- Degrees of longitude from the middle of a cap to its sides, and a little more. NULL
-- for one that holds a pole or nearly so, and for what is no cap.
CREATE FUNCTION vo_lcc.half_width(lat float8, radius float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(lat) + radius < 89.9 AND radius >= 0
                THEN degrees(asin(sind(radius) / cosd(lat))) + 1e-8 END
$$;

-- A box around all positions within `radius` degrees of (lon, lat); NULL for what is no
-- position. A box with corners (1, 0) and (-1, 0), multiplied by (x, y) as PostgreSQL
-- multiplies, has corners (x, y) and (-x, -y): so every argument is computed once.
CREATE FUNCTION vo_lcc.box_around(lon float8, lat float8, radius float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        '(1,0),(-1,0)'::box * point(vo_lcc.half_width(lat, radius), radius + 1e-8)
            + point(vo_lcc.longitude(lon), lat),
        CASE WHEN lat BETWEEN -90 AND 90 AND abs(lon) < 1e9 AND radius BETWEEN 0 AND 1e9
             THEN box(point(-1, lat - radius - 1e-8), point(361, lat + radius + 1e-8))
        END)
$$;

-- The same box a turn further on or back, where it goes beyond longitude 0 or 360; NULL
-- where it does not, and an index looks for nothing.
CREATE FUNCTION vo_lcc.box_beyond(lon float8, lat float8, radius float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN abs(vo_lcc.longitude(lon) - 180) + vo_lcc.half_width(lat, radius) >= 180
        THEN vo_lcc.box_around(lon, lat, radius)
             + point(vo_lcc.wrap(vo_lcc.longitude(lon)), 0)
    END
$$;

DROP FUNCTION vo_lcc.box_around(float8, float8, float8, float8);
