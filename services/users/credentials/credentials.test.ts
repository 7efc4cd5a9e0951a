import { decodeId } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cookieOf,
  personOf,
  startTestGantry,
  type TestGantry,
  type TestPerson,
} from '../../../tests/setup/gantry.ts';
import { mailbox } from '../testing/mails.ts';

let gantry: TestGantry;
let mails: ReturnType<typeof mailbox>;
beforeAll(async () => {
  gantry = await startTestGantry();
  mails = mailbox(gantry);
});
afterAll(() => gantry?.stop());

const PASSWORD = 'correct horse battery';
const NEW = 'another horse entirely';
const GONE = { status: 410, code: 'token_invalid' };

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gantry.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

function post(path: string, body: unknown) {
  return fetch(`${gantry.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gantry.url },
    body: JSON.stringify(body),
  });
}
const signIn = (person: TestPerson, password: string, login = person.user.email) =>
  post('/auth/sign-in', { login, password });
const elsewhere = async (person: TestPerson, password = PASSWORD) =>
  personOf(gantry.url, cookieOf(await signIn(person, password)));
const status = async (who: { fetch: TestPerson['fetch'] }) => (await who.fetch('/api/v1/me')).status;
const ask = (email: string) => post('/auth/password-reset', { email });
const reset = (token: string, new_password = NEW) =>
  post('/auth/password-reset/confirm', { token, new_password });

/** Milliseconds until this credential is out. */
async function outAfter(who: { fetch: TestPerson['fetch'] }): Promise<number> {
  const started = performance.now();
  while ((await status(who)) !== 401 && performance.now() - started < 3000)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return performance.now() - started;
}

describe('changing the password', () => {
  it('needs the old one, ends other sessions within a second and keeps this one', async () => {
    const person = await gantry.signUp();
    const other = await elsewhere(person);
    expect(await status(other)).toBe(200);
    const body = { old_password: 'not this one at all', new_password: NEW };
    await expect(person.api.changePassword({ body })).rejects.toMatchObject({
      status: 422,
      code: 'wrong_password',
      problem: { fields: [{ path: 'body/old_password' }] },
    });
    expect(await status(other)).toBe(200);
    await person.api.changePassword({ body: { ...body, old_password: PASSWORD } });
    expect(await outAfter(other)).toBeLessThan(1000);
    expect(await status(person)).toBe(200);
    expect((await signIn(person, PASSWORD)).status).toBe(401);
    expect((await signIn(person, NEW)).status).toBe(200);
    expect((await mails.next(person.user.email)).subject).toBe('Your Gantry password was changed');
  });

  it('is refused to nobody, with a short new one, and to a key', async () => {
    const person = await gantry.signUp();
    expect((await post('/me/password', { old_password: PASSWORD, new_password: NEW })).status).toBe(401);
    const short = { old_password: PASSWORD, new_password: 'short' };
    await expect(person.api.changePassword({ body: short })).rejects.toMatchObject({ status: 422 });
    const { key } = await person.api.createApiKey({ body: { name: 'k', scopes: ['users:write'] } });
    const byKey = await fetch(`${gantry.url}/api/v1/me/password`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ old_password: PASSWORD, new_password: NEW }),
    });
    expect(byKey.status).toBe(403);
  });

  it('by two at once with the old password has one outcome', async () => {
    const person = await gantry.signUp();
    const outcomes = await Promise.allSettled(
      ['first horse of two', 'second horse of two'].map((new_password) =>
        person.api.changePassword({ body: { old_password: PASSWORD, new_password } }),
      ),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
  });

  it('leaves no password or hash in log, keys or queue', async () => {
    const rows = await sql<{ text: string }>(
      `select row_to_json(c)::text as text from users.log_change c union all
       select row_to_json(i)::text from users.idempotency_key i union all
       select row_to_json(q)::text from users.mail_queue q`,
    );
    expect(rows.map((row) => row.text).join()).not.toMatch(/argon2|horse/);
    const logged = await sql<object>(
      `select after from users.log_change where event = 'user.password.changed'`,
    );
    expect(logged[0]).toEqual({ after: { by_mail: false } });
  });
});

describe('resetting the password by mail', () => {
  it('sets a new one once, ends all sessions and proves the address', async () => {
    const person = await gantry.signUp();
    expect((await ask(person.user.email.toUpperCase())).status).toBe(204);
    const { token } = await mails.next(person.user.email);
    const answers = await Promise.all([reset(token), reset(token), reset(token)]);
    expect(answers.map((a) => a.status).toSorted()).toEqual([204, 410, 410]);
    expect(await outAfter(person)).toBeLessThan(1000);
    expect((await signIn(person, PASSWORD)).status).toBe(401);
    const again = await elsewhere(person, NEW);
    expect((await again.api.getMe({})).email_verified).toBe(true);
    expect(await (await reset(token, 'a third horse now')).json()).toMatchObject(GONE);
  });

  it('answers the same for an address nobody has, and sends nothing there', async () => {
    const person = await gantry.signUp();
    const [known, unknown] = [await ask(person.user.email), await ask('nobody-at-all@example.com')];
    expect([known.status, await known.text()]).toEqual([unknown.status, await unknown.text()]);
    await mails.next(person.user.email);
    expect(await mails.count('nobody-at-all@example.com')).toBe(0);
  });

  it('is dead after a password change, after an hour, and when a newer mail was asked for', async () => {
    const person = await gantry.signUp();
    await ask(person.user.email);
    const { token } = await mails.next(person.user.email);
    await ask(person.user.email);
    const second = await mails.next(person.user.email);
    expect((await reset(token)).status).toBe(410);
    await person.api.changePassword({ body: { old_password: PASSWORD, new_password: NEW } });
    expect((await reset(second.token)).status).toBe(410);
    await mails.next(person.user.email);
    await ask(person.user.email);
    const third = await mails.next(person.user.email);
    await sql(`update users.credential_token set expires_at = now()`);
    expect((await reset(third.token)).status).toBe(410);
    expect((await signIn(person, NEW)).status).toBe(200);
  });

  it('takes no guesses: wrong tokens, and tokens of another kind', async () => {
    for (const token of ['x', 'A'.repeat(43)]) expect((await reset(token)).status).toBe(410);
    expect((await reset('no spaces!')).status).toBe(422);
    const person = await gantry.signUp();
    await person.api.requestEmailVerification({});
    const { token } = await mails.next(person.user.email);
    expect((await reset(token)).status).toBe(410);
    expect((await signIn(person, PASSWORD)).status).toBe(200);
  });

  it('keeps the token as a hash only', async () => {
    const person = await gantry.signUp();
    await ask(person.user.email);
    const { token } = await mails.next(person.user.email);
    const rows = await sql<{ text: string }>(
      `select row_to_json(t)::text as text from users.credential_token t union all
       select row_to_json(q)::text from users.mail_queue q`,
    );
    expect(rows.map((row) => row.text).join()).not.toContain(token);
  });
});

describe('an e-mail', () => {
  it('is proven by the mail sent there, once', async () => {
    const person = await gantry.signUp();
    await person.api.requestEmailVerification({});
    const { token } = await mails.next(person.user.email);
    expect((await post('/auth/email/confirm', { token })).status).toBe(204);
    expect(await (await post('/auth/email/confirm', { token })).json()).toMatchObject(GONE);
    expect((await person.api.getMe({})).email_verified).toBe(true);
    const count = await mails.count(person.user.email);
    await person.api.requestEmailVerification({});
    expect(await mails.count(person.user.email)).toBe(count);
  });

  it('changes when the new one is proven, with the password, and kills links sent to the old', async () => {
    const person = await gantry.signUp();
    const email = `moved-${person.user.email}`;
    await expect(
      person.api.changeEmail({ body: { email, password: 'not this one at all' } }),
    ).rejects.toMatchObject({ code: 'wrong_password' });
    await ask(person.user.email);
    const old = await mails.next(person.user.email);
    await person.api.changeEmail({ body: { email: email.toUpperCase(), password: PASSWORD } });
    const { token } = await mails.next(email);
    expect((await person.api.getMe({})).email).toBe(person.user.email);
    expect((await post('/auth/email/confirm', { token })).status).toBe(204);
    expect(await person.api.getMe({})).toMatchObject({ email, email_verified: true });
    expect((await reset(old.token)).status).toBe(410);
    expect((await mails.next(person.user.email)).subject).toBe('Your Gantry e-mail was changed');
    expect((await signIn(person, PASSWORD, email)).status).toBe(200);
    const [logged] = await sql<object>(
      `select after from users.log_change where stream = $1 and event = 'user.updated'`,
      [`users/user:${decodeId('user', person.user.id)}`],
    );
    expect(logged).toMatchObject({ after: { email } });
  });

  it('of somebody else is never told: the same answer, no mail; and a race for one has one winner', async () => {
    const [one, two, three] = await Promise.all([gantry.signUp(), gantry.signUp(), gantry.signUp()]);
    const before = await mails.count(one.user.email);
    await two.api.changeEmail({ body: { email: one.user.email, password: PASSWORD } });
    expect(await mails.count(one.user.email)).toBe(before);
    const email = 'wanted-by-two@example.com';
    await two.api.changeEmail({ body: { email, password: PASSWORD } });
    const first = await mails.next(email);
    await three.api.changeEmail({ body: { email, password: PASSWORD } });
    const second = await mails.next(email);
    const answers = await Promise.all(
      [first, second].map(({ token }) => post('/auth/email/confirm', { token })),
    );
    expect(answers.map((a) => a.status).toSorted()).toEqual([204, 409]);
  });
});
