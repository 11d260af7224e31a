// Daily partitions without waiting: a partition is created beside the table and then attached, which lets inserts into
// the other partitions go on; whoever reads the table at that moment is waited for 200 ms at most, and asked again
// later. The functions of the first schema stay for processes of the previous release; a later release drops them.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AttachDailyPartitions1797100000000 implements MigrationInterface {
  readonly name = 'AttachDailyPartitions1797100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- 'exists', 'created', or 'left': the default partition holds too many rows of the day to move them at once, and
      -- goes on taking them. Attaching locks the default partition and reads it.
      CREATE FUNCTION create_daily_partition(wanted date) RETURNS text
      LANGUAGE plpgsql SECURITY DEFINER AS $$
      DECLARE
        most CONSTANT integer := 5000;
        name text := 'delivery_settled_' || to_char(wanted, 'YYYYMMDD');
        stray integer;
      BEGIN
        IF wanted NOT BETWEEN current_date - 1 AND current_date + 60 THEN
          RAISE EXCEPTION 'no partition is created for %', wanted USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF to_regclass(name) IS NOT NULL THEN RETURN 'exists'; END IF;
        PERFORM pg_advisory_xact_lock(7214010);
        -- Another process may have created it meanwhile. A query, since to_regclass may answer from a cache.
        IF EXISTS (SELECT FROM pg_class c JOIN pg_class parent ON parent.relnamespace = c.relnamespace
                    WHERE parent.oid = 'delivery_settled'::regclass AND c.relname = name) THEN
          RETURN 'exists';
        END IF;
        SELECT count(*) INTO stray FROM (SELECT FROM delivery_settled_other WHERE day = wanted LIMIT most + 1) AS s;
        IF stray > most THEN RETURN 'left'; END IF;
        EXECUTE format('CREATE TABLE %I (LIKE delivery_settled INCLUDING ALL)', name);
        IF stray > 0 THEN
          LOCK TABLE delivery_settled_other IN ACCESS EXCLUSIVE MODE;
          EXECUTE format('WITH moved AS (DELETE FROM delivery_settled_other WHERE day = %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
                         wanted, name);
        END IF;
        EXECUTE format('ALTER TABLE delivery_settled ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, wanted, wanted + 1);
        RETURN 'created';
      END $$;

      -- Returns whether the partition was dropped. A partition that is empty before the lock is checked again under it.
      -- The table is locked before its partition, in the order in which everybody else locks them.
      CREATE FUNCTION drop_daily_partition(past date) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER AS $$
      DECLARE
        name text := 'delivery_settled_' || to_char(past, 'YYYYMMDD');
        filled boolean;
      BEGIN
        IF past >= current_date - 1 OR to_regclass(name) IS NULL THEN RETURN false; END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        LOCK TABLE ONLY delivery_settled IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('DROP TABLE %I', name);
        RETURN true;
      END $$;

      DO $$
      BEGIN
        EXECUTE format('ALTER FUNCTION create_daily_partition(date) SET search_path = %I, pg_temp', current_schema());
        EXECUTE format('ALTER FUNCTION drop_daily_partition(date) SET search_path = %I, pg_temp', current_schema());
      END $$;
      ALTER FUNCTION create_daily_partition(date) SET lock_timeout = '200ms';
      ALTER FUNCTION drop_daily_partition(date) SET lock_timeout = '200ms';
      REVOKE EXECUTE ON FUNCTION create_daily_partition(date), drop_daily_partition(date) FROM PUBLIC;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION create_daily_partition(date);
      DROP FUNCTION drop_daily_partition(date);
    `);
  }
}
