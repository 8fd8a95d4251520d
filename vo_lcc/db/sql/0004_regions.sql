-- Regions as values: HEALPix cells, MOCs, STC-S, and the tests between them.
--
-- A region is a float8[] in degrees, ICRS: 2 numbers are a point, 3 a circle (lon, lat,
-- radius), 6 or more a polygon. A MOC is an int8multirange of HEALPix cells of order 29,
-- NESTED. Where a result is not defined it is NULL; no function raises. Functions that
-- count corners or descend are in PL/pgSQL, which keeps its plans; the rest is inlined.

-- For a column that holds regions: the int8multirange column (with a GiST index) that
-- covers it. A column of MOCs covers itself.
CREATE TABLE vo_lcc.table_coverages (
    table_name text NOT NULL,
    region text NOT NULL,
    moc text NOT NULL,
    PRIMARY KEY (table_name, region)
);

-- Kinds of region -----------------------------------------------------------------

-- 2, 3 or 6: point, circle, polygon; NULL for an array that is none of them.
CREATE FUNCTION vo_lcc.region_kind(region float8[])
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN '-Infinity'::float8 < ALL (region) AND 'Infinity'::float8 > ALL (region)
             AND abs(region[1]) < 1e9 AND region[2] BETWEEN -90 AND 90
        THEN CASE
            WHEN cardinality(region) = 2 THEN 2
            WHEN cardinality(region) = 3 AND region[3] BETWEEN 0 AND 180 THEN 3
            WHEN cardinality(region) >= 6 AND cardinality(region) % 2 = 0 THEN 6
        END
    END
$$;

-- HEALPix -------------------------------------------------------------------------
--
-- Gorski et al. 2005, ApJ 622, 759. A cell is a face (0 to 11) and, on that face, x to
-- the north-east and y to the north-west, whose bits the NESTED index interleaves.

-- The NESTED cell of an order from 0 to 29 that holds a position.
CREATE FUNCTION vo_lcc.healpix_index(ord int, lon float8, lat float8)
RETURNS int8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    nside int8;
    quarter int8;  -- of the sky, eastward from longitude 0
    part float8;   -- how far into that quarter, 0 to 1
    z float8;
    west int8;     -- diagonals that run to the north-west and north-east
    east int8;
    face int8;
    v int8;        -- x, and y 32 bits higher
BEGIN
    IF (ord BETWEEN 0 AND 29 AND lat BETWEEN -90 AND 90 AND abs(lon) < 1e9) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    nside := 1::int8 << ord;
    quarter := floor(lon / 90);
    part := (lon - 90 * quarter) / 90;
    quarter := quarter & 3;
    z := sind(lat);
    IF abs(z) <= 2 / 3::float8 THEN
        west := floor(nside * (0.5 + quarter + part) - nside * (z * 0.75));
        east := floor(nside * (0.5 + quarter + part) + nside * (z * 0.75));
        face := CASE WHEN (west >> ord) = (east >> ord) THEN 4 + ((west >> ord) & 3)
                     WHEN west < east THEN (west >> ord) & 3
                     ELSE 8 + ((east >> ord) & 3) END;
        v := (east & (nside - 1)) | ((nside - 1 - (west & (nside - 1))) << 32);
    ELSE
        z := nside * 2.449489742783178 * sind((90 - abs(lat)) / 2);
        west := least(floor(part * z), nside - 1);
        east := least(floor((1 - part) * z), nside - 1);
        face := CASE WHEN lat > 0 THEN quarter ELSE 8 + quarter END;
        v := CASE WHEN lat > 0 THEN (nside - 1 - east) | ((nside - 1 - west) << 32)
                  ELSE west | (east << 32) END;
    END IF;
    v := v # ((v # (v >> 16)) & 4294901760) # (((v # (v >> 16)) & 4294901760) << 16);
    v := v # ((v # (v >> 8)) & 280375465148160) # (((v # (v >> 8)) & 280375465148160) << 8);
    v := v # ((v # (v >> 4)) & 67555025218437360)
           # (((v # (v >> 4)) & 67555025218437360) << 4);
    v := v # ((v # (v >> 2)) & 868082074056920076)
           # (((v # (v >> 2)) & 868082074056920076) << 2);
    v := v # ((v # (v >> 1)) & 2459565876494606882)
           # (((v # (v >> 1)) & 2459565876494606882) << 1);
    RETURN (face << (2 * ord)) | v;
END
$$;

-- The centre (lon, lat) of a NESTED cell.
CREATE FUNCTION vo_lcc.healpix_center(ord int, cell int8)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    nside int8;
    face int8;
    v int8;
    x int8;
    y int8;
    ring int8;     -- counted from the north pole
    cells int8;    -- of a quarter of that ring
    lat float8;
BEGIN
    IF (ord BETWEEN 0 AND 29 AND cell >= 0 AND (cell >> (2 * ord)) < 12) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    nside := 1::int8 << ord;
    face := cell >> (2 * ord);
    v := cell & (nside * nside - 1);
    v := v # ((v # (v >> 1)) & 2459565876494606882)
           # (((v # (v >> 1)) & 2459565876494606882) << 1);
    v := v # ((v # (v >> 2)) & 868082074056920076)
           # (((v # (v >> 2)) & 868082074056920076) << 2);
    v := v # ((v # (v >> 4)) & 67555025218437360)
           # (((v # (v >> 4)) & 67555025218437360) << 4);
    v := v # ((v # (v >> 8)) & 280375465148160) # (((v # (v >> 8)) & 280375465148160) << 8);
    v := v # ((v # (v >> 16)) & 4294901760) # (((v # (v >> 16)) & 4294901760) << 16);
    x := v & 4294967295;
    y := v >> 32;
    ring := (2 + face / 4) * nside - x - y - 1;
    cells := least(ring, 4 * nside - ring, nside);
    lat := CASE WHEN ring < nside THEN 90 - 2 * asind(ring / (nside * 2.449489742783178))
                WHEN ring > 3 * nside
                THEN 2 * asind((4 * nside - ring) / (nside * 2.449489742783178)) - 90
                ELSE asind(2 * (2 * nside - ring) / (3.0::float8 * nside)) END;
    RETURN ARRAY[vo_lcc.longitude(
                     45 * ((2 * (face % 4) + (face / 4 + 1) % 2) * cells + x - y)
                     / cells::float8), lat];
END
$$;

-- Polygons, corner by corner ------------------------------------------------------
--
-- These replace functions of 0002 by faster ones of the same meaning. The normal of a
-- side is taken as (a - b) x (a + b), twice a x b, which keeps its digits however short
-- the side is.

-- The unit vectors of the corners, x, y, z each; NULL for what is no polygon, or has no
-- two different corners.
CREATE FUNCTION vo_lcc.corner_vectors(polygon float8[])
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v float8[] := '{}';
    different boolean := false;
BEGIN
    IF (vo_lcc.region_kind(polygon) = 6) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(polygon) BY 2 LOOP
        IF NOT (polygon[i + 1] BETWEEN -90 AND 90 AND abs(polygon[i]) < 1e9) THEN
            RETURN NULL;
        END IF;
        different := different OR polygon[i] <> polygon[1] OR polygon[i + 1] <> polygon[2];
        v := v || (cosd(polygon[i]) * cosd(polygon[i + 1]));
        v := v || (sind(polygon[i]) * cosd(polygon[i + 1]));
        v := v || sind(polygon[i + 1]);
    END LOOP;
    RETURN CASE WHEN different THEN v END;
END
$$;

-- The normals of the sides, x, y, z each; a side ends at the corner of the same place.
CREATE FUNCTION vo_lcc.side_normals(v float8[])
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    normals float8[] := '{}';
    h int := cardinality(v) - 2;  -- where the corner before begins
BEGIN
    FOR i IN 1 .. cardinality(v) BY 3 LOOP
        normals := normals || ((v[h+1] - v[i+1]) * (v[h+2] + v[i+2])
                               - (v[h+2] - v[i+2]) * (v[h+1] + v[i+1]));
        normals := normals || ((v[h+2] - v[i+2]) * (v[h] + v[i])
                               - (v[h] - v[i]) * (v[h+2] + v[i+2]));
        normals := normals || ((v[h] - v[i]) * (v[h+1] + v[i+1])
                               - (v[h+1] - v[i+1]) * (v[h] + v[i]));
        h := i;
    END LOOP;
    RETURN normals;
END
$$;

-- The area of the inside in steradian, negative if the north pole is inside; NULL where
-- corner_vectors is.
CREATE FUNCTION vo_lcc.inside(polygon float8[])
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    n int := cardinality(polygon);
    lon float8;    -- of the corner before
    lat float8;
    way float8;
    turns float8 := 0;
    area float8 := 0;  -- between the polygon and the equator
    different boolean := false;
BEGIN
    IF (vo_lcc.region_kind(polygon) = 6) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    lon := polygon[n - 1];
    lat := polygon[n];
    FOR i IN 1 .. n BY 2 LOOP
        IF NOT (polygon[i + 1] BETWEEN -90 AND 90 AND abs(polygon[i]) < 1e9) THEN
            RETURN NULL;
        END IF;
        different := different OR polygon[i] <> lon OR polygon[i + 1] <> lat;
        way := vo_lcc.turn(lon, polygon[i]);
        turns := turns + way;
        area := area + 2 * atan2(
            tan(radians(way / 2))
            * (tan(radians(lat / 2)) + tan(radians(polygon[i + 1] / 2))),
            1 + tan(radians(lat / 2)) * tan(radians(polygon[i + 1] / 2)));
        lon := polygon[i];
        lat := polygon[i + 1];
    END LOOP;
    turns := round(turns / 360);
    IF NOT different THEN
        RETURN NULL;
    ELSIF turns = 0 THEN
        RETURN CASE WHEN abs(area) <= 2 * pi() THEN abs(area) ELSE abs(area) - 4 * pi() END;
    END IF;
    area := 2 * pi() - area * turns;  -- of the side of the north pole
    RETURN CASE WHEN area < 2 * pi() THEN -area ELSE 4 * pi() - area END;
END
$$;

CREATE OR REPLACE FUNCTION vo_lcc.polygon_area(polygon float8[])
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT abs(vo_lcc.inside(polygon)) * (180 / pi()) ^ 2
$$;

-- The direction of the vector area, on the side of the corners; their own mean where
-- the polygon is flat.
CREATE OR REPLACE FUNCTION vo_lcc.polygon_centroid(polygon float8[])
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v float8[] := vo_lcc.corner_vectors(polygon);
    n float8[] := vo_lcc.side_normals(v);
    h int := cardinality(v) - 2;
    size float8;
    weight float8;  -- the length of a side over its sine
    x float8 := 0;
    y float8 := 0;
    z float8 := 0;
    mx float8 := 0;
    my float8 := 0;
    mz float8 := 0;
BEGIN
    IF v IS NULL THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(v) BY 3 LOOP
        size := sqrt(n[i] * n[i] + n[i+1] * n[i+1] + n[i+2] * n[i+2]) / 2;
        weight := CASE WHEN size > 1e-150
                       THEN atan2(size, v[h] * v[i] + v[h+1] * v[i+1] + v[h+2] * v[i+2]) / size
                       ELSE 1 END;
        x := x + weight * n[i];
        y := y + weight * n[i+1];
        z := z + weight * n[i+2];
        mx := mx + v[i];
        my := my + v[i+1];
        mz := mz + v[i+2];
        h := i;
    END LOOP;
    IF sqrt(x * x + y * y + z * z) < 1e-15 THEN
        x := mx;
        y := my;
        z := mz;
    ELSIF x * mx + y * my + z * mz < 0 THEN
        x := -x;
        y := -y;
        z := -z;
    END IF;
    RETURN ARRAY[vo_lcc.longitude(degrees(atan2(y, x))), degrees(atan2(z, sqrt(x * x + y * y)))];
END
$$;

-- Whether a position is inside: the sides of the polygon that its meridian crosses on
-- the way north are counted (see vo_lcc/sky.py, Polygon).
CREATE OR REPLACE FUNCTION vo_lcc.in_polygon(lon float8, lat float8, polygon float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    n int := cardinality(polygon);
    area float8 := vo_lcc.inside(polygon);
    odd boolean := false;
    alon float8;
    alat float8;
    blon float8;
    blat float8;
    way float8;
    px float8;      -- the unit vectors of two neighbours
    py float8;
    pz float8;
    qx float8;
    qy float8;
    qz float8;
BEGIN
    IF (lat BETWEEN -90 AND 90 AND abs(lon) < 1e9) IS NOT TRUE OR area IS NULL THEN
        RETURN NULL;
    END IF;
    blon := polygon[n - 1];
    blat := polygon[n];
    FOR i IN 1 .. n BY 2 LOOP
        alon := blon;
        alat := blat;
        blon := polygon[i];
        blat := polygon[i + 1];
        way := vo_lcc.turn(alon, blon);
        CONTINUE WHEN CASE WHEN way > 0 THEN vo_lcc.longitude(lon - alon) >= way
                           ELSE vo_lcc.longitude(lon - blon) >= -way END;
        IF abs(alat) = 90 OR abs(blat) = 90 THEN  -- along a meridian, and crossed at the pole
            odd := odd <> (alat = 90 OR blat = 90);
            CONTINUE;
        END IF;
        px := cosd(alon) * cosd(alat);
        py := sind(alon) * cosd(alat);
        pz := sind(alat);
        qx := cosd(blon) * cosd(blat);
        qy := sind(blon) * cosd(blat);
        qz := sind(blat);
        odd := odd <> (sign(way) * (
            ((py - qy) * (pz + qz) - (pz - qz) * (py + qy)) * cosd(lon) * cosd(lat)
            + ((pz - qz) * (px + qx) - (px - qx) * (pz + qz)) * sind(lon) * cosd(lat)
            + ((px - qx) * (py + qy) - (py - qy) * (px + qx)) * sind(lat)) < 0);
    END LOOP;
    RETURN odd = (area >= 0);
END
$$;

-- Degrees from a position to the nearest point of a polygon's sides.
CREATE OR REPLACE FUNCTION vo_lcc.edge_distance(lon float8, lat float8, polygon float8[])
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v float8[] := vo_lcc.corner_vectors(polygon);
    n float8[] := vo_lcc.side_normals(v);
    h int := cardinality(v) - 2;
    x float8;
    y float8;
    z float8;
    size float8;
    nearest float8 := 180;
BEGIN
    IF (lat BETWEEN -90 AND 90 AND abs(lon) < 1e9) IS NOT TRUE OR v IS NULL THEN
        RETURN NULL;
    END IF;
    x := cosd(lon) * cosd(lat);
    y := sind(lon) * cosd(lat);
    z := sind(lat);
    FOR i IN 1 .. cardinality(v) BY 3 LOOP
        size := sqrt(n[i] * n[i] + n[i+1] * n[i+1] + n[i+2] * n[i+2]);
        IF size > 0  -- and the foot of the perpendicular is on the side
           AND (n[i+1] * v[h+2] - n[i+2] * v[h+1]) * x + (n[i+2] * v[h] - n[i] * v[h+2]) * y
               + (n[i] * v[h+1] - n[i+1] * v[h]) * z >= 0
           AND (v[i+1] * n[i+2] - v[i+2] * n[i+1]) * x + (v[i+2] * n[i] - v[i] * n[i+2]) * y
               + (v[i] * n[i+1] - v[i+1] * n[i]) * z >= 0 THEN
            nearest := least(nearest, degrees(asin(
                least(1, abs(n[i] * x + n[i+1] * y + n[i+2] * z) / size))));
        ELSE
            nearest := least(nearest, 2 * degrees(atan2(
                sqrt((v[i] - x) * (v[i] - x) + (v[i+1] - y) * (v[i+1] - y)
                     + (v[i+2] - z) * (v[i+2] - z)),
                sqrt((v[i] + x) * (v[i] + x) + (v[i+1] + y) * (v[i+1] + y)
                     + (v[i+2] + z) * (v[i+2] + z)))));
        END IF;
        h := i;
    END LOOP;
    RETURN nearest;
END
$$;

-- Whether a side of one polygon crosses a side of the other.
CREATE OR REPLACE FUNCTION vo_lcc.edges_cross(one float8[], other float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v float8[] := vo_lcc.corner_vectors(one);
    w float8[] := vo_lcc.corner_vectors(other);
    n float8[] := vo_lcc.side_normals(v);
    m float8[] := vo_lcc.side_normals(w);
    h int := cardinality(v) - 2;  -- sides go from h to i, and from k to j
    k int;
    sa float8;                    -- on which side of the other side each end is
    sb float8;
    sc float8;
    sd float8;
BEGIN
    IF v IS NULL OR w IS NULL THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(v) BY 3 LOOP
        k := cardinality(w) - 2;
        sc := n[i] * w[k] + n[i+1] * w[k+1] + n[i+2] * w[k+2];
        FOR j IN 1 .. cardinality(w) BY 3 LOOP
            sd := n[i] * w[j] + n[i+1] * w[j+1] + n[i+2] * w[j+2];
            IF sc * sd < 0 THEN
                sa := m[j] * v[h] + m[j+1] * v[h+1] + m[j+2] * v[h+2];
                sb := m[j] * v[i] + m[j+1] * v[i+1] + m[j+2] * v[i+2];
                IF sa * sb < 0  -- and where they cross is the same place, not its opposite
                   AND sign(sa) * (
                       (v[i] * sa - v[h] * sb) * (w[k] * abs(sd) + w[j] * abs(sc))
                       + (v[i+1] * sa - v[h+1] * sb) * (w[k+1] * abs(sd) + w[j+1] * abs(sc))
                       + (v[i+2] * sa - v[h+2] * sb) * (w[k+2] * abs(sd) + w[j+2] * abs(sc))
                   ) > 0 THEN
                    RETURN true;
                END IF;
            END IF;
            sc := sd;
            k := j;
        END LOOP;
        h := i;
    END LOOP;
    RETURN false;
END
$$;

-- Whether all corners of one polygon are inside another.
CREATE FUNCTION vo_lcc.corners_inside(one float8[], other float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    here boolean;
BEGIN
    IF vo_lcc.inside(one) IS NULL THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. cardinality(one) BY 2 LOOP
        here := vo_lcc.in_polygon(one[i], one[i + 1], other);
        IF here IS NOT TRUE THEN
            RETURN here;
        END IF;
    END LOOP;
    RETURN here;
END
$$;

-- Whether two polygons have the same corners in the same or the opposite order, with
-- whichever they begin; NULL for two of the same that are no polygon.
CREATE FUNCTION vo_lcc.same_polygon(one float8[], other float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    n int := cardinality(one);
    turned float8[];
BEGIN
    IF n <> cardinality(other) THEN
        RETURN false;
    END IF;
    FOR i IN 1 .. n BY 2 LOOP
        IF other[i] = one[1] AND other[i + 1] = one[2] THEN
            turned := other[i:] || other[:i - 1];
            IF turned = one THEN
                RETURN vo_lcc.inside(one) IS NOT NULL OR NULL;
            END IF;
            FOR j IN 3 .. n BY 2 LOOP
                EXIT WHEN turned[j] <> one[n + 2 - j] OR turned[j + 1] <> one[n + 3 - j];
                IF j = n - 1 THEN
                    RETURN vo_lcc.inside(one) IS NOT NULL OR NULL;
                END IF;
            END LOOP;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

CREATE OR REPLACE FUNCTION vo_lcc.contains_polygon_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.same_polygon(a, b)
           OR (vo_lcc.corners_inside(a, b) AND NOT vo_lcc.edges_cross(a, b)
               AND NOT vo_lcc.corners_inside(b, a))
$$;

CREATE OR REPLACE FUNCTION vo_lcc.intersects_polygon_polygon(a float8[], b float8[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.same_polygon(a, b) OR vo_lcc.in_polygon(a[1], a[2], b)
           OR vo_lcc.in_polygon(b[1], b[2], a) OR vo_lcc.edges_cross(a, b)
$$;

DROP FUNCTION vo_lcc.north_side;
DROP FUNCTION vo_lcc.edges;

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

-- STC-S ---------------------------------------------------------------------------

-- `Circle ICRS 10 20 1`, in the shortest numbers that read back as the same.
CREATE FUNCTION vo_lcc.region_text(region float8[])
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE vo_lcc.region_kind(region) WHEN 2 THEN 'Position ICRS '
                                           WHEN 3 THEN 'Circle ICRS '
                                           WHEN 6 THEN 'Polygon ICRS ' END
           || array_to_string(region, ' ')
$$;

-- STC-S as TAP 1.0 (section 6) and ObsCore write it, and DALI's words and numbers. The
-- frame is ICRS, or within 0.1 arcsec of it, or not said; a box becomes its corners.
CREATE FUNCTION vo_lcc.region_of_text(region text)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text[] := regexp_split_to_array(
        lower(btrim(region, E' \t\r\n\f\v')), '[ \t\r\n\f\v]+');
    shape text := 'numbers';
    n int := 1;    -- the word to be read
    v float8[];
BEGIN
    IF words[n] IN ('position', 'point', 'circle', 'polygon', 'box') THEN
        shape := words[n];
        n := n + 1;
        IF words[n] IN ('icrs', 'fk5', 'j2000', 'unknownframe') THEN
            n := n + 1;
        END IF;
        IF words[n] IN ('barycenter', 'geocenter', 'heliocenter', 'topocenter', 'lsr',
                        'relocatable', 'unknownrefpos') THEN
            n := n + 1;
        END IF;
        IF words[n] = 'spherical2' THEN
            n := n + 1;
        END IF;
    END IF;
    FOR i IN n .. coalesce(cardinality(words), 0) LOOP
        IF words[i] !~ '^[+-]?(\d{1,40}(\.\d{0,60})?|\.\d{1,60})(e[+-]?\d{1,2})?$' THEN
            RETURN NULL;
        END IF;
        v := v || words[i]::float8;
    END LOOP;
    IF shape = 'box' THEN
        v := CASE WHEN cardinality(v) = 4 AND v[3] > 0 AND v[3] < 180 AND v[4] > 0 THEN
            ARRAY[v[1] - v[3] / 2, v[2] - v[4] / 2, v[1] + v[3] / 2, v[2] - v[4] / 2,
                  v[1] + v[3] / 2, v[2] + v[4] / 2, v[1] - v[3] / 2, v[2] + v[4] / 2]
        END;
    END IF;
    FOR i IN 2 .. coalesce(cardinality(v), 0) BY 2 LOOP
        IF v[i] NOT BETWEEN -90 AND 90 THEN
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN CASE WHEN CASE vo_lcc.region_kind(v) WHEN 2 THEN shape IN ('position', 'point')
                                                WHEN 3 THEN shape = 'circle'
                                                WHEN 6 THEN shape IN ('polygon', 'box') END
                     OR (shape = 'numbers' AND vo_lcc.region_kind(v) > 0)
                THEN v END;
END
$$;

-- Tests between regions of any kind -----------------------------------------------

-- Whether a lies within b.
CREATE FUNCTION vo_lcc.contains(a float8[], b float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE 10 * vo_lcc.region_kind(a) + vo_lcc.region_kind(b)
        WHEN 22 THEN vo_lcc.separation(a[1], a[2], b[1], b[2]) = 0
        WHEN 23 THEN vo_lcc.separation(a[1], a[2], b[1], b[2]) <= b[3]
        WHEN 26 THEN vo_lcc.in_polygon(a[1], a[2], b)
        WHEN 32 THEN vo_lcc.contains_circle_point(a, b)
        WHEN 33 THEN vo_lcc.contains_circle_circle(a, b)
        WHEN 36 THEN vo_lcc.contains_circle_polygon(a, b)
        WHEN 62 THEN vo_lcc.contains_polygon_point(a, b)
        WHEN 63 THEN vo_lcc.contains_polygon_circle(a, b)
        WHEN 66 THEN vo_lcc.contains_polygon_polygon(a, b)
    END;
END
$$;

-- Whether a and b have a point in common.
CREATE FUNCTION vo_lcc.intersects(a float8[], b float8[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE 10 * vo_lcc.region_kind(a) + vo_lcc.region_kind(b)
        WHEN 32 THEN vo_lcc.contains(b, a)
        WHEN 62 THEN vo_lcc.contains(b, a)
        WHEN 33 THEN vo_lcc.intersects_circle_circle(a, b)
        WHEN 36 THEN vo_lcc.intersects_circle_polygon(a, b)
        WHEN 63 THEN vo_lcc.intersects_polygon_circle(a, b)
        WHEN 66 THEN vo_lcc.intersects_polygon_polygon(a, b)
        ELSE vo_lcc.contains(a, b)
    END;
END
$$;

-- Square degrees.
CREATE FUNCTION vo_lcc.region_area(region float8[])
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE vo_lcc.region_kind(region) WHEN 2 THEN 0
                                           WHEN 3 THEN vo_lcc.circle_area(region[3])
                                           WHEN 6 THEN vo_lcc.polygon_area(region) END;
END
$$;

CREATE FUNCTION vo_lcc.region_centroid(region float8[])
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE vo_lcc.region_kind(region) WHEN 2 THEN region
                                           WHEN 3 THEN region[1:2]
                                           WHEN 6 THEN vo_lcc.polygon_centroid(region) END;
END
$$;

-- Whether a region lies within a MOC: a point exactly, others by their cover of order 10.
-- What the coarser cover, or one position of the region, can tell is asked first.
CREATE FUNCTION vo_lcc.contains_moc(region float8[], moc int8multirange)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF cardinality(region) = 2 THEN
        RETURN vo_lcc.moc(region, 29) <@ moc;
    END IF;
    RETURN CASE WHEN vo_lcc.region_area(region) IS NOT NULL THEN
        vo_lcc.moc(region[1:2], 29) <@ moc
        AND (vo_lcc.moc(region, 8) <@ moc OR vo_lcc.moc(region, 10) <@ moc) END;
END
$$;

-- Whether a region and a MOC have a cell in common, at the same accuracy.
CREATE FUNCTION vo_lcc.intersects_moc(region float8[], moc int8multirange)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF cardinality(region) = 2 THEN
        RETURN vo_lcc.moc(region, 29) && moc;
    END IF;
    RETURN CASE WHEN vo_lcc.region_area(region) IS NOT NULL THEN
        vo_lcc.moc(region[1:2], 29) && moc
        OR (vo_lcc.moc(region, 8) && moc AND vo_lcc.moc(region, 10) && moc) END;
END
$$;
