// The service makes and drops its partitions by day through functions of the role that owns the tables, since its own
// role may neither create nor drop (docs/adr/0021). Both take a number or a day, never a name.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PartitionByFunction1796250000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    const [{ schema }] = (await query.query('SELECT quote_ident(current_schema()) AS schema')) as [{ schema: string }];
    await query.query(`
      CREATE FUNCTION create_daily_partitions(days integer) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
      DECLARE day date;
      BEGIN
        PERFORM pg_advisory_xact_lock(7214010);
        FOR day IN SELECT generate_series(current_date, current_date + least(days, 60), interval '1 day')::date LOOP
          IF to_regclass('delivery_settled_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF delivery_settled FOR VALUES FROM (%L) TO (%L)',
                           'delivery_settled_' || to_char(day, 'YYYYMMDD'), day, day + 1);
          END IF;
        END LOOP;
      END $$;

      -- Answers whether it is gone. What is empty before the lock is looked at again under it.
      CREATE FUNCTION drop_empty_daily_partition(past date) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp SET lock_timeout = '1s' AS $$
      DECLARE
        name text := 'delivery_settled_' || to_char(past, 'YYYYMMDD');
        filled boolean;
      BEGIN
        IF past >= current_date - 1 OR to_regclass(name) IS NULL THEN RETURN false; END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN RETURN false; END IF;
        EXECUTE format('DROP TABLE %I', name);
        RETURN true;
      END $$;

      REVOKE EXECUTE ON FUNCTION create_daily_partitions(integer), drop_empty_daily_partition(date) FROM PUBLIC;
    `);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query('DROP FUNCTION create_daily_partitions(integer), drop_empty_daily_partition(date)');
  }
}
