-- Polygons in PL/pgSQL, tens of times faster than in 0002_sky.sql. Regions: see 0004.

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
