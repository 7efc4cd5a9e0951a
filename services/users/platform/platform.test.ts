import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { mailbox } from '../testing/mails.ts';

let gantry: TestGantry;
let admin: TestPerson;
let user: TestPerson;
beforeAll(async () => {
  gantry = await startTestGantry();
  admin = await gantry.signUp({ first_name: 'Root', last_name: 'Person' });
  user = await gantry.signUp({ first_name: 'Plain', username: 'Plain_One' });
});
afterAll(() => gantry?.stop());

let n = 0;
function signUp(more: object = {}) {
  return fetch(`${gantry.url}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gantry.url },
    body: JSON.stringify({
      email: `new-${++n}@example.com`,
      password: 'correct horse battery',
      first_name: 'New',
      ...more,
    }),
  });
}
const set = (sign_ups: 'open' | 'invite_only' | 'closed', who = admin) =>
  who.api.updatePlatform({ body: { sign_ups } });

describe('who may sign up', () => {
  it('is open at first, read by anybody, changed by platform admins only', async () => {
    expect(await (await fetch(`${gantry.url}/api/v1/platform`)).json()).toEqual({
      sign_ups: 'open',
      version: 1,
    });
    await expect(set('closed', user)).rejects.toMatchObject({ status: 403 });
    const nobody = await fetch(`${gantry.url}/api/v1/platform`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(nobody.status).toBe(401);
    expect(await set('invite_only')).toMatchObject({ sign_ups: 'invite_only', version: 2 });
    await expect(
      admin.api.updatePlatform({ body: { sign_ups: 'closed' } }, { ifMatch: '"v1.x"' }),
    ).rejects.toMatchObject({ status: 412 });
  });

  it('is who has an invitation, when it is by invitation only; taken e-mails are not told', async () => {
    await set('invite_only');
    expect(await (await signUp()).json()).toMatchObject({ status: 403, code: 'invitation_needed' });
    expect(await (await signUp({ email: user.user.email })).json()).toMatchObject({
      code: 'invitation_needed',
    });
    expect(await (await signUp({ invitation_token: 'made-up' })).json()).toMatchObject({ status: 410 });
    const { token } = await user.api.createInvitation({
      params: { workspace_id: user.workspace.id },
      body: {},
    });
    expect((await signUp({ invitation_token: token })).status).toBe(201);
    expect((await signUp({ invitation_token: token })).status).toBe(410);
  });

  it('is nobody when it is closed, with an invitation neither', async () => {
    await set('closed');
    const { token } = await user.api.createInvitation({
      params: { workspace_id: user.workspace.id },
      body: {},
    });
    for (const body of [{}, { invitation_token: token }, { email: user.user.email }])
      expect(await (await signUp(body)).json()).toMatchObject({ status: 403, code: 'sign_ups_closed' });
    await set('open');
    expect((await signUp()).status).toBe(201);
  });
});

describe('what platform admins see', () => {
  it('everybody with an account, searched by name, e-mail or username; others are refused', async () => {
    const all = await admin.api.listUsers({ query: { limit: 1 } });
    expect(all.data[0]).toMatchObject({ name: 'Root Person', role: 'admin' });
    expect(all.meta.total).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(all)).not.toContain('password');
    for (const q of ['plain_', user.user.email.toUpperCase(), 'Plain'])
      expect((await admin.api.listUsers({ query: { q } })).data.map((u) => u.id)).toContain(user.user.id);
    expect((await admin.api.listUsers({ query: { q: '%' } })).data).toEqual([]);
    await expect(user.api.listUsers({ query: {} })).rejects.toMatchObject({ status: 403 });
    expect((await fetch(`${gantry.url}/api/v1/platform/users`)).status).toBe(401);
  });

  it('mail that stayed here; others are refused, keys too', async () => {
    await user.api.requestEmailVerification({});
    await mailbox(gantry).next(user.user.email);
    const { data } = await admin.api.listMails({ query: { limit: 5 } });
    expect(data[0]).toMatchObject({ to: user.user.email, subject: 'Confirm your e-mail for Gantry' });
    await expect(user.api.listMails({ query: {} })).rejects.toMatchObject({ status: 403 });
    const { key } = await admin.api.createApiKey({
      body: { name: 'k', scopes: ['users:read', 'users:write'] },
    });
    const byKey = await fetch(`${gantry.url}/api/v1/platform/mails`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(byKey.status).toBe(403);
  });
});
