-- The functions that ADQL queries call: angles on the sky, and mathematics without errors.
--
-- Where a result is not defined, or no double can hold it, it is NULL; a query never
-- stops for one bad row. Those that are a single expression are inlined by PostgreSQL.

-- Positions -----------------------------------------------------------------------

-- Angular separation in degrees, right at all scales (Vincenty); NULL for what is no
-- position. Differences are taken before any sine, so that equal positions give 0.
CREATE FUNCTION vo_lcc.separation(lon1 float8, lat1 float8, lon2 float8, lat2 float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN lat1 BETWEEN -90 AND 90 AND lat2 BETWEEN -90 AND 90
             AND abs(lon1 - lon2) < 1e9
        THEN degrees(atan2(
            point(cos(radians(lat2)) * sin(radians(lon2 - lon1)),
                  sin(radians(lat2 - lat1))
                  + sin(radians(lat1)) * cos(radians(lat2))
                    * (1 - cos(radians(lon2 - lon1))))
            <-> point(0, 0),
            cos(radians(lat2 - lat1))
            - cos(radians(lat1)) * cos(radians(lat2))
              * (1 - cos(radians(lon2 - lon1)))))
    END
$$;

-- A box of longitude and latitude around all positions within `radius` degrees, for
-- an index on point(lon, lat) with longitudes from 0 to 360.
CREATE FUNCTION vo_lcc.box_around(lon float8, lat float8, radius float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN abs(lat) + radius < 89.9 THEN
            box(point(lon - degrees(asin(least(1, (sin(radians(radius)) + 1e-10)
                                                   / cos(radians(lat))))) - 1e-8,
                      lat - radius - 1e-8),
                point(lon + degrees(asin(least(1, (sin(radians(radius)) + 1e-10)
                                                   / cos(radians(lat))))) + 1e-8,
                      lat + radius + 1e-8))
        WHEN radius >= 0 AND abs(lat) <= 90 THEN
            box(point(-1, lat - radius - 1e-8), point(361, lat + radius + 1e-8))
    END
$$;

-- 360 or -360: how far the box of a position near longitude 0 has to be moved to
-- hold what lies beyond it.
CREATE FUNCTION vo_lcc.wrap(lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lon < 180 THEN 360::float8 ELSE -360::float8 END
$$;

-- A longitude from 0 to 360.
CREATE FUNCTION vo_lcc.longitude(lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lon >= 0 AND lon < 360 THEN lon
                WHEN abs(lon) < 1e9 THEN lon - 360 * floor(lon / 360) END
$$;

-- Mathematics ---------------------------------------------------------------------

CREATE FUNCTION vo_lcc.sqrt(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x >= 0 THEN sqrt(x) END
$$;

CREATE FUNCTION vo_lcc.ln(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x > 0 THEN ln(x) END
$$;

CREATE FUNCTION vo_lcc.log10(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x > 0 THEN log10(x) END
$$;

CREATE FUNCTION vo_lcc.exp(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x < -708 THEN 0::float8 WHEN x < 709.78 THEN exp(x) END
$$;

CREATE FUNCTION vo_lcc.power(x float8, y float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN y = 0 THEN 1::float8
        WHEN x = 0 THEN CASE WHEN y > 0 THEN 0::float8 END
        WHEN NOT (abs(x) < 'Infinity' AND abs(y) < 'Infinity') THEN NULL
        WHEN x < 0 AND y <> floor(y) THEN NULL
        WHEN abs(y) > 1e18 OR y * ln(abs(x)) > 709.78 THEN NULL
        WHEN y * ln(abs(x)) < -708 THEN 0::float8
        ELSE power(x, y)
    END
$$;

CREATE FUNCTION vo_lcc.asin(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x BETWEEN -1 AND 1 THEN asin(x) END
$$;

CREATE FUNCTION vo_lcc.acos(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x BETWEEN -1 AND 1 THEN acos(x) END
$$;

CREATE FUNCTION vo_lcc.sin(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 'Infinity' THEN sin(x) END
$$;

CREATE FUNCTION vo_lcc.cos(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 'Infinity' THEN cos(x) END
$$;

CREATE FUNCTION vo_lcc.tan(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 'Infinity' THEN tan(x) END
$$;

CREATE FUNCTION vo_lcc.cot(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 'Infinity' AND abs(x) > 1e-300 THEN cot(x) END
$$;

CREATE FUNCTION vo_lcc.degrees(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 1e306 THEN degrees(x) END
$$;

CREATE FUNCTION vo_lcc.radians(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 1e-300 THEN 0::float8 ELSE radians(x) END
$$;

-- The remainder has the sign of x.
CREATE FUNCTION vo_lcc.mod(x float8, y float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN y <> 0 AND abs(y) < 'Infinity' AND abs(x) < 'Infinity'
        THEN (x::numeric % y::numeric)::float8
    END
$$;

CREATE FUNCTION vo_lcc.mod(x int8, y int8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE WHEN y = -1 THEN 0::int8 WHEN y <> 0 THEN x % y END)::float8
$$;

-- Halves are rounded away from zero; negative digits round before the point.
CREATE FUNCTION vo_lcc.round(x float8, digits float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT abs(x) < 'Infinity' OR digits > 300 THEN x
        WHEN digits < -320 THEN 0::float8
        WHEN digits = digits THEN round(x::numeric, digits::int)::float8
    END
$$;

CREATE FUNCTION vo_lcc.truncate(x float8, digits float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT abs(x) < 'Infinity' OR digits > 300 THEN x
        WHEN digits < -320 THEN 0::float8
        WHEN digits = digits THEN trunc(x::numeric, digits::int)::float8
    END
$$;

-- x / y; NULL where y is zero or the result is beyond the range of a double.
CREATE FUNCTION vo_lcc.divide(x float8, y float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN y = 0 THEN NULL
        WHEN abs(y) >= 1 THEN CASE WHEN abs(x) >= 1e-290 OR abs(y) < 1e15
                                   THEN CASE WHEN abs(x) > 0 AND abs(x) < abs(y) * 1e-300
                                             THEN 0::float8 ELSE x / y END
                                   WHEN x = x THEN 0::float8 ELSE x END
        WHEN abs(x) < abs(y) * 1e308 THEN x / y
        WHEN y <> y OR x <> x THEN 'NaN'::float8
    END
$$;

-- Text ----------------------------------------------------------------------------

-- A timestamp as DALI writes it.
CREATE FUNCTION vo_lcc.timestamp_text(t timestamp)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.MS')
$$;

CREATE FUNCTION vo_lcc.timestamp_text(t timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')
$$;

CREATE FUNCTION vo_lcc.timestamp_text(t text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT t
$$;

GRANT USAGE ON SCHEMA vo_lcc TO vo_lcc_reader;
