import { encodeId, newId } from '@gantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOfEffects, faultsOfLog, faultsOfNames, type Round, table } from './ledger.ts';
import type { Write } from './load.ts';
import { aPlace, type Place, type Started } from './place.ts';
import {
  acknowledged,
  aLoad,
  BEFORE,
  faultsAfter,
  HEALED_MS,
  ROUNDS,
  type RoundOptions,
  strikeOnce,
  until,
} from './rounds.ts';

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

const options: RoundOptions = {
  send,
  async look(load) {
    const notes = await place.rows<{ title: string }>('select title from notes.note');
    const letters = await place.rows('select from mirror.dead_letter');
    return [
      ...(await faultsOfLog(place, 'notes')),
      ...(await faultsOfEffects(place)),
      ...faultsOfNames(
        acknowledged(load),
        notes.map((row) => row.title),
      ),
      ...(letters.length > 0 ? ['there are dead letters'] : []),
    ];
  },
};

async function restartProcess(env: Record<string, string> = {}): Promise<void> {
  started = null;
  started = await place.start(env);
}

async function count(fault: string, strike: () => Promise<void>, healedWithin = Infinity): Promise<void> {
  for (let n = 1; n <= ROUNDS; n++) {
    const result = await strikeOnce(options, fault, n, strike);
    rounds.push(result);
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
      await until(() => place.postgres.pid() === 0);
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
  const load = aLoad(options);
  await until(() => load.counts.acknowledged >= BEFORE);
  place.kill('SIGTERM');
  await place.ended();
  expect(await place.rows('select from notes.outbox')).toEqual([]);
  await restartProcess();
  await load.untilHealed();
  await load.finish();
  expect(await faultsAfter(options, load)).toEqual([]);
});
