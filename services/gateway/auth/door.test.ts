import { createHmac, generateKeyPairSync } from 'node:crypto';
import { newId } from '@gantry/contracts';
import { decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

const SLEEP_MS = 25;
const ME = '/api/v1/me';

describe.each(['together', 'apart'] as const)('the door, %s', (shape) => {
  let gantry: TestGantry;
  let ada: TestPerson;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape });
    ada = await gantry.signUp();
  });
  afterAll(() => gantry?.stop());

  const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${gantry.url}${path}`, { ...init, headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('takes a session cookie and a token, and nobody without either', async () => {
    expect((await get(ME, { cookie: ada.cookie })).status).toBe(200);
    expect((await get(ME, { cookie: `theme=dark; ${ada.cookie}; x=y` })).status).toBe(200);
    expect((await get(ME, bearer(await ada.token()))).status).toBe(200);
    const nobody = await get(ME);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuses a cookie that was changed, unsigned, empty or of another name', async () => {
    const [name, value] = ada.cookie.split('=') as [string, string];
    const token = decodeURIComponent(value).split('.')[0] as string;
    const forged = createHmac('sha256', 'guess').update(token).digest('base64');
    const cookies = [
      `${name}=${token}`,
      `${name}=${encodeURIComponent(`${token}.${forged}`)}`,
      `${name}=x${value}`,
      `${name}=`,
      `${name}=%E0%A4%A`,
      `not-${name}=${value}`,
      `${name}=${'a'.repeat(9000)}`,
    ];
    for (const cookie of cookies) expect((await get(ME, { cookie })).status).toBe(401);
  });

  it('refuses forged tokens: no algorithm, HMAC, other key, other audience, other issuer, expired, garbage', async () => {
    const { kid } = decodeProtectedHeader(await ada.token());
    const other = generateKeyPairSync('ed25519').privateKey;
    const claims = { sid: newId('session'), role: 'admin', name: 'Eve' };
    const sign = (change: (jwt: SignJWT) => SignJWT) =>
      change(
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'EdDSA', kid: kid as string })
          .setSubject(ada.user.id)
          .setIssuer('gantry')
          .setAudience('gantry')
          .setExpirationTime('5m'),
      ).sign(other);
    const [, payload] = (await ada.token()).split('.');
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg, kid })).toString('base64url');
    const tokens = [
      `${header('none')}.${payload}.`,
      `${header('HS256')}.${payload}.${createHmac('sha256', 'x')
        .update(`${header('HS256')}.${payload}`)
        .digest('base64url')}`,
      await sign((jwt) => jwt),
      await sign((jwt) => jwt.setAudience('elsewhere')),
      await sign((jwt) => jwt.setIssuer('elsewhere')),
      await sign((jwt) => jwt.setExpirationTime(1)),
      'garbage',
      'a.b.c',
      '',
    ];
    for (const token of tokens) expect((await get(ME, bearer(token))).status).toBe(401);
    expect((await get(ME, { authorization: 'Basic YTpi' })).status).toBe(401);
  });

  it('has a session that was ended out within a second, by cookie and by token', async () => {
    const person = await gantry.signUp();
    const other = await get(
      '/api/v1/auth/sign-in',
      {
        'content-type': 'application/json',
      },
      { method: 'POST', body: JSON.stringify({ login: person.user.email, password: person.password }) },
    );
    expect(other.status).toBe(200);
    const token = await person.token();
    const admitted = async () =>
      (await Promise.all([get(ME, { cookie: person.cookie }), get(ME, bearer(token))])).some(
        (answer) => answer.status !== 401,
      );
    expect(await admitted()).toBe(true);
    // Behind the gateway's back, as another process or an admin would.
    await gantry
      .runtimeOf('users')
      .services.get('users')
      ?.db.run({
        sql: 'delete from session where user_id in (select id from users where email = $1)',
        parameters: [person.user.email],
      });
    const ended = performance.now();
    let lastAdmitted = ended;
    for (let sent = ended; sent - ended < 1500; sent = performance.now()) {
      if (await admitted()) lastAdmitted = sent;
      await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
    }
    expect(lastAdmitted - ended).toBeLessThan(800);
    expect(await admitted()).toBe(false);
  });

  it('lets a person out at once when they sign out', async () => {
    const person = await gantry.signUp();
    const token = await person.token();
    const answer = await person.fetch('/api/v1/auth/sign-out', { method: 'POST' });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^gantry\.session_token=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect((await get(ME, { cookie: person.cookie })).status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await get(ME, bearer(token))).status).toBe(401);
  });

  it('refuses writes with a cookie that come from another site, and lets tokens through', async () => {
    const patch = (headers: Record<string, string>) =>
      get(
        ME,
        { 'content-type': 'application/json', ...headers },
        { method: 'PATCH', body: '{"first_name":"A"}' },
      );
    const { cookie } = ada;
    const host = new URL(gantry.url).host;
    expect((await patch({ cookie })).status).toBe(403);
    expect((await patch({ cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await patch({ cookie, 'sec-fetch-site': 'same-site', origin: gantry.url })).status).toBe(403);
    expect((await patch({ cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await patch({ cookie, origin: 'null' })).status).toBe(403);
    expect((await patch({ cookie, origin: `http://${host}.evil.example` })).status).toBe(403);
    expect((await patch({ cookie, origin: gantry.url })).status).toBe(200);
    expect((await patch({ cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await patch(bearer(await ada.token()))).status).toBe(200);
    const problem = await (await patch({ cookie })).json();
    expect(problem).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('refuses signing in from another site', async () => {
    const body = JSON.stringify({ login: ada.user.email, password: ada.password });
    const answer = await get(
      '/api/v1/auth/sign-in',
      { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
      { method: 'POST', body },
    );
    expect(answer.status).toBe(403);
  });

  it('decides the origin of a write itself, whatever headers say', async () => {
    const token = await ada.token();
    const name = `N${Date.now()}`;
    const answer = await get(
      ME,
      {
        'content-type': 'application/json',
        'x-gantry-origin': 'web',
        'x-gantry-user': 'eve',
        ...bearer(token),
      },
      { method: 'PATCH', body: JSON.stringify({ first_name: name }) },
    );
    expect(answer.status).toBe(200);
    const users = gantry.runtimeOf('users').services.get('users');
    const rows = await users?.db.run<{ origin: string; actor: string }>({
      sql: "select origin from log_change where after ->> 'first_name' = $1",
      parameters: [name],
    });
    expect(rows).toEqual([{ origin: 'api' }]);
  });

  it('guards addresses written with escapes, and whole addresses, like any other', async () => {
    const person = await gantry.signUp();
    const token = await person.token();
    expect((await get('/%61pi/v1/me', bearer(token))).status).toBe(200);
    await person.fetch('/api/v1/auth/sign-out', { method: 'POST' });
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await get('/%61pi/v1/me', bearer(token))).status).toBe(401);
    expect((await get('/api/%761/me', bearer(token))).status).toBe(401);
  });

  it('does not reach internal routes, by any way of writing them', async () => {
    const paths = [
      '/internal/users/exchange',
      '/internal/users/jwks',
      '/%69nternal/users/jwks',
      '/api/v1/internal/users/jwks',
      '/api/v1/../../internal/users/jwks',
      '//internal/users/jwks',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const answer = await get(path, { ...bearer(await ada.token()), accept: 'text/html' }, { method });
        expect(await answer.text()).not.toContain('"keys"');
        expect(answer.status).toBe(404);
      }
    }
  });

  it('answers unknown addresses of the API with a problem, also to browsers', async () => {
    const answer = await get('/api/v1/nothing', { cookie: ada.cookie, accept: 'text/html' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not_found' });
  });
});

describe('attempts to sign in', () => {
  it('are limited per address, and say when to come back', async () => {
    const gantry = await startTestGantry({ shape: 'together', env: { AUTH_ATTEMPTS_PER_MINUTE: '3' } });
    try {
      const attempt = (path = '/api/v1/auth/sign-in') =>
        fetch(`${gantry.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ login: 'a@example.com', password: 'wrong' }),
        });
      const answers = [
        await attempt(),
        await attempt(),
        await attempt('/api/v1/auth/sign%2Din'),
        await attempt(),
        await attempt('/api/v1/auth/sign%2Din'),
      ];
      expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 429, 429]);
      expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answers[3]?.json()).toMatchObject({ code: 'rate_limited' });
    } finally {
      await gantry.stop();
    }
  });
});
