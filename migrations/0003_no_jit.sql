-- Spatial functions are so dear by their estimates that the planner compiles statements that run for milliseconds, which
-- takes it seconds.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'The database is another role''s: its owner should set jit = off';
END
$$;
