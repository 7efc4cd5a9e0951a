import { uuidIn } from '@gantry/kit';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, personOf, startTestGantry, type TestGantry } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
beforeAll(async () => {
  gantry = await startTestGantry();
});
afterAll(() => gantry?.stop());

const PASSWORD = 'correct horse battery';

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${gantry.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gantry.url, ...headers },
    body: JSON.stringify(body),
  });
}

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gantry.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

describe('signing up', () => {
  it('makes an account with its first workspace and signs in; only the first is an admin', async () => {
    const ada = await gantry.signUp({ first_name: 'Ada', last_name: 'Byron', username: 'Ada.B' });
    expect(ada.user).toMatchObject({ name: 'Ada Byron', username: 'Ada.B', role: 'admin', version: 1 });
    expect(ada.workspace).toMatchObject({ name: "Ada's workspace", slug: 'adas-workspace', role: 'owner' });
    expect(await ada.api.getSession({})).toMatchObject({ user: { id: ada.user.id } });
    const next = await gantry.signUp({ first_name: 'Ada', workspace_name: 'Engines' });
    expect(next.user.role).toBe('user');
    expect(next.workspace).toMatchObject({ name: 'Engines', slug: 'engines' });
    const third = await gantry.signUp({ workspace_name: 'Engines' });
    expect(third.workspace.slug).toMatch(/^engines-[a-z0-9]{5}$/);
  });

  it('sets a cookie scripts cannot read', async () => {
    const answer = await post('/auth/sign-up', {
      email: 'cookie@example.com',
      password: PASSWORD,
      first_name: 'C',
    });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^gantry\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('refuses an e-mail or username that is taken, whatever its case, also at once', async () => {
    const taken = await gantry.signUp({ email: 'taken@example.com', username: 'taken' });
    const again = await post('/auth/sign-up', {
      email: 'TAKEN@example.com',
      password: PASSWORD,
      first_name: 'T',
    });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'email_taken' });
    const name = await post('/auth/sign-up', {
      email: 'other@example.com',
      password: PASSWORD,
      first_name: 'T',
      username: 'Taken',
    });
    expect(await name.json()).toMatchObject({ status: 409, code: 'username_taken' });
    const twins = await Promise.all(
      Array.from({ length: 4 }, () =>
        post('/auth/sign-up', { email: 'twin@example.com', password: PASSWORD, first_name: 'T' }),
      ),
    );
    expect(twins.map((answer) => answer.status).toSorted()).toEqual([201, 409, 409, 409]);
    expect(taken.user.email).toBe('taken@example.com');
  });

  it.each([
    ['a short password', { password: 'short' }, 'body/password'],
    ['no e-mail', { email: 'nobody' }, 'body/email'],
    ['an e-mail only one of two validators takes', { email: 'a@b..c' }, 'body/email'],
    ['a username with spaces', { username: 'a b c' }, 'body/username'],
    ['a username that is too short', { username: 'ab' }, 'body/username'],
    ['a role', { role: 'admin' }, 'body/role'],
    ['a name with control characters', { first_name: 'a\u0000' }, 'body/first_name'],
  ])('refuses %s', async (_name, change, path) => {
    const body = { email: 'x@example.com', password: PASSWORD, first_name: 'X', ...change };
    const answer = await post('/auth/sign-up', body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'invalid_request', fields: [{ path }] });
  });

  it('stores argon2id at the cost OWASP names, seen through the view of the specification', async () => {
    const person = await gantry.signUp();
    const [row] = await sql<{ password_hash: string; first_name: string }>(
      'select * from users.user_with_password_hash where email = $1',
      [person.user.email],
    );
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(row?.first_name).toBe('Person');
  });

  it('logs the person in their own stream only, and the workspace without personal data', async () => {
    const person = await gantry.signUp({ first_name: 'Grace', last_name: 'Secretname' });
    const id = uuidIn('user', person.user.id);
    const log = await sql<{ stream: string; event: string; after: object; actor: string }>(
      'select stream, event, after, actor from users.log_change where actor = $1 order by at, seq',
      [id],
    );
    expect(log.map(({ stream, event }) => [stream.split(':')[0], event])).toEqual([
      ['users/user', 'user.created'],
      ['users/workspace', 'workspace.created'],
      ['users/workspace', 'workspace.member.created'],
      ['users/user', 'user.session.created'],
    ]);
    expect(log[0]?.after).toMatchObject({ name: 'Grace Secretname', email: person.user.email });
    const elsewhere = await sql<{ n: string }>(
      `select count(*) as n from users.log_change where stream not like 'users/user:%'
       and (before::text || after::text) like '%' || $1 || '%'`,
      [person.user.email],
    );
    expect(elsewhere[0]?.n).toBe('0');
    const leaked = await sql<{ n: string }>(
      `select count(*) as n from users.log_change where coalesce(before::text, '') || coalesce(after::text, '') ~ 'argon2|password'`,
    );
    expect(leaked[0]?.n).toBe('0');
  });

  it('heals an account whose first workspace could not be made', async () => {
    await sql(`create function users.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'down' using errcode = '57P01'; end $$`);
    await sql(
      'create trigger refuse before insert on users.workspace for each row execute function users.refuse()',
    );
    const body = { email: 'heal@example.com', password: PASSWORD, first_name: 'Heal' };
    const failed = await post('/auth/sign-up', body);
    expect(failed.status).toBe(503);
    expect(failed.headers.getSetCookie()).toEqual([]);
    await sql('drop trigger refuse on users.workspace');
    const answer = await post('/auth/sign-in', { login: body.email, password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ workspaces: [{ name: "Heal's workspace", role: 'owner' }] });
    const again = await post('/auth/sign-in', { login: body.email, password: PASSWORD });
    expect(((await again.json()) as { workspaces: unknown[] }).workspaces).toHaveLength(1);
  });
});

describe('signing in', () => {
  it('takes e-mail or username in any case', async () => {
    const person = await gantry.signUp({ email: 'Mixed@Example.com', username: 'Mixed_Case' });
    for (const login of [
      'mixed@example.com',
      'MIXED@EXAMPLE.COM',
      'mixed_case',
      'Mixed_Case',
      ' mixed_case ',
    ]) {
      const answer = await post('/auth/sign-in', { login, password: PASSWORD });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ user: { id: person.user.id } });
    }
  });

  it('answers every kind of wrong the same, after about the same time', async () => {
    const person = await gantry.signUp({ username: 'known' });
    const timed = async (login: string, password: string) => {
      const started = performance.now();
      const answer = await post('/auth/sign-in', { login, password });
      const { request_id: _, ...problem } = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, problem, ms: performance.now() - started };
    };
    const median = (values: number[]) =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
    const times: Record<string, number[]> = {};
    const answers = new Set<string>();
    for (let i = 0; i < 7; i++) {
      for (const [kind, login] of [
        ['known', person.user.email],
        ['unknown', `nobody-${i}@example.com`],
        ['known name', 'known'],
        ['unknown name', `nobody${i}`],
      ] as const) {
        const { status, problem, ms } = await timed(login, 'wrong password');
        expect(status).toBe(401);
        answers.add(JSON.stringify(problem));
        times[kind] = [...(times[kind] ?? []), ms];
      }
    }
    for (const login of ['not an e-mail@', 'a b', 'x', '@', "' or 1=1 --"])
      answers.add(JSON.stringify((await timed(login, 'wrong password')).problem));
    expect(answers.size).toBe(1);
    const medians = Object.values(times).map(median);
    // Hashing takes most of it; the rest is noise of a busy machine.
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2.5);
  });

  it('hashes in other threads, so that nobody else waits for it', async () => {
    const person = await gantry.signUp();
    const signIn = () => post('/auth/sign-in', { login: person.user.email, password: PASSWORD });
    await signIn();
    const own = process.threadCpuUsage();
    const all = process.cpuUsage();
    const answers = await Promise.all(Array.from({ length: 16 }, signIn));
    const here = process.threadCpuUsage(own);
    const everywhere = process.cpuUsage(all);
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    // Processor time, not the clock: the same on a busy machine.
    expect(here.user + here.system).toBeLessThan((everywhere.user + everywhere.system) / 2);
  });
});

describe('a session', () => {
  it('gives tokens that carry it, for five minutes', async () => {
    const person = await gantry.signUp({ first_name: 'Token', last_name: 'Holder' });
    const { token, expires_in } = await person.api.createToken({}, { idempotencyKey: 'k' });
    expect(expires_in).toBe(300);
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ sub: person.user.id, name: 'Token Holder', iss: 'gantry', aud: 'gantry' });
    expect(claims.sid).toMatch(/^sess_/);
    expect((claims.exp as number) - (claims.iat as number)).toBe(300);
    const again = await person.api.createToken({}, { idempotencyKey: 'k' });
    expect(again.token).not.toBe(token);
  });

  it('ends alone: the same person stays signed in elsewhere', async () => {
    const person = await gantry.signUp();
    const elsewhere = personOf(
      gantry.url,
      cookieOf(await post('/auth/sign-in', { login: person.user.email, password: PASSWORD })),
    );
    await person.api.signOut({});
    expect((await person.fetch('/api/v1/me')).status).toBe(401);
    expect((await elsewhere.fetch('/api/v1/me')).status).toBe(200);
    expect((await post('/auth/sign-out', {})).status).toBe(204);
  });

  it('is prolonged when it is used a day later, and has ended after thirty', async () => {
    const person = await gantry.signUp();
    const id = uuidIn('user', person.user.id);
    await sql("update users.session set expires_at = now() + interval '28 days' where user_id = $1", [id]);
    const answer = await person.fetch('/api/v1/auth/session');
    expect(answer.headers.getSetCookie()[0]?.split(';')[0]).toBe(person.cookie);
    const { expires_at } = (await answer.json()) as { expires_at: string };
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now() + 29.9 * 24 * 3_600_000);
    await sql("update users.session set expires_at = now() - interval '1 second' where user_id = $1", [id]);
    await expect.poll(async () => (await person.fetch('/api/v1/me')).status, { timeout: 2000 }).toBe(401);
  });

  it('shows public keys only', async () => {
    const { keys } = (await (await fetch(`${gantry.url}/api/v1/auth/jwks`)).json()) as {
      keys: Record<string, unknown>[];
    };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys)
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  it('outlives a rotation of the keys', async () => {
    const person = await gantry.signUp();
    const token = await person.token();
    await sql("update users.jwt_key set created_at = now() - interval '30 days 1 hour'");
    const { rotateKeys } = await import('./jwt-keys.ts');
    const users = gantry.runtimeOf('users').services.get('users');
    if (!users) throw new Error('no users service');
    await rotateKeys(users);
    const fresh = await person.token();
    const kid = (jwt: string) =>
      JSON.parse(Buffer.from(jwt.split('.')[0] as string, 'base64url').toString()).kid;
    expect(kid(fresh)).not.toBe(kid(token));
    const me = (jwt: string) =>
      fetch(`${gantry.url}/api/v1/me`, { headers: { authorization: `Bearer ${jwt}` } });
    expect((await me(token)).status).toBe(200);
    expect((await me(fresh)).status).toBe(200);
    const [row] = await sql<{ private_key: Buffer }>('select private_key from users.jwt_key limit 1');
    expect(row?.private_key.toString('latin1')).not.toContain('PRIVATE KEY');
  });
});

describe('my profile', () => {
  it('is changed with what is given, logged with its actor, and refused when it is older than thought', async () => {
    const person = await gantry.signUp({ first_name: 'Old', last_name: 'Name' });
    const before = await person.fetch('/api/v1/me');
    const etag = before.headers.get('etag') as string;
    expect(etag).toMatch(/^"v1\./);
    const me = await person.api.updateMe(
      { body: { first_name: 'New' } },
      { ifMatch: etag, mutationId: 'm-1', idempotencyKey: 'p-1' },
    );
    expect(me).toMatchObject({ name: 'New Name', version: 2 });
    const repeated = await person.api.updateMe(
      { body: { first_name: 'New' } },
      { ifMatch: etag, idempotencyKey: 'p-1' },
    );
    expect(repeated.version).toBe(2);
    await expect(person.api.updateMe({ body: { first_name: 'X' } }, { ifMatch: etag })).rejects.toMatchObject(
      { status: 412 },
    );
    const log = await sql<object>(
      "select origin, mutation_id, actor, before, after, version from users.log_change where stream = $1 and event = 'user.updated'",
      [`users/user:${uuidIn('user', person.user.id)}`],
    );
    expect(log).toEqual([
      {
        origin: 'web',
        mutation_id: 'm-1',
        actor: uuidIn('user', person.user.id),
        before: { first_name: 'Old', name: 'Old Name' },
        after: { first_name: 'New', name: 'New Name' },
        version: 2,
      },
    ]);
  });

  it('refuses a username that is taken, in any case', async () => {
    await gantry.signUp({ username: 'first-come' });
    const person = await gantry.signUp();
    await expect(person.api.updateMe({ body: { username: 'First-Come' } })).rejects.toMatchObject({
      status: 409,
      code: 'username_taken',
    });
    expect((await person.api.updateMe({ body: { username: 'Second-Come' } })).username).toBe('Second-Come');
  });
});
