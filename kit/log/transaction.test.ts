import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@gantry/contracts';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { asAppError } from '../errors.ts';
import { aChange, aStream, type LogDatabase, openLog } from '../testing/log-database.ts';
import { readLog } from './read.ts';

let database: TestDatabase;
let log: LogDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await testDatabase('transaction');
  log = await openLog(database.url);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await log?.close();
  await database?.drop();
});

/** The seqs and times of a stream, oldest first. */
async function entries(stream: string) {
  return readLog(log.db, stream, 0, 100_000);
}

async function expectWhole(stream: string, count: number) {
  const found = await entries(stream);
  expect(found.map((c) => c.seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  const times = found.map((c) => c.at);
  expect(times).toEqual([...new Set(times)].sort());
  return found;
}

describe('the log', () => {
  it('numbers without a gap and times strictly upwards under concurrent writers of crossing streams', async () => {
    const streams = Array.from({ length: 4 }, aStream);
    const wanted = new Map(streams.map((s) => [s, 0]));
    const writers = Array.from({ length: 120 }, (_, i) => async () => {
      const rollsBack = i % 7 === 3;
      // Two or three streams, in an order that differs from writer to writer.
      const mine = [streams[i % 4], streams[(i * 3 + 1) % 4], streams[(i + 2) % 4]] as string[];
      const write = log.write(async (tx) => {
        for (const stream of i % 2 ? mine : mine.reverse()) tx.record(...aChange(stream, `${i}`));
        await tx.run({ sql: 'select pg_sleep(random() * 0.003)', parameters: [] });
        if (rollsBack) throw new Error('on purpose');
      });
      if (rollsBack) return expect(write).rejects.toThrow('on purpose');
      await write;
      for (const stream of mine) wanted.set(stream, (wanted.get(stream) ?? 0) + 1);
    });
    await Promise.all(writers.map((run) => run()));
    for (const stream of streams) await expectWhole(stream, wanted.get(stream) ?? 0);
    const { rows } = await admin.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(Number(rows[0].deadlocks)).toBe(0);
  });

  it('holds the same of a change that was written alone and of one among others', async () => {
    const stream = aStream();
    const full = {
      workspaceId: newId('workspace'),
      root: newId('project'),
      version: 3,
      before: { title: 'was', list: [1, null], nested: { a: "it's \\" } },
      after: { title: 'is', text: null, list: [], nothing: {} },
      actor: newId('user'),
      externalActor: { source: 'trello', name: 'Ada "Lovelace"' },
      batchId: newId('batch'),
      undoes: newId('change'),
      effectiveAt: '2026-01-31T12:00:00.500Z',
      origin: 'import' as const,
      entityId: newId('task'),
    };
    const facts = { actor: null, origin: 'api' as const, requestId: 'request-1', mutationId: 'mutation-1' };
    await log.write(async (tx) => tx.record(...aChange(stream, 'x', full)), { facts });
    await log.write(
      async (tx) => {
        tx.record(...aChange(stream, 'x', full));
        tx.record(...aChange(stream, 'bare'));
      },
      { facts },
    );
    await log.write(async (tx) => tx.record(...aChange(stream, 'bare', { before: null, after: null })), {
      facts,
    });
    const [alone, among] = await expectWhole(stream, 4);
    const { id: _1, seq: _2, at: _3, ...one } = alone as NonNullable<typeof alone>;
    const { id: _4, seq: _5, at: _6, ...other } = among as NonNullable<typeof among>;
    expect(one).toEqual(other);
    const { rows } = await admin.query('select count(*)::int as n from notes.outbox where stream = $1', [
      stream,
    ]);
    expect(rows[0].n).toBe(4);
  });

  it('keeps the order of record() within a transaction, over several streams, whatever was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), async (picks) => {
        const streams = Array.from({ length: 4 }, aStream);
        await log.write(async (tx) => {
          picks.forEach((pick, i) => {
            tx.record(...aChange(streams[pick] as string, `${i}`));
          });
        });
        for (const [n, stream] of streams.entries()) {
          const expected = picks.flatMap((pick, i) => (pick === n ? [`${i}`] : []));
          const found = await expectWhole(stream, expected.length);
          expect(found.map((c) => c.after?.title)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('stays strictly upwards in time when more changes come than milliseconds pass', async () => {
    const stream = aStream();
    for (let i = 0; i < 5; i++) {
      await log.write(async (tx) => {
        for (let n = 0; n < 300; n++) tx.record(...aChange(stream, `${n}`));
      });
    }
    await expectWhole(stream, 1500);
  });

  it('leaves nothing behind when the work throws after recording', async () => {
    const stream = aStream();
    const note = newId('task');
    await expect(
      log.write(async (tx) => {
        await tx.run({ sql: 'create table if not exists never (id int)', parameters: [] }).catch(() => {});
        tx.record(...aChange(stream, 'x'.repeat(5000), { entityId: note }));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await entries(stream)).toEqual([]);
    const { rows } = await admin.query('select count(*)::int as n from notes.outbox where stream = $1', [
      stream,
    ]);
    expect(rows[0].n).toBe(0);
  });

  it('leaves nothing behind, and says so, when a statement failed and its fault was swallowed', async () => {
    const stream = aStream();
    await expect(
      log.write(async (tx) => {
        tx.record(...aChange(stream, 'a'));
        await tx.run({ sql: 'select 1/0', parameters: [] }).catch(() => {});
      }),
    ).rejects.toThrow();
    expect(await entries(stream)).toEqual([]);
    // With nothing recorded there is only the commit's own answer to tell by.
    await expect(
      log.write(async (tx) => {
        await tx.run({ sql: 'select 1/0', parameters: [] }).catch(() => {});
      }),
    ).rejects.toThrow(/rolled back/);
  });

  it('retries deadlocks until both writers are through', async () => {
    await admin.query('create table notes.account (id int primary key, n int not null)');
    await admin.query('insert into notes.account values (1, 0), (2, 0)');
    await admin.query('grant all on notes.account to gantry_notes');
    await admin.query(`alter database ${database.name} set deadlock_timeout = '50ms'`);
    const impatient = await openLog(database.url);
    const stream = aStream();
    let attempts = 0;
    const both = (first: number, second: number) =>
      impatient.write(async (tx) => {
        attempts++;
        const add = { sql: 'update account set n = n + 1 where id = $1', parameters: [first] };
        await tx.run(add);
        await sleep(20);
        await tx.run({ ...add, parameters: [second] });
        tx.record(...aChange(stream, `${first}`));
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    const { rows } = await admin.query('select n from notes.account order by id');
    expect(rows.map((r) => r.n)).toEqual([2, 2]);
    expect(attempts).toBeGreaterThan(2);
    await expectWhole(stream, 2);
    await impatient.close();
  });

  it('retries serialisation failures', async () => {
    await admin.query('create table notes.counter (n int not null)');
    await admin.query('insert into notes.counter values (0)');
    await admin.query('grant all on notes.counter to gantry_notes');
    const stream = aStream();
    await Promise.all(
      Array.from({ length: 3 }, () =>
        log.write(async (tx) => {
          await tx.run({ sql: 'set transaction isolation level serializable', parameters: [] });
          const [row] = await tx.run<{ n: number }>({ sql: 'select n from counter', parameters: [] });
          await sleep(5);
          await tx.run({ sql: 'update counter set n = $1', parameters: [(row?.n ?? 0) + 1] });
          tx.record(...aChange(stream, 'n'));
        }),
      ),
    );
    expect((await admin.query('select n from notes.counter')).rows[0].n).toBe(3);
    await expectWhole(stream, 3);
  });

  it('keeps long text once by hash per workspace, and gives each reader its own', async () => {
    const stream = aStream();
    const long = 'ä'.repeat(3000);
    const [one, two] = [newId('workspace'), newId('workspace')];
    await log.write(async (tx) => {
      for (const workspaceId of [one, two, null, one])
        tx.record(...aChange(stream, long, { workspaceId, before: { title: `${long}.` } }));
    });
    const found = await entries(stream);
    expect(found.map((c) => c.after?.title)).toEqual(Array(4).fill(long));
    expect(found.map((c) => c.before?.title)).toEqual(Array(4).fill(`${long}.`));
    const { rows } = await admin.query(
      `select count(*)::int as n from notes.log_text where body in ($1, $2)`,
      [long, `${long}.`],
    );
    expect(rows[0].n).toBe(6);
    const raw = await admin.query('select after from notes.log_change where stream = $1 limit 1', [stream]);
    expect(Object.keys(raw.rows[0].after.title)).toEqual(['$text']);
  });

  it('does not take a field that looks like a text reference for one', async () => {
    const stream = aStream();
    const secret = 'secret '.repeat(1000);
    await log.write(async (tx) =>
      tx.record(...aChange(aStream(), secret, { workspaceId: newId('workspace') })),
    );
    const { rows } = await admin.query('select hash from notes.log_text where body = $1', [secret]);
    const lookalikes = [
      { $text: rows[0].hash },
      { $text: 'x' },
      { $literal: { $text: 'x' } },
      { $literal: 1 },
    ];
    await log.write(async (tx) => {
      for (const value of lookalikes)
        tx.record(...aChange(stream, '', { workspaceId: newId('workspace'), after: { title: 'a', value } }));
    });
    expect((await entries(stream)).map((c) => c.after?.value)).toEqual(lookalikes);
  });

  it('does not deadlock when two writers keep the same long texts in different order', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `${i}`.repeat(5000) + newId('task'));
    const before = await deadlocks();
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        log.write(async (tx) => {
          for (const text of i % 2 ? texts : texts.toReversed()) tx.record(...aChange(aStream(), text));
        }),
      ),
    );
    expect(await deadlocks()).toBe(before);
  });
});

async function deadlocks(): Promise<number> {
  const { rows } = await admin.query(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0].deadlocks);
}

/** Ends the server process behind a transaction. */
async function kill(pid: unknown) {
  await admin.query('select pg_terminate_backend($1)', [pid]);
}
const PID = { sql: 'select pg_backend_pid() as pid', parameters: [] };

describe('a connection that dies', () => {
  it('in the middle of the work fails the write as unavailable, leaves nothing, and the next write works', async () => {
    const stream = aStream();
    const write = log.write(async (tx) => {
      const [row] = await tx.run<{ pid: number }>(PID);
      tx.record(...aChange(stream, 'a'));
      await kill(row?.pid);
      await sleep(50);
      await tx.run(PID);
    });
    await expect(write.catch((error) => Promise.reject(asAppError(error)))).rejects.toMatchObject({
      code: 'unavailable',
    });
    await log.write(async (tx) => tx.record(...aChange(stream, 'b')));
    expect((await expectWhole(stream, 1))[0]?.after?.title).toBe('b');
  });

  it('while nothing runs on it, between the work and the commit, fails the write and never the process', async () => {
    const stream = aStream();
    const write = log.write(async (tx) => {
      const [row] = await tx.run<{ pid: number }>(PID);
      tx.record(...aChange(stream, 'a'));
      await kill(row?.pid);
      await sleep(50);
    });
    await expect(write.catch((error) => Promise.reject(asAppError(error)))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await entries(stream)).toEqual([]);
  });

  it('gives every connection back, however the work ended', async () => {
    const before = log.db.stats();
    for (let i = 0; i < 20; i++) {
      await log
        .write(async (tx) => {
          tx.record(...aChange(aStream(), 'a'));
          if (i % 4 === 0) throw new Error('before any query');
          if (i % 4 === 1) await tx.run({ sql: 'select 1/0', parameters: [] });
          if (i % 4 === 2)
            await Promise.all([
              tx.run({ sql: 'select 1/0', parameters: [] }),
              tx.run({ sql: 'select pg_sleep(0.01)', parameters: [] }),
            ]);
        })
        .catch(() => {});
    }
    expect(log.db.stats()).toMatchObject({ waiting: 0 });
    // A connection still being opened counts before it is idle.
    await expect.poll(() => log.db.stats().total - log.db.stats().idle).toBe(0);
    expect(log.db.stats().total).toBeLessThanOrEqual(Math.max(before.total, 8));
    const { rows } = await admin.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    );
    expect(rows[0].n).toBe(0);
  });
});

describe('what runs after the commit', () => {
  it('runs once, in order, and only after a commit', async () => {
    const seen: string[] = [];
    await log.write(
      async (tx) => {
        tx.afterCommit(() => seen.push('one'));
        tx.record(...aChange(aStream(), 'a'));
      },
      { onCommitted: (streams) => seen.push(`streams ${streams.length}`) },
    );
    await log
      .write(async (tx) => {
        tx.afterCommit(() => seen.push('never'));
        throw new Error('no');
      })
      .catch(() => {});
    expect(seen).toEqual(['one', 'streams 1']);
  });

  it('never makes a committed write look failed', async () => {
    const stream = aStream();
    const faults: unknown[] = [];
    const result = await log.write(
      async (tx) => {
        tx.record(...aChange(stream, 'a'));
        tx.afterCommit(() => {
          throw new Error('a reader is broken');
        });
        return 'done';
      },
      { onEffectFault: (error) => faults.push(error) },
    );
    expect(result).toBe('done');
    expect(faults).toHaveLength(1);
    await expectWhole(stream, 1);
  });
});

describe('a statement prepared before a migration', () => {
  it('is prepared again instead of failing for ever', async () => {
    await admin.query('create table notes.grows (id int)');
    await admin.query('grant all on notes.grows to gantry_notes');
    const all = { name: 'grows.all', text: 'select * from grows' };
    const everywhere = () => Promise.all(Array.from({ length: 8 }, () => log.db.query(all)));
    await everywhere();
    await log.write((tx) => tx.query(all));
    await admin.query('alter table notes.grows add column more text');
    await everywhere();
    for (let i = 0; i < 10; i++) await log.write((tx) => tx.query(all));
  });
});
