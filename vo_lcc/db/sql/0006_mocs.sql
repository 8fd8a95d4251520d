-- MOCs: covers of regions, ASCII. Regions as values: see 0004.

-- MOCs ----------------------------------------------------------------------------
--
-- A cover holds every cell of its order that touches the region, and perhaps a few more
-- along the border. It descends from the 12 faces: a cell that lies inside is kept
-- whole, one on the border is divided, up to two orders beyond the one asked for, so
-- that fewer cells are kept that only come near. It descends no further once the border
-- has more than 2,500 cells, or cells times sides are more than 200,000: the cover is
-- then of a coarser order than asked for.

-- The cells of order 29 in a cell.
CREATE FUNCTION vo_lcc.cell_range(ord int, cell int8)
RETURNS int8range LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT int8range(cell << (2 * (29 - ord)), (cell + 1) << (2 * (29 - ord)))
$$;

-- The unit vector of the centre of cell (x, y) of a face, and how far from it, in
-- degrees, a point of the cell can be. That bounds the length of the way from the centre
-- to a point along a line that is straight on the face. Where the cells are diamonds in
-- longitude and z, their half diagonals are pi/4 and 2/3 radian over nside, times or over
-- the cosine of latitude; in the polar caps a way has at most 61.248 degrees over nside.
CREATE FUNCTION vo_lcc.cell_vector(ord int, face int, x int, y int)
RETURNS TABLE (cx float8, cy float8, cz float8, reach float8)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT s * cos(phi), s * sin(phi), z,
           CASE WHEN abs(ring - 2) < 1
                THEN greatest(45.01, 38.2 / sqrt(1 - (abs(z) + 2 / 3::float8 / (1 << ord)) ^ 2))
                ELSE 61.25 END / (1 << ord)
    FROM (SELECT (2 + face / 4 - (x + y + 1) / (1 << ord)::float8) AS ring OFFSET 0) AS r,
         LATERAL (SELECT least(ring, 4 - ring, 1::float8) AS t OFFSET 0) AS polar,
         LATERAL (SELECT CASE WHEN t = 1 THEN (2 - ring) * 2 / 3
                              ELSE sign(2 - ring) * (1 - t * t / 3) END AS z,
                         pi() / 4 * (2 * (face % 4) + (face / 4 + 1) % 2
                                     + (x - y) / (t * (1 << ord))) AS phi OFFSET 0) AS c,
         LATERAL (SELECT CASE WHEN t = 1 THEN sqrt(1 - z * z)
                              ELSE t * sqrt((2 - t * t / 3) / 3) END AS s OFFSET 0) AS d
$$;

-- The cover of a circle: the cells that are whole, and the border of the last order.
CREATE FUNCTION vo_lcc.moc_circle(lon float8, lat float8, radius float8, ord int)
RETURNS int8multirange LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET enable_memoize = off AS $$
DECLARE
    px float8;
    py float8;
    pz float8;
BEGIN
    IF (ord BETWEEN 0 AND 29 AND radius BETWEEN 0 AND 180
        AND lat BETWEEN -90 AND 90 AND abs(lon) < 1e9) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    px := cosd(lon) * cosd(lat);
    py := sind(lon) * cosd(lat);
    pz := sind(lat);
    RETURN (
        WITH RECURSIVE cells AS (
            SELECT 0 AS k, f AS face, 0 AS x, 0 AS y, f::int8 AS cell, false AS whole,
                   12::int8 AS border
            FROM generate_series(0, 11) AS f
            UNION ALL
            SELECT k + 1, face, c.x, c.y, 4 * cell + 2 * dy + dx, w.whole,
                   count(*) FILTER (WHERE NOT w.whole) OVER ()
            FROM cells AS p,
                 (VALUES (0, 0), (1, 0), (0, 1), (1, 1)) AS q (dx, dy),
                 LATERAL (SELECT 2 * p.x + dx AS x, 2 * p.y + dy AS y OFFSET 0) AS c,
                 LATERAL vo_lcc.cell_vector(k + 1, face, c.x, c.y) AS v,
                 LATERAL (SELECT degrees(2 * atan2(
                              sqrt((cx - px) * (cx - px) + (cy - py) * (cy - py)
                                   + (cz - pz) * (cz - pz)),
                              sqrt((cx + px) * (cx + px) + (cy + py) * (cy + py)
                                   + (cz + pz) * (cz + pz)))) AS apart OFFSET 0) AS d,
                 LATERAL (SELECT radius - apart >= reach OR radius = 180 AS whole) AS w
            WHERE NOT p.whole AND border <= 2500 AND k < least(ord + 2, 29)
                  AND apart - radius <= reach
        )
        SELECT range_agg(vo_lcc.cell_range(least(k, ord), cell >> (2 * greatest(k - ord, 0))))
        FROM cells WHERE whole OR k = (SELECT max(k) FROM cells));
END
$$;

-- The cover of a polygon. A cell keeps the numbers of the sides that come near it; one
-- without is whole or outside.
CREATE FUNCTION vo_lcc.moc_polygon(polygon float8[], ord int)
RETURNS int8multirange LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET enable_memoize = off AS $$
DECLARE
    v float8[] := vo_lcc.corner_vectors(polygon);
    m float8[] := vo_lcc.side_normals(v);
    n int := cardinality(polygon) / 2;
BEGIN
    IF (ord BETWEEN 0 AND 29) IS NOT TRUE OR vo_lcc.inside(polygon) IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (
        WITH RECURSIVE sides AS MATERIALIZED (
            SELECT i, ax, ay, az, bx, by, bz, nx, ny, nz,
                   ny * az - nz * ay AS fx, nz * ax - nx * az AS fy, nx * ay - ny * ax AS fz,
                   by * nz - bz * ny AS gx, bz * nx - bx * nz AS gy, bx * ny - by * nx AS gz
            FROM generate_series(1, n) AS i,
                 LATERAL (SELECT 3 * i - 2 AS b, 3 * ((i + n - 2) % n) + 1 AS a) AS e,
                 LATERAL (SELECT v[a] AS ax, v[a + 1] AS ay, v[a + 2] AS az,
                                 v[b] AS bx, v[b + 1] AS by, v[b + 2] AS bz) AS c,
                 LATERAL (SELECT nullif(sqrt(m[b] * m[b] + m[b + 1] * m[b + 1]
                                             + m[b + 2] * m[b + 2]), 0) AS size) AS s,
                 LATERAL (SELECT m[b] / size AS nx, m[b + 1] / size AS ny,
                                 m[b + 2] / size AS nz OFFSET 0) AS u
        ), cells AS (
            SELECT 0 AS k, f AS face, 0 AS x, 0 AS y, f::int8 AS cell,
                   (SELECT array_agg(i) FROM sides) AS near, 12::int8 AS border
            FROM generate_series(0, 11) AS f
            UNION ALL
            SELECT k + 1, face, c.x, c.y, 4 * cell + 2 * dy + dx, d.near,
                   count(d.near) OVER ()
            FROM cells AS p,
                 (VALUES (0, 0), (1, 0), (0, 1), (1, 1)) AS q (dx, dy),
                 LATERAL (SELECT 2 * p.x + dx AS x, 2 * p.y + dy AS y OFFSET 0) AS c,
                 LATERAL vo_lcc.cell_vector(k + 1, face, c.x, c.y) AS v,
                 LATERAL (SELECT sind(reach) AS r, 4 * sind(reach / 2) * sind(reach / 2) AS rr
                          OFFSET 0) AS s,
                 LATERAL (SELECT array_agg(i) AS near FROM sides
                          WHERE i = ANY (p.near) AND CASE
                              WHEN fx * cx + fy * cy + fz * cz >= 0
                                   AND gx * cx + gy * cy + gz * cz >= 0
                              THEN abs(nx * cx + ny * cy + nz * cz) <= r
                              ELSE least((ax - cx) * (ax - cx) + (ay - cy) * (ay - cy)
                                         + (az - cz) * (az - cz),
                                         (bx - cx) * (bx - cx) + (by - cy) * (by - cy)
                                         + (bz - cz) * (bz - cz)) <= rr
                              END) AS d
            WHERE p.near IS NOT NULL AND border <= least(2500, 200000 / n)
                  AND k < least(ord + 2, 29)
                  AND (d.near IS NOT NULL OR vo_lcc.in_polygon(
                      degrees(atan2(cy, cx)), degrees(atan2(cz, sqrt(cx * cx + cy * cy))),
                      polygon))
        )
        SELECT range_agg(vo_lcc.cell_range(least(k, ord), cell >> (2 * greatest(k - ord, 0))))
        FROM cells WHERE near IS NULL OR k = (SELECT max(k) FROM cells));
END
$$;

-- The cover of a region of any kind: the cells of an order that touch it.
CREATE FUNCTION vo_lcc.moc(region float8[], ord int)
RETURNS int8multirange LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE vo_lcc.region_kind(region)
        WHEN 2 THEN CASE WHEN ord BETWEEN 0 AND 29 THEN int8multirange(vo_lcc.cell_range(
            ord, vo_lcc.healpix_index(ord, region[1], region[2]))) END
        WHEN 3 THEN vo_lcc.moc_circle(region[1], region[2], region[3], ord)
        WHEN 6 THEN vo_lcc.moc_polygon(region, ord)
    END;
END
$$;

CREATE FUNCTION vo_lcc.whole_sky()
RETURNS int8multirange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT int8multirange(int8range(0, 12::int8 << 58))
$$;

-- The order of the largest cell that is no larger than n cells of order 29.
CREATE FUNCTION vo_lcc.size_order(n int8)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(0, 29 - floor(ln(n::float8) / ln(4::float8) + 1e-9)::int)
$$;

-- ASCII MOC, every cell as coarse as it can be: `5/5 6/1-3 7`. The empty MOC is `29/`.
-- Of an order it has the cells within a range that the order above does not have.
CREATE FUNCTION vo_lcc.moc_text(moc int8multirange)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN moc IS NOT NULL THEN (
        SELECT coalesce(string_agg(k || '/' || cells, ' ' ORDER BY k), '29/')
        FROM (
            SELECT k, string_agg(CASE WHEN stop - start = 1 THEN start::text
                                      ELSE start || '-' || stop - 1 END,
                                 ' ' ORDER BY start) AS cells
            FROM unnest(moc * vo_lcc.whole_sky()) AS r,
                 generate_series(vo_lcc.size_order(upper(r) - lower(r)),
                                 vo_lcc.size_order((lower(r) | upper(r)) & -(lower(r) | upper(r)))
                 ) AS k,
                 LATERAL (SELECT 2 * (29 - k) AS s) AS shift,
                 LATERAL (SELECT (lower(r) + (1::int8 << s) - 1) >> s AS a,
                                 upper(r) >> s AS b) AS here,
                 LATERAL (SELECT CASE WHEN k > 0 THEN (a + 3) / 4 * 4 END AS c,
                                 CASE WHEN k > 0 THEN b / 4 * 4 END AS d) AS above,
                 LATERAL (VALUES (a, CASE WHEN c < d THEN c ELSE b END),
                                 (CASE WHEN c < d THEN d END, b)) AS piece (start, stop)
            WHERE start < stop
            GROUP BY k
        ) AS orders) END;
END
$$;

-- ASCII MOC read: `6/1-3,5 7/20 29/`, with commas or blanks (MOC 2.0, section 4.3.2).
CREATE FUNCTION vo_lcc.moc_of_text(moc text)
RETURNS int8multirange LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text := regexp_replace(
        regexp_replace(btrim(moc, E' \t\r\n'), '[\s,]+', ' ', 'g'), '/ (?!\d+/)', '/', 'g');
    found int8multirange;
    good boolean;
BEGIN
    IF (words ~ '^s?\d{1,2}/') IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    SELECT range_agg(CASE WHEN fits THEN int8range(low << s, (high + 1) << s) END)
           FILTER (WHERE high IS NOT NULL),
           bool_and(fits)
    INTO found, good
    FROM (
        SELECT low, high, 2 * (29 - ord) AS s,
               part IS NOT NULL AND ord <= 29
               AND (high IS NULL OR (low <= high AND high < 12::int8 << (2 * ord))) AS fits
        FROM (
            SELECT part, part[2]::int8 AS low, coalesce(part[3], part[2])::int8 AS high,
                   max(part[1]::int) OVER (PARTITION BY orders) AS ord
            FROM (
                SELECT part, count(part[1]) OVER (ORDER BY number) AS orders
                FROM regexp_split_to_table(ltrim(words, 's'), ' ') WITH ORDINALITY
                         AS w (word, number),
                     LATERAL (SELECT regexp_match(
                         word, '^(?:(\d{1,2})/)?(?:(\d{1,18}|[1-3]\d{18})'
                               '(?:-(\d{1,18}|[1-3]\d{18}))?)?$') AS part OFFSET 0) AS p
            ) AS numbered
        ) AS ordered
    ) AS cells;
    RETURN CASE WHEN good THEN coalesce(found, '{}') END;
END
$$;

-- Square degrees.
CREATE FUNCTION vo_lcc.moc_area(moc int8multirange)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN moc IS NOT NULL THEN (
        SELECT coalesce(sum(upper(r) - lower(r)), 0)::float8
        FROM unnest(moc * vo_lcc.whole_sky()) AS r) END
        * (4 * pi() * (180 / pi()) ^ 2 / (12::int8 << 58));
END
$$;
