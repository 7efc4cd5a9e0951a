import type { Change } from '@gantry/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { fail } from '../errors.ts';
import type { AnyContext, Subscriber } from '../service.ts';
import { aStream, asAdmin, type LogDatabase, openLog, publishedChange } from '../testing/log-database.ts';
import { consumingService, type OwnerLog } from '../testing/log-service.ts';
import { noteCreated } from '../testing/notes.ts';
import { type Consumer, makeConsumer } from './consumer.ts';
import { dropDeadLetter, listDeadLetters, replayDeadLetter } from './dead-letters.ts';

let database: TestDatabase;
let log: LogDatabase;
let elsewhere: LogDatabase;
const context = {} as AnyContext;

beforeAll(async () => {
  database = await testDatabase('consumer');
  log = await openLog(database.url, 6);
  elsewhere = await openLog(database.url, 6);
  // No unique constraint: an effect that happens twice shows.
  await asAdmin(
    database.url,
    'create table notes.effect (id bigint generated always as identity, consumer text, stream text, seq int, title text); grant all on notes.effect to gantry_notes',
  );
});
afterAll(async () => {
  await log?.close();
  await elsewhere?.close();
  await database?.drop();
});

let count = 0;
let name = '';
beforeEach(() => {
  name = `c${count++}`;
});

type Failure = (change: Change, attempt: number) => Error | undefined;

/** Writes its effect first and fails afterwards, so that a half-done effect would show. */
function subscriber(fails: Failure = () => undefined, more: Partial<Subscriber> = {}): Subscriber {
  const attempts = new Map<string, number>();
  return {
    consumer: name,
    on: [noteCreated],
    async handle(_ctx, tx, change) {
      await tx.run({
        sql: 'insert into effect (consumer, stream, seq, title) values ($1, $2, $3, $4)',
        parameters: [name, change.stream, change.seq, change.after?.title],
      });
      const key = `${change.stream} ${change.seq}`;
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      const error = fails(change, attempt);
      if (error) throw error;
    },
    ...more,
  };
}

function consumer(owner: OwnerLog, sub: Subscriber, where = log, maxAttempts = 4): Consumer {
  return makeConsumer({
    service: consumingService(where.db, owner),
    subscriber: sub,
    contextFor: () => context,
    maxAttempts,
    backoff: () => 0,
  });
}

/** Seqs of the effects in the order they were committed to each stream. */
async function effects(stream: string): Promise<number[]> {
  const rows = await log.db.run<{ seq: number }>({
    sql: 'select seq from effect where consumer = $1 and stream = $2 order by id',
    parameters: [name, stream],
  });
  return rows.map((row) => row.seq);
}

async function inbox(stream: string) {
  const [row] = await log.db.run<{ seq: number; attempts: number; parked: boolean }>({
    sql: 'select seq, attempts, retry_at is not null as parked from inbox where consumer = $1 and stream = $2',
    parameters: [`notes.${name}`, stream],
  });
  return row;
}

const letters = async () =>
  (await listDeadLetters(log.db, 1000)).filter((l) => l.consumer === `notes.${name}`);

/** Puts the time of every retry to now. */
async function hurry() {
  await log.db.run({
    sql: "update inbox set retry_at = now() where consumer = $1 and retry_at < 'infinity'",
    parameters: [`notes.${name}`],
  });
}

function ownerOf(lengths: number[], more: (seq: number) => Partial<Change> = () => ({})): OwnerLog {
  return new Map(
    lengths.map((length) => {
      const stream = aStream();
      return [stream, Array.from({ length }, (_, i) => publishedChange(stream, i + 1, more(i + 1)))];
    }),
  );
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** What the bus does to changes: batches of any of them, in any order, any number of times, or never. */
const deliveries = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  batches: fc.array(fc.array(fc.tuple(fc.nat(3), fc.nat(11)), { maxLength: 8 }), { maxLength: 12 }),
  unwanted: fc.array(fc.nat(12), { maxLength: 5 }),
  failing: fc.array(fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 3 })), { maxLength: 4 }),
});

describe('a consumer', () => {
  it('ends in the same state whatever the bus does to the order, with faults on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.boolean(),
        async ({ lengths, batches, unwanted, failing }, twoProcesses) => {
          name = `p${count++}`;
          const owner = ownerOf(lengths, (seq) => (unwanted.includes(seq) ? { event: 'note.ignored' } : {}));
          const streams = [...owner.keys()];
          const failures: Failure = (change, attempt) =>
            failing.some(([seq, times]) => seq === change.seq && attempt <= times)
              ? new Error('no')
              : undefined;
          const sub = subscriber(failures);
          const here = consumer(owner, sub);
          const there = consumer(owner, sub, elsewhere);
          for (const batch of batches) {
            const changes = batch.flatMap(
              ([s, i]) => owner.get(streams[s % streams.length] as string)?.[i] ?? [],
            );
            // A second process handles the same at the same time, as when partitions change hands.
            await Promise.all([
              here.handle(changes),
              ...(twoProcesses ? [there.handle(changes.toReversed())] : []),
            ]);
            await Promise.all([here.retryDue(), ...(twoProcesses ? [there.retryDue()] : [])]);
          }
          for (const changes of owner.values()) await here.handle(changes.slice(-1));
          for (let i = 0; i < 10; i++) await Promise.all([here.retryDue(), there.retryDue()]);
          for (const [stream, changes] of owner) {
            const wanted = changes.filter((c) => c.event === noteCreated.name).map((c) => c.seq);
            expect(await effects(stream)).toEqual(wanted);
            expect(await inbox(stream)).toEqual({ seq: changes.length, attempts: 0, parked: false });
          }
          expect(await letters()).toEqual([]);
        },
      ),
      // A slow machine tries fewer; a property that outlives its test would meddle with the next.
      { numRuns: 40, interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);

  it('brings every stream up to its head when it is new, and does nothing the second time', async () => {
    // One of them is longer than a page of the owner's log.
    const owner = ownerOf([3, 700, 1, 5, 2, 8, 1], (seq) => (seq > 10 ? { event: 'note.ignored' } : {}));
    const one = consumer(owner, subscriber());
    await one.catchUp('notes');
    for (let times = 0; times < 2; times++) {
      for (const [stream, changes] of owner) {
        expect(await effects(stream)).toEqual(upTo(Math.min(10, changes.length)));
        expect((await inbox(stream))?.seq).toBe(changes.length);
      }
      await one.catchUp('notes');
    }
  });

  it('in two processes at once has one effect a change, and loses none of what either was given', async () => {
    const owner = ownerOf([40, 40, 40]);
    const [here, there] = [consumer(owner, subscriber()), consumer(owner, subscriber(), elsewhere)];
    for (let from = 0; from < 40; from += 4) {
      // One is given the beginning of what the other is given whole.
      const whole = [...owner.values()].flatMap((changes) => changes.slice(from, from + 4));
      const part = [...owner.values()].flatMap((changes) => changes.slice(from, from + 1));
      await Promise.all([here.handle(part), there.handle(whole), here.handle(whole.slice(0, 6))]);
      for (const stream of owner.keys()) expect((await inbox(stream))?.seq).toBe(from + 4);
    }
    for (const stream of owner.keys()) expect(await effects(stream)).toEqual(upTo(40));
  });

  it('does not lose what arrives while a parked stream is being taken up again', async () => {
    const owner = ownerOf([6]);
    const [stream] = [...owner.keys()] as [string];
    const all = owner.get(stream) as Change[];
    const known = new Map([[stream, all.slice(0, 1)]]);
    let failing = true;
    const one = consumer(
      known,
      subscriber(() => (failing ? new Error('no') : undefined)),
    );
    await one.handle(all.slice(0, 1));
    expect(await inbox(stream)).toMatchObject({ parked: true, seq: 0 });
    failing = false;
    for (let i = 1; i < 6; i++) {
      known.set(stream, all.slice(0, i + 1));
      await Promise.all([one.retryDue(), one.handle(all.slice(i, i + 1))]);
    }
    await one.retryDue();
    expect(await effects(stream)).toEqual(upTo(6));
  });
});

describe('a change that fails', () => {
  it('parks its stream only, with its effect undone, and is tried again', async () => {
    const owner = ownerOf([3, 3]);
    const [bad, good] = [...owner.keys()] as [string, string];
    const one = consumer(
      owner,
      subscriber((c, attempt) =>
        c.stream === bad && c.seq === 2 && attempt < 3 ? new Error('no') : undefined,
      ),
    );
    await one.handle([...owner.values()].flat());
    expect(await effects(bad)).toEqual([1]);
    expect(await effects(good)).toEqual([1, 2, 3]);
    expect(await inbox(bad)).toEqual({ seq: 1, attempts: 1, parked: true });
    await one.retryDue();
    expect(await inbox(bad)).toEqual({ seq: 1, attempts: 2, parked: true });
    await one.retryDue();
    expect(await effects(bad)).toEqual([1, 2, 3]);
    expect(await inbox(bad)).toEqual({ seq: 3, attempts: 0, parked: false });
  });

  it('becomes a dead letter after the last attempt, and the stream goes on', async () => {
    const owner = ownerOf([4]);
    const [stream] = [...owner.keys()] as [string];
    const one = consumer(
      owner,
      subscriber((c) => (c.seq === 2 ? new Error('never') : undefined)),
      log,
      3,
    );
    await one.handle([...owner.values()].flat());
    await one.retryDue();
    expect(await letters()).toEqual([]);
    await one.retryDue();
    expect(await effects(stream)).toEqual([1, 3, 4]);
    expect(await letters()).toMatchObject([
      { stream, seq: 2, attempts: 3, error: 'never', event: 'note.created' },
    ]);
  });

  it('stops a strict consumer for good until it is replayed, and then goes on in order', async () => {
    const owner = ownerOf([4]);
    const [stream] = [...owner.keys()] as [string];
    let broken = true;
    const sub = subscriber((c) => (broken && c.seq === 2 ? new Error('never') : undefined), { strict: true });
    const one = consumer(owner, sub, log, 2);
    await one.handle([...owner.values()].flat());
    for (let i = 0; i < 5; i++) {
      await one.retryDue();
      await one.handle([...owner.values()].flat());
      await hurry();
    }
    expect(await effects(stream)).toEqual([1]);
    const [letter] = await letters();
    if (!letter) throw new Error('no letter');
    const service = consumingService(log.db, owner);
    const replay = () => replayDeadLetter(service, [sub], () => context, letter.id);
    await expect(replay()).rejects.toThrow('never');
    expect(await letters()).toHaveLength(1);
    expect(await effects(stream)).toEqual([1]);
    broken = false;
    expect((await Promise.all([replay(), replay(), replay()])).filter(Boolean)).toHaveLength(1);
    await one.retryDue();
    expect(await effects(stream)).toEqual([1, 2, 3, 4]);
    expect(await letters()).toEqual([]);
    expect(await replay()).toBe(false);
  });

  it('goes on behind a dead letter that is dropped', async () => {
    const owner = ownerOf([3]);
    const [stream] = [...owner.keys()] as [string];
    const sub = subscriber((c) => (c.seq === 1 ? new Error('never') : undefined), { strict: true });
    const one = consumer(owner, sub, log, 1);
    await one.handle([...owner.values()].flat());
    const [letter] = await letters();
    expect(await dropDeadLetter(log.db, letter?.id ?? '')).toBe(true);
    expect(await dropDeadLetter(log.db, letter?.id ?? '')).toBe(false);
    await one.retryDue();
    expect(await effects(stream)).toEqual([2, 3]);
    expect(await inbox(stream)).toMatchObject({ seq: 3, parked: false });
  });

  it('is replayed out of its order for a consumer that is not strict, once', async () => {
    const owner = ownerOf([3]);
    const [stream] = [...owner.keys()] as [string];
    let broken = true;
    const sub = subscriber((c) => (broken && c.seq === 1 ? new Error('never') : undefined));
    const one = consumer(owner, sub, log, 1);
    await one.handle([...owner.values()].flat());
    broken = false;
    const [letter] = await letters();
    const service = consumingService(log.db, owner);
    expect(await replayDeadLetter(service, [sub], () => context, letter?.id ?? '')).toBe(true);
    expect(await effects(stream)).toEqual([2, 3, 1]);
    expect((await inbox(stream))?.seq).toBe(3);
  });

  it('waits, without counting, for somebody who is out of reach', async () => {
    const owner = ownerOf([2]);
    const [stream] = [...owner.keys()] as [string];
    const one = consumer(
      owner,
      subscriber((_c, attempt) => (attempt <= 9 ? fail('unavailable') : undefined)),
      log,
      3,
    );
    await one.handle([...owner.values()].flat());
    for (let i = 0; i < 8; i++) {
      expect(await inbox(stream)).toEqual({ seq: 0, attempts: 0, parked: true });
      await hurry();
      await one.retryDue();
    }
    expect(await letters()).toEqual([]);
    for (let i = 0; i < 12; i++) {
      await hurry();
      await one.retryDue();
    }
    expect(await effects(stream)).toEqual([1, 2]);
  });
});

describe('a gap', () => {
  it('whose owner is out of reach parks the stream and lets the others go on', async () => {
    const owner = ownerOf([5, 5]);
    const [gone, there] = [...owner.keys()] as [string, string];
    let away = true;
    const service = consumingService(log.db, owner);
    const one = makeConsumer({
      service: {
        ...service,
        logOf: (who) => ({
          ...service.logOf(who),
          read: (stream, after) => {
            if (away && stream === gone) throw fail('unavailable');
            return service.logOf(who).read(stream, after);
          },
        }),
      },
      subscriber: subscriber(),
      contextFor: () => context,
    });
    await one.handle([...(owner.get(gone) ?? []).slice(2), ...(owner.get(there) ?? []).slice(2)]);
    expect(await effects(gone)).toEqual([]);
    expect(await effects(there)).toEqual(upTo(5));
    away = false;
    await hurry();
    await one.retryDue();
    expect(await effects(gone)).toEqual(upTo(5));
  });

  it('that the owner does not have either is waited for, never skipped', async () => {
    const owner = ownerOf([3]);
    const [stream] = [...owner.keys()] as [string];
    const all = owner.get(stream) as Change[];
    const holed: OwnerLog = new Map([[stream, [all[0], all[2]] as Change[]]]);
    const one = consumer(holed, subscriber());
    await one.handle(all.slice(2));
    await one.handle(all.slice(2));
    expect(await effects(stream)).toEqual([1]);
    holed.set(stream, all);
    await hurry();
    await one.retryDue();
    expect(await effects(stream)).toEqual([1, 2, 3]);
  });
});

it('a dead letter of an unknown id is neither dropped nor replayed', async () => {
  const id = '00000000-0000-7000-8000-000000000000';
  expect(await dropDeadLetter(log.db, id)).toBe(false);
  expect(await replayDeadLetter(consumingService(log.db, new Map()), [], () => context, id)).toBe(false);
});
