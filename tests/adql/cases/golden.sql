SELECT TOP 5 * FROM sky.targets;
SELECT t1."name"::text AS "name", t1."lon"::float8 AS "lon", t1."lat"::float8 AS "lat", t1."radius"::float8 AS "radius", vo_lcc.timestamp_text(t1."observed") AS "observed" FROM "sky"."targets" AS t1 LIMIT 5;

SELECT "sky"."objects"."ra", OBJECTS.Dec, "size" FROM SKY.Objects WHERE "class" = 'RR''ab';
SELECT t1."ra"::float8 AS "ra", t1."dec"::float8 AS "dec", t1."size"::float8 AS "size" FROM "sky"."objects" AS t1 WHERE (t1."class" = 'RR''ab');

SELECT *, ra/15 AS hours FROM objects AS o WHERE n_points BETWEEN 2 AND 5;
SELECT t1."object_id"::text AS "object_id", t1."ra"::float8 AS "ra", t1."dec"::float8 AS "dec", t1."hpx"::int8 AS "hpx", t1."n_points"::int4 AS "n_points", t1."period"::float8 AS "period", t1."g_median"::float4 AS "g_median", t1."size"::float8 AS "size", t1."class"::text AS "class", (vo_lcc.divide(t1."ra"::float8, '15.0'::float8))::float8 AS "hours" FROM "sky"."objects" AS t1 WHERE (t1."n_points" BETWEEN 2 AND 5);

SELECT o.object_id, c.* FROM sky.objects o NATURAL JOIN sky.lightcurves c;
SELECT t1."object_id"::text AS "object_id", t2."object_id"::text AS "object_id_2", t2."passband"::text AS "passband", t2."obs_time"::float8[] AS "obs_time", t2."n_points"::int4 AS "n_points" FROM "sky"."objects" AS t1 INNER JOIN "sky"."lightcurves" AS t2 ON ((t1."object_id" = t2."object_id") AND (t1."n_points" = t2."n_points"));

SELECT object_id, passband FROM sky.objects LEFT OUTER JOIN sky.lightcurves USING (object_id);
SELECT t1."object_id"::text AS "object_id", t2."passband"::text AS "passband" FROM "sky"."objects" AS t1 LEFT JOIN "sky"."lightcurves" AS t2 ON (t1."object_id" = t2."object_id");

SELECT object_id FROM sky.objects FULL JOIN sky.lightcurves USING (object_id);
SELECT COALESCE(t1."object_id", t2."object_id")::text AS "object_id" FROM "sky"."objects" AS t1 FULL JOIN "sky"."lightcurves" AS t2 ON (t1."object_id" = t2."object_id");

SELECT a.name FROM (sky.targets a CROSS JOIN sky.targets b) RIGHT JOIN sky.objects c ON a.lon = c.ra;
SELECT t1."name"::text AS "name" FROM "sky"."targets" AS t1 CROSS JOIN "sky"."targets" AS t2 RIGHT JOIN "sky"."objects" AS t3 ON (t1."lon" = t3."ra");

SELECT class, COUNT(*) AS n, AVG(n_points), SUM(n_points), MAX(g_median) FROM sky.objects WHERE class IS NOT NULL GROUP BY class HAVING COUNT(*) > 2 ORDER BY n DESC, 1;
SELECT t1."class"::text AS "class", COUNT(*)::int8 AS "n", AVG(t1."n_points"::float8)::float8 AS "avg", SUM(t1."n_points")::int8 AS "sum", MAX(t1."g_median")::float4 AS "max" FROM "sky"."objects" AS t1 WHERE (t1."class" IS NOT NULL) GROUP BY t1."class" HAVING (COUNT(*) > 2) ORDER BY 2 DESC, 1;

SELECT ROUND(ra/10) AS band, COUNT(DISTINCT class) FROM sky.objects GROUP BY band ORDER BY band;
SELECT vo_lcc.round((vo_lcc.divide(t1."ra"::float8, '10.0'::float8))::float8, 0)::float8 AS "band", COUNT(DISTINCT t1."class")::int8 AS "count" FROM "sky"."objects" AS t1 GROUP BY vo_lcc.round((vo_lcc.divide(t1."ra"::float8, '10.0'::float8))::float8, 0) ORDER BY 1;

SELECT DISTINCT n_points FROM sky.objects ORDER BY n_points DESC OFFSET 3;
SELECT DISTINCT t1."n_points"::int4 AS "n_points" FROM "sky"."objects" AS t1 ORDER BY 1 DESC OFFSET 3;

SELECT name FROM sky.targets AS t WHERE EXISTS (SELECT 1 FROM sky.objects WHERE ra = t.lon) OR lon IN (1, 2.5) OR name NOT LIKE 'a%' AND NOT lat IN (SELECT dec FROM objects);
SELECT t1."name"::text AS "name" FROM "sky"."targets" AS t1 WHERE (EXISTS (SELECT 1 AS "col1" FROM "sky"."objects" AS t2 WHERE (t2."ra" = t1."lon")) OR (t1."lon" IN (1, '2.5'::float8)) OR ((t1."name" NOT LIKE 'a%' ESCAPE '') AND (NOT (t1."lat" IN (SELECT t3."dec" AS "dec" FROM "sky"."objects" AS t3)))));

SELECT q.x FROM (SELECT ra AS x, dec FROM sky.objects) AS q WHERE q.x > (SELECT MAX(lon) FROM sky.targets);
SELECT t2."x"::float8 AS "x" FROM (SELECT t1."ra" AS "x", t1."dec" AS "dec", t1."hpx" AS "hpx of t1" FROM "sky"."objects" AS t1) AS t2 WHERE (t2."x" > (SELECT MAX(t3."lon") AS "max" FROM "sky"."targets" AS t3));

WITH bright AS (SELECT ra, dec FROM sky.objects WHERE g_median < 16) SELECT COUNT(*) FROM bright b JOIN bright c ON b.ra = c.dec;
WITH "w1" AS (SELECT t1."ra" AS "ra", t1."dec" AS "dec", t1."hpx" AS "hpx of t1" FROM "sky"."objects" AS t1 WHERE (t1."g_median" < 16)) SELECT COUNT(*)::int8 AS "count" FROM "w1" AS t2 INNER JOIN "w1" AS t3 ON (t2."ra" = t3."dec");

SELECT name FROM sky.targets UNION ALL SELECT class FROM sky.objects INTERSECT SELECT 'x' FROM sky.targets ORDER BY name;
SELECT q."name"::text AS "name" FROM ((SELECT t1."name" AS "name" FROM "sky"."targets" AS t1) UNION ALL ((SELECT t2."class" AS "class" FROM "sky"."objects" AS t2) INTERSECT (SELECT 'x' AS "col1" FROM "sky"."targets" AS t3)) ORDER BY 1) AS q;

SELECT CASE WHEN ra < 180 THEN 'west' ELSE 'east' END, CAST(ra AS INTEGER), COALESCE(class, 'none') || '!' FROM sky.objects;
SELECT (CASE WHEN (t1."ra" < 180) THEN 'west' ELSE 'east' END)::text AS "col1", CAST(t1."ra" AS int4)::int4 AS "col2", (COALESCE(t1."class", 'none')::text || '!'::text)::text AS "col3" FROM "sky"."objects" AS t1;

SELECT -ra + 2 * n_points - 7 / 2 % 3, n_points / 2, SQRT(n_points), MOD(n_points, 3), LOG(ra), ROUND(ra, -1), TRUNCATE(ra), RAND(3) FROM sky.objects;
SELECT ((- t1."ra"::float8)::float8 + (2::int8 * t1."n_points"::int8)::float8 - (7::int8 / NULLIF(2::int8, 0) % NULLIF(3::int8, 0))::float8)::float8 AS "col1", (t1."n_points"::int8 / NULLIF(2::int8, 0))::int8 AS "col2", vo_lcc.sqrt(t1."n_points"::float8)::float8 AS "sqrt", vo_lcc.mod(t1."n_points"::int8, 3::int8)::float8 AS "mod", vo_lcc.ln(t1."ra"::float8)::float8 AS "log", vo_lcc.round(t1."ra"::float8, '-1.0'::float8)::float8 AS "round", vo_lcc.truncate(t1."ra"::float8, 0)::float8 AS "truncate", random()::float8 AS "rand" FROM "sky"."objects" AS t1;

SELECT object_id FROM sky.objects WHERE 1=CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 0, 90, 0.001));
SELECT t1."object_id"::text AS "object_id" FROM "sky"."objects" AS t1 WHERE ((t1."hpx" BETWEEN 288230376000716800 AND 288230376017494015 OR t1."hpx" BETWEEN 288230376067825664 AND 288230376151711743 OR t1."hpx" BETWEEN 576460752152428544 AND 576460752169205759 OR t1."hpx" BETWEEN 576460752219537408 AND 576460752303423487 OR t1."hpx" BETWEEN 864691128304140288 AND 864691128320917503 OR t1."hpx" BETWEEN 864691128371249152 AND 864691128455135231 OR t1."hpx" BETWEEN 1152921504455852032 AND 1152921504472629247 OR t1."hpx" BETWEEN 1152921504522960896 AND 1152921504606846975) AND (vo_lcc.separation(t1."ra"::float8, t1."dec"::float8, '0.0'::float8, '90.0'::float8) <= '0.001'::float8));

SELECT COORD1(POINT(ra, dec)), POINT(ra, dec), CENTROID(CIRCLE(ra, dec, 1)), AREA(CIRCLE(ra, dec, 2)), COORDSYS(POINT(ra, dec)) FROM sky.objects;
SELECT t1."ra"::float8 AS "coord1", (CASE WHEN array_position(ARRAY[t1."ra"::float8, t1."dec"::float8]::float8[], NULL) IS NULL THEN ARRAY[t1."ra"::float8, t1."dec"::float8]::float8[] END)::float8[] AS "point", (CASE WHEN array_position(ARRAY[t1."ra"::float8, t1."dec"::float8]::float8[], NULL) IS NULL THEN ARRAY[t1."ra"::float8, t1."dec"::float8]::float8[] END)::float8[] AS "centroid", vo_lcc.circle_area('2.0'::float8)::float8 AS "area", 'ICRS'::text::text AS "coordsys" FROM "sky"."objects" AS t1;

SELECT t.name FROM sky.targets t, sky.objects o WHERE DISTANCE(POINT(t.lon, t.lat), POINT(o.ra, o.dec)) < 2/3600.;
SELECT t1."name"::text AS "name" FROM "sky"."targets" AS t1 CROSS JOIN "sky"."objects" AS t2 WHERE ((point(t2."ra", t2."dec") <@ vo_lcc.box_around(t1."lon"::float8, t1."lat"::float8, '0.0005555555555555556'::float8) AND vo_lcc.box_around(t1."lon"::float8, t1."lat"::float8, '0.0005555555555555556'::float8) @> point(t2."ra", t2."dec") OR point(t2."ra", t2."dec") <@ vo_lcc.box_beyond(t1."lon"::float8, t1."lat"::float8, '0.0005555555555555556'::float8) AND vo_lcc.box_beyond(t1."lon"::float8, t1."lat"::float8, '0.0005555555555555556'::float8) @> point(t2."ra", t2."dec")) AND (vo_lcc.separation(t1."lon"::float8, t1."lat"::float8, t2."ra"::float8, t2."dec"::float8) < (vo_lcc.divide('2.0'::float8, '3600.0'::float8))));

SELECT observed, obs_time FROM sky.targets, sky.lightcurves WHERE observed > '2020-01-01';
SELECT vo_lcc.timestamp_text(t1."observed") AS "observed", t2."obs_time"::float8[] AS "obs_time" FROM "sky"."targets" AS t1 CROSS JOIN "sky"."lightcurves" AS t2 WHERE (t1."observed" > '2020-01-01');

