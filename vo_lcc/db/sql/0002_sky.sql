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
            point(cosd(lat2) * sind(lon2 - lon1),
                  sind(lat2 - lat1) + sind(lat1) * cosd(lat2) * (1 - cosd(lon2 - lon1)))
            <-> point(0, 0),
            cosd(lat2 - lat1) - cosd(lat1) * cosd(lat2) * (1 - cosd(lon2 - lon1))))
    END
$$;

-- A longitude from 0 to 360.
CREATE FUNCTION vo_lcc.longitude(lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lon >= 0 AND lon < 360 THEN lon
                WHEN abs(lon) < 1e9 THEN lon - 360 * floor(lon / 360) END
$$;

-- 360 or -360: which way what lies beyond longitude 0 or 360 has to be looked for.
CREATE FUNCTION vo_lcc.wrap(lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lon < 180 THEN 360::float8 ELSE -360::float8 END
$$;

-- A box around all positions within `radius` degrees of (lon, lat), lon from 0 to 360,
-- moved by `shift` degrees of longitude, for an index on point(lon, lat). A box near
-- longitude 0 or 360 needs a second one, moved by vo_lcc.wrap(lon). NULL for what is
-- no position.
CREATE FUNCTION vo_lcc.box_around(lon float8, lat float8, radius float8, shift float8)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT (radius >= 0 AND radius < 1e9 AND lat BETWEEN -90 AND 90
                  AND lon BETWEEN 0 AND 360) THEN NULL
        WHEN abs(lat) + radius < 89.9 THEN
            box(point(lon + shift - degrees(asin(sind(radius) / cosd(lat)))
                      - 1e-8, lat - radius - 1e-8),
                point(lon + shift + degrees(asin(sind(radius) / cosd(lat)))
                      + 1e-8, lat + radius + 1e-8))
        ELSE box(point(shift - 1, lat - radius - 1e-8), point(shift + 361, lat + radius + 1e-8))
    END
$$;

-- Regions -------------------------------------------------------------------------
--
-- A circle is (lon, lat, radius), a polygon (lon, lat, lon, lat ...), in degrees. The
-- inside of a polygon is the smaller of its two sides, whichever way it is written.

-- The way from one longitude to another, from -180 to 180.
CREATE FUNCTION vo_lcc.turn(a float8, b float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.longitude(b - a + 180) - 180
$$;

-- The sides of a polygon from a to b: longitudes, latitudes, unit vectors.
CREATE FUNCTION vo_lcc.edges(polygon float8[])
RETURNS TABLE (alon float8, alat float8, blon float8, blat float8,
               ax float8, ay float8, az float8, bx float8, by float8, bz float8)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT a.lon, a.lat, b.lon, b.lat,
           cosd(a.lon) * cosd(a.lat),
           sind(a.lon) * cosd(a.lat), sind(a.lat),
           cosd(b.lon) * cosd(b.lat),
           sind(b.lon) * cosd(b.lat), sind(b.lat)
    FROM generate_series(1, cardinality(polygon) / 2) AS i,
         LATERAL (SELECT i % (cardinality(polygon) / 2) AS next) AS n,
         LATERAL (SELECT polygon[2 * i - 1] AS lon, polygon[2 * i] AS lat) AS a,
         LATERAL (SELECT polygon[2 * next + 1] AS lon, polygon[2 * next + 2] AS lat) AS b
    WHERE a <> b
$$;

-- The area of the side that holds the north pole, in steradian.
CREATE FUNCTION vo_lcc.north_side(polygon float8[])
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE round(sum(vo_lcc.turn(alon, blon)) / 360)
               WHEN 0 THEN 4 * pi() - abs(sum(piece))
               ELSE 2 * pi() - sum(piece) * round(sum(vo_lcc.turn(alon, blon)) / 360)
           END
    FROM (SELECT alon, blon,
                 2 * atan2(tan(radians(vo_lcc.turn(alon, blon)) / 2)
                           * (tan(radians(alat) / 2) + tan(radians(blat) / 2)),
                           1 + tan(radians(alat) / 2) * tan(radians(blat) / 2)) AS piece
          FROM vo_lcc.edges(polygon)) AS pieces
$$;

CREATE FUNCTION vo_lcc.polygon_area(polygon float8[])
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(side, 4 * pi() - side) * (180 / pi()) ^ 2
    FROM (SELECT vo_lcc.north_side(polygon) AS side) AS s
$$;

CREATE FUNCTION vo_lcc.circle_area(radius float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN radius BETWEEN 0 AND 180 THEN
        4 * pi() * sin(radians(radius) / 2) * sin(radians(radius) / 2) * (180 / pi()) ^ 2
    END
$$;

-- The direction of the vector area, on the side of the vertices.
CREATE FUNCTION vo_lcc.polygon_centroid(polygon float8[])
RETURNS float8[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[vo_lcc.longitude(degrees(atan2(y * side, x * side))),
                 degrees(atan2(z * side, point(x, y) <-> point(0, 0)))]
    FROM (SELECT sum(w * nx) AS x, sum(w * ny) AS y, sum(w * nz) AS z,
                 CASE WHEN sum(w * nx) * sum(ax) + sum(w * ny) * sum(ay)
                           + sum(w * nz) * sum(az) < 0 THEN -1 ELSE 1 END AS side
          FROM (SELECT ax, ay, az, ay * bz - az * by AS nx, az * bx - ax * bz AS ny,
                       ax * by - ay * bx AS nz,
                       radians(vo_lcc.separation(alon, alat, blon, blat))
                       / sin(radians(vo_lcc.separation(alon, alat, blon, blat))) AS w
                FROM vo_lcc.edges(polygon)) AS e) AS v
$$;

-- Whether a position is inside: the sides of the polygon that its meridian crosses on
-- the way north are counted (see vo_lcc/sky.py, Polygon).
CREATE FUNCTION vo_lcc.in_polygon(lon float8, lat float8, polygon float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lat BETWEEN -90 AND 90 AND abs(lon) < 1e9 THEN
        (SELECT count(*) FILTER (WHERE
                    (CASE WHEN way > 0 THEN vo_lcc.longitude(lon - alon) < way
                          ELSE vo_lcc.longitude(lon - blon) < -way END)
                    AND sign(way) * (
                        (ay * bz - az * by) * cosd(lon) * cosd(lat)
                        + (az * bx - ax * bz) * sind(lon) * cosd(lat)
                        + (ax * by - ay * bx) * sind(lat)) < 0) % 2
                = CASE WHEN vo_lcc.north_side(polygon) < 2 * pi() THEN 0 ELSE 1 END
         FROM (SELECT *, vo_lcc.turn(alon, blon) AS way
               FROM vo_lcc.edges(polygon)) AS e
         HAVING count(*) > 0)
    END
$$;

-- Degrees from a position to the nearest point of a polygon's sides.
CREATE FUNCTION vo_lcc.edge_distance(lon float8, lat float8, polygon float8[])
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT min(CASE
        WHEN (ny * az - nz * ay) * x + (nz * ax - nx * az) * y
             + (nx * ay - ny * ax) * z >= 0
         AND (by * nz - bz * ny) * x + (bz * nx - bx * nz) * y
             + (bx * ny - by * nx) * z >= 0
        THEN degrees(asin(least(1, abs(nx * x + ny * y + nz * z)
                                   / sqrt(nx * nx + ny * ny + nz * nz))))
        ELSE least(vo_lcc.separation(lon, lat, alon, alat),
                   vo_lcc.separation(lon, lat, blon, blat))
    END)
    FROM (SELECT *, ay * bz - az * by AS nx, az * bx - ax * bz AS ny,
                 ax * by - ay * bx AS nz,
                 cosd(lon) * cosd(lat) AS x,
                 sind(lon) * cosd(lat) AS y, sind(lat) AS z
          FROM vo_lcc.edges(polygon)) AS e
$$;

-- Whether a side of one polygon crosses a side of the other.
CREATE FUNCTION vo_lcc.edges_cross(one float8[], other float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bool_or(
        sa * sb < 0 AND sc * sd < 0
        AND (e.ax * abs(sb) + e.bx * abs(sa)) * (f.ax * abs(sd) + f.bx * abs(sc))
          + (e.ay * abs(sb) + e.by * abs(sa)) * (f.ay * abs(sd) + f.by * abs(sc))
          + (e.az * abs(sb) + e.bz * abs(sa)) * (f.az * abs(sd) + f.bz * abs(sc)) > 0
    ), false)
    FROM vo_lcc.edges(one) AS e, vo_lcc.edges(other) AS f,
         LATERAL (SELECT e.ay * e.bz - e.az * e.by AS x, e.az * e.bx - e.ax * e.bz AS y,
                         e.ax * e.by - e.ay * e.bx AS z) AS n,
         LATERAL (SELECT f.ay * f.bz - f.az * f.by AS x, f.az * f.bx - f.ax * f.bz AS y,
                         f.ax * f.by - f.ay * f.bx AS z) AS m,
         LATERAL (SELECT m.x * e.ax + m.y * e.ay + m.z * e.az AS sa,
                         m.x * e.bx + m.y * e.by + m.z * e.bz AS sb,
                         n.x * f.ax + n.y * f.ay + n.z * f.az AS sc,
                         n.x * f.bx + n.y * f.by + n.z * f.bz AS sd) AS s
$$;

-- CONTAINS(a, b): a lies within b. INTERSECTS(a, b): they have a point in common.

CREATE FUNCTION vo_lcc.contains_circle_point(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.separation(a[1], a[2], b[1], b[2]) = 0 AND a[3] = 0
$$;

CREATE FUNCTION vo_lcc.contains_polygon_point(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN false END
$$;

CREATE FUNCTION vo_lcc.contains_circle_circle(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT b[3] >= 180 OR vo_lcc.separation(a[1], a[2], b[1], b[2]) + a[3] <= b[3]
$$;

CREATE FUNCTION vo_lcc.contains_circle_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.in_polygon(a[1], a[2], b)
           AND vo_lcc.edge_distance(a[1], a[2], b) >= a[3]
$$;

CREATE FUNCTION vo_lcc.intersects_circle_circle(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.separation(a[1], a[2], b[1], b[2]) <= a[3] + b[3]
$$;

CREATE FUNCTION vo_lcc.intersects_circle_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.in_polygon(a[1], a[2], b)
           OR vo_lcc.edge_distance(a[1], a[2], b) <= a[3]
$$;

CREATE FUNCTION vo_lcc.intersects_polygon_circle(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.intersects_circle_polygon(b, a)
$$;

-- A polygon is within a circle when it keeps clear of the circle's complement.
CREATE FUNCTION vo_lcc.contains_polygon_circle(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT vo_lcc.in_polygon(b[1] + 180, -b[2], a)
           AND vo_lcc.edge_distance(b[1] + 180, -b[2], a) >= 180 - b[3]
$$;

CREATE FUNCTION vo_lcc.intersects_polygon_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT a = b OR vo_lcc.in_polygon(a[1], a[2], b) OR vo_lcc.in_polygon(b[1], b[2], a)
           OR vo_lcc.edges_cross(a, b)
$$;

CREATE FUNCTION vo_lcc.contains_polygon_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT a = b OR (
        (SELECT bool_and(vo_lcc.in_polygon(alon, alat, b)) FROM vo_lcc.edges(a))
        AND NOT vo_lcc.edges_cross(a, b)
        AND NOT (SELECT bool_and(vo_lcc.in_polygon(alon, alat, a)) FROM vo_lcc.edges(b)))
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
