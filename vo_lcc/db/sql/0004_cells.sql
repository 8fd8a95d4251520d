-- Regions as values, and HEALPix cells.
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
