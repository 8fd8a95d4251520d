-- A box is around everything within a radius, however large the radius: beyond 180 degrees,
-- infinite or NaN it is the whole sky, and the exact test tells what is within.
CREATE OR REPLACE FUNCTION vo_lcc.box_around(lon float8, lat float8, radius float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        '(1,0),(-1,0)'::box * point(vo_lcc.half_width(lat, radius), radius + 1e-8)
            + point(vo_lcc.longitude(lon), lat),
        CASE WHEN lat BETWEEN -90 AND 90 AND abs(lon) < 1e9 AND radius >= 0
             THEN box(point(-1, lat - least(radius, 180) - 1e-8),
                      point(361, lat + least(radius, 180) + 1e-8))
        END)
$$;
