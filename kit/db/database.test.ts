import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../tests/setup/postgres.ts';
import { type Database, openDatabase, statement } from './database.ts';

interface Item {
  id: number;
  name: string | null;
  tags: string[];
  at: string;
  day: string;
}

const insert = statement<Item>(
  'item.insert',
  "insert into item (id, name, at, day) values ($1, $2, '2026-01-31 12:00:00.5', '2026-02-01') returning *",
);
const get = statement<Item>('item.get', 'select * from item where id = $1');
const none = statement('item.touch', 'update item set name = name where id = $1');
const half = statement<{ half: number }>('half', 'select 10 / $1::int as half');
const slow = statement<{ slow: string }>('slow', 'select pg_sleep($1)::text as slow');
const pid = statement<{ pid: number }>('pid', 'select pg_backend_pid() as pid');

let url: string;
let drop: () => Promise<void>;
let admin: pg.Client;
const open: Database[] = [];
const database = (max = 4, connectTimeoutMs = 5_000): Database => {
  const db = openDatabase({ url, schema: 'public', assumeRole: false, max, connectTimeoutMs });
  open.push(db);
  return db;
};

beforeAll(async () => {
  const made = await testDatabase('database');
  ({ url, drop } = made);
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(
    "create table item (id int primary key, name text, tags text[] not null default '{a,b}', at timestamptz(3), day date)",
  );
});
afterAll(async () => {
  await Promise.all(open.map((db) => db.close()));
  await admin.end();
  await drop();
});

describe('a prepared query', () => {
  it('gives rows with the values of their types, the first time and after', async () => {
    const db = database();
    const item = {
      id: 1,
      name: null,
      tags: ['a', 'b'],
      at: '2026-01-31T12:00:00.500Z',
      day: '2026-02-01',
    };
    expect(await db.query(insert, [1, null])).toEqual([item]);
    for (let i = 0; i < 3; i++) expect(await db.query(get, [1])).toEqual([item]);
    expect(await db.query(get, [999])).toEqual([]);
    for (let i = 0; i < 2; i++) expect(await db.query(none, [1])).toEqual([]);
  });

  it('answers each of many sent at once with its own row', async () => {
    const db = database();
    await Promise.all(Array.from({ length: 200 }, (_, i) => db.query(insert, [100 + i, `item ${i}`])));
    const rows = await Promise.all(Array.from({ length: 200 }, (_, i) => db.query(get, [100 + i])));
    expect(rows.map(([row]) => row?.name)).toEqual(Array.from({ length: 200 }, (_, i) => `item ${i}`));
  });

  it('fails alone, and leaves those beside it their answers', async () => {
    const db = database();
    const outcomes = await Promise.allSettled(
      [1, 0, 2, 0, 5].flatMap((n) => [db.query(half, [n]), db.query(get, [1])]),
    );
    expect(outcomes.map((o) => o.status === 'fulfilled')).toEqual(
      [true, false, true, false, true].flatMap((ok) => [ok, true]),
    );
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({ code: '22012' });
    expect(await db.query(half, [5])).toEqual([{ half: 2 }]);
  });

  it('whose value cannot be written fails alone too', async () => {
    const db = database();
    const bad = {
      toPostgres() {
        throw new Error('no such value');
      },
    };
    const [failed, fine] = await Promise.allSettled([db.query(get, [bad]), db.query(get, [1])]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'no such value' } });
    expect(fine.status).toBe('fulfilled');
  });

  it('refuses a second text under the same name', async () => {
    const db = database(1);
    await db.query(get, [1]);
    await expect(db.query(statement('item.get', 'select 1'), [])).rejects.toThrow('two statements');
  });

  it('sees columns that a migration added, whatever was prepared before', async () => {
    const db = database();
    await Promise.all(Array.from({ length: 40 }, () => db.query(get, [1])));
    await admin.query('alter table item add column extra int default 7');
    const rows = await Promise.all(Array.from({ length: 40 }, () => db.query(get, [1])));
    expect(new Set(rows.map(([row]) => (row as { extra?: number }).extra))).toEqual(new Set([7]));
    await admin.query('alter table item drop column extra');
  });
});

describe('queries that stand alone', () => {
  it('leave connections to transactions, however many there are', async () => {
    const db = database(4);
    const many = Promise.all(Array.from({ length: 100 }, () => db.query(slow, [0.005])));
    const clients = await Promise.all([db.connect(), db.connect()]);
    for (const client of clients) client.release();
    await many;
    expect(db.stats().total).toBeLessThanOrEqual(4);
  });

  it('give back what a transaction waits for, and take it again', async () => {
    const db = database(1);
    for (let i = 0; i < 3; i++) {
      await db.query(get, [1]);
      const client = await db.connect();
      await client.query('select 1');
      const waits = db.query(get, [1]);
      client.release();
      expect(await waits).toHaveLength(1);
    }
  });

  it('keep no connection that they do not use', async () => {
    const db = database(2);
    await db.query(get, [1]);
    await expect.poll(() => db.stats().idle).toBe(1);
  });

  it('fail when their connection is cut, and find another', async () => {
    const db = database(2);
    const [row] = await db.query(pid);
    const cut = Promise.allSettled([db.query(slow, [5]), db.query(get, [1])]);
    await expect
      .poll(
        async () =>
          (
            await admin.query(
              "select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()",
            )
          ).rowCount,
      )
      .toBe(1);
    await admin.query('select pg_terminate_backend($1)', [row?.pid]);
    expect((await cut)[0]?.status).toBe('rejected');
    expect(await db.query(get, [1])).toHaveLength(1);
  });

  it('give up when no connection can be had in time', async () => {
    const db = database(1, 100);
    const client = await db.connect();
    await expect(Promise.all([db.query(get, [1]), db.query(get, [1])])).rejects.toThrow('timeout');
    client.release();
    expect(await db.query(get, [1])).toHaveLength(1);
  });

  it('are answered before the database is closed', async () => {
    const db = database();
    open.splice(open.indexOf(db), 1);
    const last = db.query(slow, [0.05]);
    await db.query(get, [1]);
    await db.close();
    expect(await last).toHaveLength(1);
  });
});
