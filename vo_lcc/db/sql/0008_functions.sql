-- Functions of the IVOA's catalogue (UDF catalogue EN 1.2), and what the light-curve
-- functions need beside their templates.
--
-- As in 0002_sky.sql: what is not defined is NULL, and no row stops a query.

-- Astrometry ----------------------------------------------------------------------

-- (lon, lat) in degrees of a vector of any length.
CREATE FUNCTION vo_lcc.direction(x float8, y float8, z float8)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    lon float8 := vo_lcc.longitude(degrees(atan2(y, x)));
BEGIN
    RETURN ARRAY[CASE WHEN lon < 360 THEN lon ELSE 0 END,
                 degrees(atan2(z, point(x, y) <-> point(0, 0)))];
END
$$;

-- An angle whose sine can be multiplied with others: the smallest become 0.
CREATE FUNCTION vo_lcc.angle(x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 1e-50 THEN 0::float8 WHEN abs(x) < 1e15 THEN x END
$$;

-- A point, circle or polygon in other axes: `matrix` holds the rows of a rotation. The
-- radius of a circle stays. NULL for what is no region.
CREATE FUNCTION vo_lcc.rotate(region float8[], matrix float8[])
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    m float8[] := matrix;
    n int := cardinality(region);
    rotated float8[] := '{}';
    lon float8;
    lat float8;
    x float8;
    y float8;
    z float8;
BEGIN
    IF (cardinality(m) = 9 AND (n IN (2, 3) OR n >= 6 AND n % 2 = 0)) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. n / 2 LOOP
        lon := vo_lcc.angle(region[2 * i - 1]);
        lat := vo_lcc.angle(region[2 * i]);
        IF (lat BETWEEN -90 AND 90 AND abs(lon) < 1e9) IS NOT TRUE THEN
            RETURN NULL;
        END IF;
        x := cosd(lon) * cosd(lat);
        y := sind(lon) * cosd(lat);
        z := sind(lat);
        rotated := rotated || vo_lcc.direction(
            m[1] * x + m[2] * y + m[3] * z,
            m[4] * x + m[5] * y + m[6] * z,
            m[7] * x + m[8] * y + m[9] * z);
    END LOOP;
    IF n = 3 THEN
        RETURN CASE WHEN abs(region[3]) < 1e9 THEN rotated || region[3] END;
    END IF;
    RETURN rotated;
END
$$;

-- Where a star is at another epoch: uniform motion in space, no light-travel time (The
-- Hipparcos and Tycho Catalogues, ESA SP-1200, vol. 1, section 1.5.5). Degrees, mas,
-- mas/yr (pmra with cos(dec)), km/s, Julian years. A NULL parallax is 0: infinitely far.
CREATE FUNCTION vo_lcc.epoch_prop_pos(
    ra float8, "dec" float8, parallax float8, pmra float8, pmdec float8,
    radial_velocity float8, ref_epoch float8, out_epoch float8)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    lon float8 := vo_lcc.angle(ra);
    lat float8 := vo_lcc.angle("dec");
    -- radians of motion for each mas/yr
    span float8 := (vo_lcc.angle(out_epoch) - vo_lcc.angle(ref_epoch))
        * (pi() / 648000000);
    -- 4.7404... km/s are one astronomical unit a Julian year
    away float8 := 1 + vo_lcc.angle(coalesce(parallax, 0))
        * vo_lcc.angle(coalesce(radial_velocity, 0)) / 4.740470463533349 * span;
    east float8 := vo_lcc.angle(coalesce(pmra, 0)) * span;
    north float8 := vo_lcc.angle(coalesce(pmdec, 0)) * span;
    outward float8;
BEGIN
    IF (lat BETWEEN -90 AND 90 AND abs(lon) < 1e9
        AND away + east + north IS NOT NULL) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    outward := away * cosd(lat) - north * sind(lat);
    RETURN vo_lcc.direction(
        outward * cosd(lon) - east * sind(lon),
        outward * sind(lon) + east * cosd(lon),
        away * sind(lat) + north * cosd(lat));
END
$$;

-- Dates and times -----------------------------------------------------------------

CREATE FUNCTION vo_lcc.to_mjd(t timestamp)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN isfinite(t) THEN extract(epoch FROM t)::float8 / 86400 + 40587 END
$$;

CREATE FUNCTION vo_lcc.to_mjd(t timestamptz)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.to_mjd(t AT TIME ZONE 'UTC')
$$;

-- A text that is a timestamp of DALI (YYYY-MM-DD[Thh:mm:ss[.s...][Z]]; the seconds may
-- be left out); others give NULL.
CREATE FUNCTION vo_lcc.to_mjd(t text)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    f text[] := regexp_match(t, '^\s*(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])'
        '(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{0,20})?|60))?Z?)?\s*$');
    month date;
BEGIN
    IF f IS NULL OR f[1] = '0000' THEN
        RETURN NULL;
    END IF;
    month := make_date(f[1]::int, f[2]::int, 1);
    IF f[3]::int > (month + interval '1 month')::date - month THEN
        RETURN NULL;
    END IF;
    RETURN (month - date '1858-11-17') + (f[3]::int - 1)
        + (coalesce(f[4]::int, 0) * 3600 + coalesce(f[5]::int, 0) * 60
           + coalesce(f[6]::float8, 0)) / 86400;
END
$$;

CREATE FUNCTION vo_lcc.to_jd(t timestamp)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.to_mjd(t) + 2400000.5
$$;

CREATE FUNCTION vo_lcc.to_jd(t timestamptz)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.to_mjd(t) + 2400000.5
$$;

CREATE FUNCTION vo_lcc.to_jd(t text)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.to_mjd(t) + 2400000.5
$$;

-- Text ----------------------------------------------------------------------------

-- 1 when a text is like a pattern, whatever the case; a backslash escapes nothing.
CREATE FUNCTION vo_lcc.nocasematch(t text, pattern text)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (t ILIKE pattern ESCAPE '')::int
$$;

-- 1 when an item is one of the words that hash signs separate, whatever the case.
CREATE FUNCTION vo_lcc.hashlist_has(hashlist text, item text)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lower(item) = ANY (string_to_array(lower(hashlist), '#')))::int
$$;

-- Words as an English search engine sees them: stems, and no word is too common.
CREATE TEXT SEARCH DICTIONARY vo_lcc.stems (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION vo_lcc.words (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION vo_lcc.words
    ALTER MAPPING REPLACE english_stem WITH vo_lcc.stems;

-- The first 100,000 characters without ASCII punctuation, which would make one word of
-- `a/b` and a tag of `<a b>`.
CREATE FUNCTION vo_lcc.bare_words(t text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(left(t, 100000), '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g')
$$;

-- 1 when every word of the needle is in the haystack, in any order; also for no words.
CREATE FUNCTION vo_lcc.hasword(haystack text, needle text)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN vo_lcc.bare_words(needle) ~ '^ ?$' THEN CASE WHEN haystack IS NOT NULL THEN 1 END
        ELSE (to_tsvector('vo_lcc.words', vo_lcc.bare_words(haystack))
              @@ plainto_tsquery('vo_lcc.words', vo_lcc.bare_words(needle)))::int
    END
$$;

-- Degrees, or hours, of `d:m:s`, `ddmmss` or `ddmmss` with the letters d (or h), m and s;
-- NULL for another text. `most` is the largest that can be.
CREATE FUNCTION vo_lcc.sexagesimal(t text, letter text, most float8)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    seconds text := '([0-5]?\d(?:\.\d{0,20})?|60(?:\.0{0,20})?)';
    f text[] := regexp_match(lower(t), '^\s*([+-]?)(?:(\d{1,3})([: ])([0-5]?\d)\3' || seconds
        || '|(\d{1,3})' || letter || '([0-5]?\d)m' || seconds
        || 's|(\d{2,3})([0-5]\d)([0-5]\d(?:\.\d{0,20})?))\s*$');
    value float8 := (coalesce(f[2], f[6], f[9])::float8 * 3600
        + coalesce(f[4], f[7], f[10])::float8 * 60
        + coalesce(f[5], f[8], f[11])::float8) / 3600;
BEGIN
    RETURN CASE WHEN value <= most THEN CASE f[1] WHEN '-' THEN -value ELSE value END END;
END
$$;

CREATE FUNCTION vo_lcc.hms_to_degrees(t text)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 15 * vo_lcc.sexagesimal(t, 'h', 24)
$$;

CREATE FUNCTION vo_lcc.dms_to_degrees(t text)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT vo_lcc.sexagesimal(t, 'd', 360)
$$;

-- Statistics ----------------------------------------------------------------------

-- In which of `nbins` equal bins a value lies: 1 to nbins, 0 below (and for NULL and
-- NaN), nbins + 1 above. A bin has its lower bound, the last one also its upper. NULL
-- when there are no such bins; 10,000 are the most.
CREATE FUNCTION vo_lcc.bin(val float8, lower float8, upper float8, nbins int)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN (nbins BETWEEN 1 AND 10000 AND lower < upper
              AND lower > '-Infinity' AND upper < 'Infinity') IS NOT TRUE THEN NULL
        WHEN val < upper THEN width_bucket(val, lower, upper, nbins)
        WHEN val = upper THEN nbins
        WHEN val < 'NaN' THEN nbins + 1
        ELSE 0
    END
$$;

-- A histogram is a sum: bin b counts in units of 10^(12 b), so that twelve digits of one
-- large number belong to each bin. The database adds such numbers in place, in parallel
-- and in memory that does not grow with the rows, which no array as a state does.
CREATE FUNCTION vo_lcc.histogram_term(val float8, lower float8, upper float8, nbins int)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('1e' || (12 * vo_lcc.bin(val, lower, upper, nbins))::text)::numeric
$$;

-- The counts in the sum of histogram terms, those of bin 0 first.
CREATE FUNCTION vo_lcc.histogram_counts(total numeric, nbins int)
RETURNS int[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits bytea;
BEGIN
    IF total IS NULL OR (nbins BETWEEN 1 AND 10000) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    digits := convert_to(lpad(total::text, 12 * (nbins + 2), '0'), 'UTF8');
    RETURN ARRAY(
        SELECT convert_from(substring(digits FROM 12 * i - 11 FOR 12), 'UTF8')::int8::int
        FROM generate_series(nbins + 2, 1, -1) AS i);
END
$$;

-- A number from a normal distribution (Box and Muller).
CREATE FUNCTION vo_lcc.normal_random(mu float8, sigma float8)
RETURNS float8 LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
    SELECT CASE
        WHEN NOT (abs(mu) < 1e300 AND abs(sigma) < 1e300) THEN NULL
        WHEN abs(sigma) < 1e-200 THEN mu
        ELSE mu + sigma * (sqrt(-2 * ln(1 - random())) * cosd(360 * random()))
    END
$$;

-- 1 when two intervals have a point in common; none has one that ends before it begins.
CREATE FUNCTION vo_lcc.interval_overlaps(a1 float8, b1 float8, a2 float8, b2 float8)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN a1 < 'NaN' AND b1 < 'NaN' AND a2 < 'NaN' AND b2 < 'NaN'
        THEN (a1 <= b1 AND a2 <= b2 AND a1 <= b2 AND a2 <= b1)::int END
$$;

CREATE FUNCTION vo_lcc.interval_overlaps(a1 int8, b1 int8, a2 int8, b2 int8)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN num_nulls(a1, b1, a2, b2) = 0
        THEN (a1 <= b1 AND a2 <= b2 AND a1 <= b2 AND a2 <= b1)::int END
$$;

-- Light curves --------------------------------------------------------------------

-- The value at x between two points (time, value), before and after it; NULL without one.
-- Points of one time count by half.
CREATE FUNCTION vo_lcc.between_points(before float8[], after float8[], x float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN before[2] = after[2] THEN before[2]
        WHEN before[1] = after[1] THEN before[2] / 2 + after[2] / 2
        WHEN x - before[1] < 1e-100 OR abs(after[2] - before[2]) < 1e-100 THEN before[2]
        WHEN (x - before[1]) / (after[1] - before[1]) < 1e-100 THEN before[2]
        ELSE before[2] + (after[2] - before[2]) * ((x - before[1]) / (after[1] - before[1]))
    END
$$;
