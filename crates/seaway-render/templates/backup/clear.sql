-- Removes all that the user owns in the database, but for what belongs to extensions, and `public`.
SET lock_timeout = '60s';
DO $seaway$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT format('SCHEMA IF EXISTS %I', nspname) AS what
    FROM pg_namespace
    WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_' AND pg_has_role(nspowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = pg_namespace.oid AND deptype = 'e')
  LOOP
    EXECUTE 'DROP ' || one.what || ' CASCADE';
  END LOOP;
  FOR one IN
    SELECT format(
      '%s IF EXISTS %I.%I',
      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE'
        ELSE 'TABLE' END,
      nspname,
      relname
    ) AS what
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname <> 'information_schema' AND nspname !~ '^pg_'
      AND pg_has_role(relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    -- Sequences go with the columns that own them.
    ORDER BY relkind = 'S'
  LOOP
    EXECUTE 'DROP ' || one.what || ' CASCADE';
  END LOOP;
  FOR one IN
    SELECT format('ROUTINE IF EXISTS %I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)) AS what
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(proowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
  LOOP
    EXECUTE 'DROP ' || one.what || ' CASCADE';
  END LOOP;
  FOR one IN
    SELECT format('TYPE IF EXISTS %I.%I', nspname, typname) AS what
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE typtype IN ('e', 'd', 'r', 'c') AND nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(typowner, 'USAGE')
      -- The type of a table goes with it.
      AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE pg_class.oid = typrelid AND relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype = 'e')
  LOOP
    EXECUTE 'DROP ' || one.what || ' CASCADE';
  END LOOP;
  FOR one IN
    SELECT format('COLLATION IF EXISTS %I.%I', nspname, collname) AS what
    FROM pg_collation JOIN pg_namespace ON pg_namespace.oid = collnamespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(collowner, 'USAGE')
    UNION ALL
    SELECT format('TEXT SEARCH CONFIGURATION IF EXISTS %I.%I', nspname, cfgname)
    FROM pg_ts_config JOIN pg_namespace ON pg_namespace.oid = cfgnamespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(cfgowner, 'USAGE')
  LOOP
    EXECUTE 'DROP ' || one.what || ' CASCADE';
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata WHERE pg_has_role(lomowner, 'USAGE');
END
$seaway$;
