import Fastify, { type FastifyInstance } from 'fastify';
import pg from 'pg';
import { BARE, type BareCreate } from './bare-sql.ts';
import { serve } from './child.ts';

/**
 * What our answers are measured against: bare Fastify, the same driver with a pool of the same size, the same
 * prepared queries on the same database, and nothing else. No sign-in, no permission, no validation, no log line.
 */
const text = (value: string) => value;
const types = { getTypeParser: (oid: number, format?: 'text' | 'binary') => parserFor(oid, format) };
function parserFor(oid: number, format?: 'text' | 'binary') {
  // Dates stay text: turning them into Date objects and back would only slow the ceiling down.
  return oid === 1184 || oid === 1082
    ? text
    : oid === 20
      ? Number
      : pg.types.getTypeParser(oid, format as 'text');
}

let app: FastifyInstance | undefined;
let pool: pg.Pool | undefined;

async function start(options: { databaseUrl: string; role: string; max: number }): Promise<string> {
  const db = new pg.Pool({
    connectionString: options.databaseUrl,
    options: `-c search_path=tasks -c role=${options.role} -c TimeZone=UTC`,
    max: options.max,
    types,
    pipeline: true,
    idleTimeoutMillis: 0,
  } as pg.PoolConfig);
  pool = db;
  const fastify = Fastify();
  app = fastify;
  fastify.get('/hello', async () => ({ hello: 'world' }));
  fastify.get<{ Params: { id: string } }>('/tasks/:id', async (request) => {
    const { rows } = await db.query({ ...BARE.get, values: [request.params.id] });
    return rows[0];
  });
  fastify.get<{ Params: { project: string; status: string } }>('/list/:project/:status', async (request) => {
    const { project, status } = request.params;
    const [count, page] = await Promise.all([
      db.query({ ...BARE.count, values: [project, [status]] }),
      db.query({ ...BARE.list, values: [project, [status], 50, 0] }),
    ]);
    return { data: page.rows, meta: { total: count.rows[0].total, page: 1, limit: 50 } };
  });
  fastify.post<{ Body: BareCreate; Querystring: { project_id: string } }>(
    '/tasks',
    async (request, reply) => {
      const body = { ...request.body, project_id: request.query.project_id };
      const client = await db.connect();
      try {
        client.query('begin').catch(() => {});
        const task = (await client.query({ ...BARE.insert, values: BARE.insertValues(body) })).rows[0];
        const [, done] = await Promise.all([
          client.query({ ...BARE.append, values: BARE.appendValues(task, body) }),
          client.query('commit'),
        ]);
        if (done.command !== 'COMMIT') throw new Error('not committed');
        reply.code(201);
        return task;
      } finally {
        client.release();
      }
    },
  );
  return fastify.listen({ port: 0, host: '127.0.0.1' });
}

serve({ start, usage: () => ({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() }) }, async () => {
  await app?.close();
  await pool?.end();
});
