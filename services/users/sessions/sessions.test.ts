import { decodeId, newId } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cookieOf,
  personOf,
  startTestGantry,
  type TestGantry,
  type TestPerson,
} from '../../../tests/setup/gantry.ts';
import { deviceOf } from './device.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PASSWORD = 'correct horse battery';

let gantry: TestGantry;
beforeAll(async () => {
  gantry = await startTestGantry({ env: { TRUST_PROXY: 'true' } });
});
afterAll(() => gantry?.stop());

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gantry.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

function signIn(
  login: string,
  password = PASSWORD,
  address = '203.0.113.7',
  headers: Record<string, string> = {},
) {
  return fetch(`${gantry.url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: gantry.url,
      'user-agent': FIREFOX,
      'x-forwarded-for': address,
      ...headers,
    },
    body: JSON.stringify({ login, password }),
  });
}
const session = async (person: TestPerson) => personOf(gantry.url, cookieOf(await signIn(person.user.email)));
const status = async (who: { fetch: TestPerson['fetch'] }) => (await who.fetch('/api/v1/me')).status;

describe('my sessions', () => {
  it('are listed with device, address, last seen and which one this is', async () => {
    const person = await gantry.signUp();
    const other = await session(person);
    const { data, meta } = await other.api.listSessions({ query: {} });
    expect(meta.total).toBe(2);
    const current = data.filter((s) => s.current);
    expect(current).toHaveLength(1);
    expect(current[0]).toMatchObject({ device: 'Firefox on Linux', address: '203.0.113.7' });
    expect(JSON.stringify(data)).not.toContain(decodeURIComponent(person.cookie.split('=')[1] as string));
    await sql(`update users.session set last_seen_at = now() - interval '5 minutes' where user_id = $1`, [
      decodeId('user', person.user.id),
    ]);
    await expect
      .poll(
        async () => {
          const seen = await other.api.listSessions({ query: {} });
          return Date.now() - Date.parse(seen.data.find((s) => s.current)?.last_seen_at ?? '');
        },
        { timeout: 2000 },
      )
      .toBeLessThan(60_000);
  });

  it("end one by one within a second; somebody else's are not there", async () => {
    const [person, stranger] = await Promise.all([gantry.signUp(), gantry.signUp()]);
    const other = await session(person);
    expect(await status(other)).toBe(200);
    const mine = (await other.api.listSessions({ query: {} })).data.find((s) => s.current);
    const params = { session_id: mine?.id ?? '' };
    await expect(stranger.api.revokeSession({ params })).rejects.toMatchObject({ status: 404 });
    await expect(
      person.api.revokeSession({ params: { session_id: newId('session') } }),
    ).rejects.toMatchObject({ status: 404 });
    expect((await fetch(`${gantry.url}/api/v1/me/sessions`)).status).toBe(401);
    await person.api.revokeSession({ params });
    const started = performance.now();
    while ((await status(other)) !== 401) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await status(person)).toBe(200);
    const events = await sql<{ event: string }>(
      `select event from users.log_change where stream = $1 and entity = 'session' order by seq`,
      [`users/user:${decodeId('user', person.user.id)}`],
    );
    expect(events.map((e) => e.event)).toEqual([
      'user.session.created',
      'user.session.created',
      'user.session.deleted',
    ]);
  });

  it('end all but this one', async () => {
    const person = await gantry.signUp();
    const others = await Promise.all([session(person), session(person), session(person)]);
    await person.api.revokeOtherSessions({});
    for (const other of others) await expect.poll(() => status(other), { timeout: 1000 }).toBe(401);
    expect((await person.api.listSessions({ query: {} })).meta.total).toBe(1);
  });
});

describe('guessing passwords', () => {
  it('gets longer and longer waits, also many at once, and only from where it comes', async () => {
    const person = await gantry.signUp();
    const { email } = person.user;
    const guesses = await Promise.all(
      Array.from({ length: 30 }, () => signIn(email, 'a wrong password', '198.51.100.1')),
    );
    const counts = Object.groupBy(guesses, (g) => g.status);
    // One more for every wait that ran out meanwhile, on a slow machine.
    expect(counts[401]?.length).toBeLessThanOrEqual(24);
    expect(counts[429]?.length).toBeGreaterThanOrEqual(6);
    // The first wait is a second, which this machine may have used up.
    await sql(
      `update users.sign_in_attempt set next_at = now() + interval '9 seconds' where failures between 20 and 100`,
    );
    const blocked = await signIn(email, PASSWORD, '198.51.100.1');
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await signIn(email, PASSWORD, '198.51.100.2')).status).toBe(200);
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      await sql('update users.sign_in_attempt set next_at = now()');
      await signIn(email, 'a wrong password', '198.51.100.1');
      const next = await signIn(email, 'a wrong password', '198.51.100.1');
      waits.push(Number(next.headers.get('retry-after')));
    }
    expect(waits[1]).toBeGreaterThan(waits[0] as number);
    expect(waits[2]).toBeGreaterThan(waits[1] as number);
    await sql('update users.sign_in_attempt set next_at = now()');
    expect((await signIn(email, PASSWORD, '198.51.100.1')).status).toBe(200);
    expect((await signIn(email, 'a wrong password', '198.51.100.1')).status).toBe(401);
  });

  it('is slowed down for names that nobody has just the same', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 25 }, () => signIn('nobody-here@example.com', 'a wrong password', '198.51.100.9')),
    );
    expect(guesses.filter((g) => g.status === 429).length).toBeGreaterThanOrEqual(4);
  });

  it('cannot choose its own address', async () => {
    const person = await gantry.signUp();
    await signIn(person.user.email, PASSWORD, '198.51.100.20', { 'x-gantry-address': '192.0.2.1' });
    const seen = await sql<{ address: string }>('select address from users.sign_in where user_id = $1', [
      decodeId('user', person.user.id),
    ]);
    expect(seen.map((row) => row.address)).toEqual(['198.51.100.20']);
  });
});

describe('the record of sign-ins', () => {
  it("shows me what was right and wrong, from where, and nobody else's", async () => {
    const [person, stranger] = await Promise.all([gantry.signUp({ username: 'Recorded' }), gantry.signUp()]);
    await signIn('recorded', 'a wrong password');
    await signIn(person.user.email);
    const list = async () => (await person.api.listSignIns({ query: {} })).data;
    await expect.poll(async () => (await list()).length, { timeout: 2000 }).toBe(2);
    expect(await list()).toMatchObject([
      { outcome: 'succeeded', device: 'Firefox on Linux', address: '203.0.113.7' },
      { outcome: 'wrong_password', device: 'Firefox on Linux', address: '203.0.113.7' },
    ]);
    expect((await stranger.api.listSignIns({ query: {} })).meta.total).toBe(0);
    expect((await fetch(`${gantry.url}/api/v1/me/sign-ins`)).status).toBe(401);
  });
});

describe('a device', () => {
  it.each([
    [FIREFOX, 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari on iOS'],
    ['curl/8.9', 'curl'],
    [null, 'Unknown device'],
  ])('%s is %s', (agent, device) => {
    expect(deviceOf(agent)).toBe(device);
  });
});
