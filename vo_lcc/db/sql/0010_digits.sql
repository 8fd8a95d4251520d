-- Remainders and rounding with all the digits of a double: numeric takes 15 of them from a
-- double, and all 17 from its text.

-- The remainder has the sign of x.
CREATE OR REPLACE FUNCTION vo_lcc.mod(x float8, y float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN y <> 0 AND abs(y) < 'Infinity' AND abs(x) < 'Infinity'
        THEN (x::text::numeric % y::text::numeric)::float8
    END
$$;

-- Halves are rounded away from zero; negative digits round before the point.
CREATE OR REPLACE FUNCTION vo_lcc.round(x float8, digits float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT abs(x) < 'Infinity' OR digits > 300 THEN x
        WHEN digits < -320 THEN 0::float8
        WHEN digits = digits THEN round(x::text::numeric, digits::int)::float8
    END
$$;

CREATE OR REPLACE FUNCTION vo_lcc.truncate(x float8, digits float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT abs(x) < 'Infinity' OR digits > 300 THEN x
        WHEN digits < -320 THEN 0::float8
        WHEN digits = digits THEN trunc(x::text::numeric, digits::int)::float8
    END
$$;
