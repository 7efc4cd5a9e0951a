import pg from 'pg';
import { AppError, fail, isStalePlan } from '../errors.ts';
import { openLanes } from './lanes.ts';
import { runPrepared } from './prepared-query.ts';

const { types } = pg;
const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;
const UUID_ARRAY = 2951;
/** More connections than any pool of ours has. */
export const MAX_STALE = 50;

/** `2026-01-31 12:00:00.5+00` as `2026-01-31T12:00:00.500Z`: sessions run in UTC, so no arithmetic is needed. */
function isoInstant(text: string): string {
  if (text.length === 26 && text[19] === '.') return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`;
  const day = text.slice(0, 10);
  const time = text.slice(11, text.endsWith('+00') ? -3 : undefined);
  const [whole, fraction = ''] = time.split('.');
  return `${day}T${whole}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}

const parsers: Record<number, (text: string) => unknown> = {
  [INT8]: Number,
  [DATE]: (text) => text,
  [TIMESTAMPTZ]: isoInstant,
  // UUIDs hold neither quotes nor commas.
  [UUID_ARRAY]: (text) => (text === '{}' ? [] : text.slice(1, -1).split(',')),
};
/** How the text of a column of this type becomes a value. */
export function parserFor(oid: number): (text: string) => unknown {
  return parsers[oid] ?? types.getTypeParser(oid, 'text');
}
const ourTypes = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    format === 'binary' ? types.getTypeParser(oid, format) : parserFor(oid)) as typeof types.getTypeParser,
};

/** A query compiled once and run as a named prepared statement. Its name is unique within the service. */
export interface Statement<Row = unknown> {
  readonly name: string;
  readonly text: string;
  /** Only for inference. */
  readonly row?: Row;
}

/** Declares a hot query: `statement<TaskRow>('task.get', 'select … where id = $1')`. */
export function statement<Row>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** What Kysely's `compile()` gives, or any SQL put together at run time. Not prepared. */
export interface Compiled {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface Queryable {
  /** Rows of a named statement. */
  query<Row>(statement: Statement<Row>, params?: readonly unknown[]): Promise<Row[]>;
  /** Rows of a query put together at run time. */
  run<Row = Record<string, unknown>>(query: Compiled): Promise<Row[]>;
}

export interface DatabaseOptions {
  url: string;
  /** Schema of the service; the role of the same name (`gantry_<schema>`) is assumed and can reach nothing else. */
  schema: string;
  /** Assume the schema's role after connecting. Off for tests of the kit itself. */
  assumeRole?: boolean;
  max: number;
  /** Milliseconds to wait for a connection before answering `unavailable`. */
  connectTimeoutMs?: number;
  onError?: (error: Error) => void;
}

export type Database = Queryable & {
  readonly schema: string;
  /**
   * A connection for a transaction; give it back with `release(error?)`. If the server ends it meanwhile, its
   * queries reject; nothing else happens.
   */
  connect(): Promise<pg.PoolClient>;
  /** Options for a connection of its own (LISTEN, locks). */
  readonly clientOptions: pg.ClientConfig;
  stats(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
};

export function openDatabase(options: DatabaseOptions): Database {
  const session = [
    `-c search_path=${options.schema}`,
    '-c TimeZone=UTC',
    '-c idle_in_transaction_session_timeout=60000',
    '-c statement_timeout=60000',
  ];
  if (options.assumeRole !== false) session.push(`-c role=${roleOf(options.schema)}`);
  const clientOptions = {
    connectionString: options.url,
    options: session.join(' '),
    application_name: `gantry ${options.schema}`,
    types: ourTypes,
    keepAlive: true,
    pipeline: true,
  } as pg.ClientConfig;
  const waitMs = options.connectTimeoutMs ?? 5_000;
  const pool = new pg.Pool({
    ...clientOptions,
    max: options.max,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 30_000,
  });
  const onError = (error: Error) => options.onError?.(error);
  pool.on('error', onError);
  const lanes = openLanes(pool, { max: Math.ceil(options.max / 2), waitMs });
  async function rowsOf<Row>(send: (client: pg.PoolClient) => Promise<Row[]>): Promise<Row[]> {
    for (let stale = 0; ; stale++) {
      try {
        return await lanes.run(send);
      } catch (error) {
        // That connection is given up; the others may have prepared it before the migration too.
        if (isStalePlan(error) && stale < MAX_STALE) continue;
        // Names who asked, not the socket the answer came by.
        if (error instanceof Error) Error.captureStackTrace(error);
        throw error;
      }
    }
  }
  return {
    schema: options.schema,
    clientOptions,
    query: <Row>(s: Statement<Row>, params: readonly unknown[] = []) =>
      rowsOf((client) => runPrepared<Row>(client, s, params, parserFor)),
    run: <Row>(q: Compiled) =>
      rowsOf(
        async (client) =>
          (await client.query({ text: q.sql, values: q.parameters as unknown[] })).rows as Row[],
      ),
    async connect() {
      if (pool.idleCount === 0 && pool.totalCount >= options.max) lanes.yieldOne();
      const client = await pool.connect();
      // The pool listens to idle connections only; a fault of one in use would end the process.
      client.on('error', onError);
      const { release } = client;
      client.release = (error) => {
        release(error);
        client.off('error', onError);
      };
      return client;
    },
    stats: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close() {
      lanes.close();
      return pool.end();
    },
  };
}

export function roleOf(schema: string): string {
  return `gantry_${schema}`;
}

/** The only row. Throws `not_found` if there is none. */
export function one<Row>(rows: Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw fail('not_found');
  return row;
}

/** True if this is a duplicate of the named unique constraint (any if left out). */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  const e = error as { code?: string; constraint?: string };
  return (
    !(error instanceof AppError) &&
    e?.code === '23505' &&
    (constraint === undefined || e.constraint === constraint)
  );
}
