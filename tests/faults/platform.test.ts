import { encodeId } from '@gantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { personOf } from '../setup/gantry.ts';
import { faultsOfLog, faultsOfNames, type Round, table } from './ledger.ts';
import type { Load, Write } from './load.ts';
import { aPlace, type Place, type Started } from './place.ts';
import { acknowledged, HEALED_MS, ROUNDS, type RoundOptions, strikeOnce, until } from './rounds.ts';

let place: Place;
let started: Started | null = null;
let cookie = '';
const projects: string[] = [];
const rounds: Round[] = [];

async function start(): Promise<void> {
  started = null;
  started = await place.start();
}

beforeAll(async () => {
  place = await aPlace(new URL('./platform-process.ts', import.meta.url), {
    PORT: '0',
    HOST: '127.0.0.1',
    AUTH_ATTEMPTS_PER_MINUTE: '1000000',
  });
  await start();
  const url = started?.url ?? '';
  const answer = await fetch(`${url}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({
      email: 'faults@example.com',
      password: 'correct horse battery',
      first_name: 'Faults',
      last_name: 'Test',
    }),
  });
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { api } = personOf(url, cookie);
  for (const name of ['One', 'Two', 'Three', 'Four'])
    projects.push((await api.createProject({ body: { name } } as never)).id);
}, 120_000);
afterAll(async () => {
  process.stdout.write(table(rounds));
  await place?.remove();
});

const options: RoundOptions = {
  async send(write: Write) {
    if (!started) throw new Error('not there');
    const id = write.name < '8' ? { id: encodeId('task', write.name) } : {};
    const project = projects[write.name.charCodeAt(1) % projects.length];
    const answer = await fetch(`${started.url}/api/v1/projects/${project}/tasks`, {
      method: 'POST',
      headers: {
        cookie,
        origin: started.url,
        'content-type': 'application/json',
        'idempotency-key': write.key,
      },
      body: JSON.stringify({ ...id, title: write.name }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: answer.status, text: await answer.text() };
  },
  async look(load: Load) {
    const services = await place.rows<{ schema: string }>(
      "select table_schema as schema from information_schema.tables where table_name = 'log_change'",
    );
    const logs = await Promise.all(services.map(({ schema }) => faultsOfLog(place, schema)));
    const letters = await Promise.all(
      services.map(({ schema }) => place.rows(`select from ${schema}.dead_letter`)),
    );
    const titles = await place.rows<{ title: string }>('select title from tasks.tasks');
    // The log is where everybody else learns of a task: it has to have each once, too.
    const logged = await place.rows<{ title: string }>(
      "select after->>'title' as title from tasks.log_change where event = 'task.created'",
    );
    return [
      ...logs.flat(),
      ...faultsOfNames(
        acknowledged(load),
        titles.map((row) => row.title),
      ),
      ...faultsOfNames(
        acknowledged(load),
        logged.map((row) => row.title),
      ).map((fault) => `log: ${fault}`),
      ...(letters.flat().length > 0 ? ['there are dead letters'] : []),
    ];
  },
};

async function count(fault: string, strike: () => Promise<void>, healedWithin = Infinity): Promise<void> {
  for (let n = 1; n <= ROUNDS; n++) {
    const result = await strikeOnce(options, fault, n, strike);
    rounds.push(result);
    expect(result.faults, `round ${n} of ${fault}`).toEqual([]);
    expect(result.healedMs).toBeLessThan(healedWithin);
  }
}

it('the whole platform loses and doubles nothing when it is killed', () =>
  count('platform: kill -9', async () => {
    place.kill('SIGKILL');
    await place.ended();
    await start();
  }));

it('the whole platform loses and doubles nothing when PostgreSQL is killed, and heals by itself', () =>
  count(
    'platform: kill -9 of PostgreSQL',
    async () => {
      process.kill(place.postgres.pid(), 'SIGKILL');
      await until(() => place.postgres.pid() === 0);
    },
    HEALED_MS,
  ));
