import type { EmbeddedPostgres } from '@gantry/kit/embedded';
import pg from 'pg';

/** Makes PostgreSQL count what each statement costs; restarts it. */
export async function countStatements(postgres: EmbeddedPostgres): Promise<void> {
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run("alter system set shared_preload_libraries = 'pg_stat_statements'");
  await postgres.restart();
  await run('create extension pg_stat_statements');
}

/** What took longest since the last time this was asked. */
export async function topStatements(db: pg.ClientBase): Promise<string> {
  const { rows } = await db.query<{ calls: number; total: number; mean: number; query: string }>(
    `select calls::float, total_exec_time as total, mean_exec_time as mean, regexp_replace(query, '\\s+', ' ', 'g') as query
     from pg_stat_statements where toplevel order by total_exec_time desc limit 20`,
  );
  await db.query('select pg_stat_statements_reset()');
  return rows
    .map((r) =>
      [
        `${Math.round(r.total)} ms`.padStart(10),
        `${r.calls} ×`.padStart(10),
        `${Math.round(r.mean * 1000)} µs`.padStart(10),
        r.query.slice(0, 110),
      ].join('  '),
    )
    .join('\n');
}
