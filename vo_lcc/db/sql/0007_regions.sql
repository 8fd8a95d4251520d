-- Regions as text, and the tests between regions of any kind. See 0004.

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

-- What these cost, in units of 0.0025 of reading a page: tens of microseconds for a
-- polygon, milliseconds for a cover. The planner then asks cheaper conditions first.
ALTER FUNCTION vo_lcc.in_polygon(float8, float8, float8[]) COST 300;
ALTER FUNCTION vo_lcc.contains(float8[], float8[]) COST 500;
ALTER FUNCTION vo_lcc.intersects(float8[], float8[]) COST 1000;
ALTER FUNCTION vo_lcc.moc_circle(float8, float8, float8, int) COST 50000;
ALTER FUNCTION vo_lcc.moc_polygon(float8[], int) COST 50000;
ALTER FUNCTION vo_lcc.contains_moc(float8[], int8multirange) COST 50000;
ALTER FUNCTION vo_lcc.intersects_moc(float8[], int8multirange) COST 50000;
