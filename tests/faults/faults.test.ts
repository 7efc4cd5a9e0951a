import { setTimeout as sleep } from 'node:timers/promises';
import { encodeId, newId } from '@gantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOfEffects, faultsOfLog, faultsOfNames, type Round, table } from './ledger.ts';
import { type Load, startLoad, type Write } from './load.ts';
import { aPlace, type Place, type Started } from './place.ts';

const ROUNDS = process.env.GANTRY_TEST_LONG === '1' ? 20 : 3;
const WRITERS = 12;
/** Acknowledged writes before the fault strikes, at least, and after it is healed. */
const BEFORE = 25;
const AFTER = 25;
const QUIET_MS = 30_000;
/** What the design promises after a restart of PostgreSQL. */
const HEALED_MS = 5_000;

let place: Place;
let started: Started | null = null;
const rounds: Round[] = [];
const books = Array.from({ length: 6 }, () => newId('project'));

beforeAll(async () => {
  place = await aPlace(new URL('./fixture-process.ts', import.meta.url), { USER_ID: newId('user') });
  started = await place.start();
}, 120_000);
afterAll(async () => {
  process.stdout.write(table(rounds));
  await place?.remove();
});

async function send(write: Write): Promise<{ status: number; text: string }> {
  if (!started) throw new Error('not there');
  // Half of the writes bring their own id; the others can be told apart by their key only.
  const id = write.name < '8' ? { id: encodeId('task', write.name) } : {};
  const book = books[write.name.charCodeAt(1) % books.length];
  const answer = await fetch(`${started.url}/api/v1/books/${book}/notes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${started.token}`,
      'content-type': 'application/json',
      'idempotency-key': write.key,
    },
    body: JSON.stringify({ ...id, title: write.name }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Waits until everything published has had its effect, then says what is wrong. */
async function faultsAfter(load: Load): Promise<string[]> {
  const look = async () => [
    ...(await faultsOfLog(place, 'notes')),
    ...(await faultsOfEffects(place)),
    ...faultsOfNames(
      load.writes.filter((w) => w.answer !== null).map((w) => w.name),
      (await place.rows<{ title: string }>('select title from notes.note')).map((row) => row.title),
    ),
    ...((await place.rows('select from mirror.dead_letter')).length > 0 ? ['there are dead letters'] : []),
  ];
  const deadline = Date.now() + QUIET_MS;
  let faults = await look();
  while (faults.length > 0 && Date.now() < deadline) {
    await sleep(100);
    faults = await look();
  }
  return [...faults, ...load.counts.wrong];
}

/** One round: load, the fault in the middle of it, load until it is healed and a while longer, then the ledger. */
async function round(fault: string, n: number, strike: () => Promise<void>): Promise<Round> {
  const load = startLoad({ writers: WRITERS, send });
  await until(() => load.counts.acknowledged >= BEFORE + Math.random() * BEFORE);
  const struckAt = performance.now();
  await strike();
  await load.untilHealed();
  const healedMs = performance.now() - struckAt;
  const then = load.counts.acknowledged;
  await until(() => load.counts.acknowledged >= then + AFTER);
  await load.finish();
  const { acknowledged, broken, repeated } = load.counts;
  const result = {
    fault,
    round: n,
    acknowledged,
    broken,
    repeated,
    healedMs,
    faults: await faultsAfter(load),
  };
  rounds.push(result);
  return result;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

async function restartProcess(env: Record<string, string> = {}): Promise<void> {
  started = null;
  started = await place.start(env);
}

async function count(fault: string, strike: () => Promise<void>, healedWithin = Infinity): Promise<void> {
  for (let n = 1; n <= ROUNDS; n++) {
    const result = await round(fault, n, strike);
    expect(result.faults, `round ${n} of ${fault}`).toEqual([]);
    expect(result.healedMs).toBeLessThan(healedWithin);
  }
}

it('loses and doubles nothing when the process is killed', () =>
  count('kill -9 of the process', async () => {
    place.kill('SIGKILL');
    await place.ended();
    await restartProcess();
  }));

it('loses and doubles nothing when PostgreSQL is killed, and heals within 5 s without a restart', () =>
  count(
    'kill -9 of PostgreSQL',
    async () => {
      process.kill(place.postgres.pid(), 'SIGKILL');
      while (place.postgres.pid() !== 0) await sleep(1);
    },
    HEALED_MS,
  ));

it('heals within 5 s when PostgreSQL is restarted in order', () =>
  count('restart of PostgreSQL', () => place.postgres.restart(), HEALED_MS));

/** Lets the process run into its own death at this point, under load, and starts it again. */
async function countAt(fault: string, point: string): Promise<void> {
  place.kill('SIGKILL');
  await place.ended();
  await restartProcess({ FAULT_POINT: point });
  await count(fault, async () => {
    place.kill('SIGUSR2');
    await place.ended();
    await restartProcess({ FAULT_POINT: point });
  });
}

it('loses and doubles nothing when it dies after publishing half of what the relay took', () =>
  countAt('kill -9 of the relay in mid-publish', 'half published'));

it('loses and doubles nothing when it dies between publishing and forgetting', () =>
  countAt('kill -9 between publishing and forgetting', 'published, not forgotten'));

it('loses and doubles nothing when it dies in the middle of an effect', () =>
  countAt('kill -9 in the middle of an effect', 'effect not committed'));

it('keeps nothing but finished work after a stop in order under load', async () => {
  const load = startLoad({ writers: WRITERS, send });
  await until(() => load.counts.acknowledged >= BEFORE);
  place.kill('SIGTERM');
  await place.ended();
  expect(await place.rows('select from notes.outbox')).toEqual([]);
  await restartProcess();
  await load.untilHealed();
  await load.finish();
  expect(await faultsAfter(load)).toEqual([]);
});
