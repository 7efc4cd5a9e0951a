import { newId } from '@gantry/contracts';
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
let owner: TestPerson;
let member: TestPerson;
let stranger: TestPerson;
let mails: ReturnType<typeof mailbox>;
let at: { workspace_id: string };
beforeAll(async () => {
  gantry = await startTestGantry();
  mails = mailbox(gantry);
  owner = await gantry.signUp({ workspace_name: 'Acme', first_name: 'Olga', last_name: 'Owner' });
  member = await gantry.signUp();
  stranger = await gantry.signUp();
  at = { workspace_id: owner.workspace.id };
  await gantry.addToWorkspace(owner, member, 'member');
});
afterAll(() => gantry?.stop());

const PASSWORD = 'correct horse battery';
const INVALID = { status: 410, code: 'invitation_invalid' };

async function sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gantry.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function aLink(body: Parameters<TestPerson['api']['createInvitation']>[0]['body'] = {}) {
  const made = await owner.api.createInvitation({ params: at, body });
  return { id: made.id, token: made.token as string };
}

function signUpWith(token: string, email: string, more: object = {}) {
  return fetch(`${gantry.url}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gantry.url },
    body: JSON.stringify({ email, password: PASSWORD, first_name: 'New', invitation_token: token, ...more }),
  });
}

describe('inviting', () => {
  it('is for owners and admins; a member is refused, a stranger finds nothing', async () => {
    const body = { role: 'guest' as const };
    const made = await owner.api.createInvitation({ params: at, body });
    expect(made).toMatchObject({ role: 'guest', email: null, invited_by: { name: 'Olga Owner' } });
    expect(made.token).toMatch(/^[\w-]{43}$/);
    await expect(member.api.createInvitation({ params: at, body })).rejects.toMatchObject({ status: 403 });
    await expect(stranger.api.createInvitation({ params: at, body })).rejects.toMatchObject({ status: 404 });
    await expect(
      owner.api.createInvitation({ params: at, body: { ...body, id: made.id } }),
    ).rejects.toMatchObject({
      status: 409,
    });
    const days = (Date.parse(made.expires_at) - Date.parse(made.created_at)) / 86_400_000;
    expect(days).toBeCloseTo(7, 3);
  });

  it('keeps no token: the database has hashes, the log has neither token nor e-mail', async () => {
    const { token } = await aLink();
    await owner.api.createInvitation({ params: at, body: { email: 'secret-person@example.com' } });
    const { token: mailed } = await mails.next('secret-person@example.com');
    const everything = await sql<{ text: string }>(
      `select row_to_json(i)::text as text from users.invitation i
       union all select row_to_json(c)::text from users.log_change c where stream like 'users/workspace:%'
       union all select row_to_json(q)::text from users.mail_queue q
       union all select row_to_json(k)::text from users.idempotency_key k`,
    );
    const all = everything.map((row) => row.text).join('\n');
    expect(all).not.toContain(token);
    expect(all).not.toContain(mailed);
    const logged = await sql<{ n: number }>(
      `select count(*)::int as n from users.log_change where row_to_json(log_change)::text like '%secret-person%'`,
    );
    expect(logged[0]?.n).toBe(0);
  });

  it('lists what waits for owners and admins only, and revokes it through its own workspace', async () => {
    const { id, token } = await aLink();
    const listed = await owner.api.listInvitations({ params: at, query: {} });
    expect(listed.data.map((i) => i.id)).toContain(id);
    expect(listed.meta.total).toBe(listed.data.length);
    expect(JSON.stringify(listed)).not.toContain('token');
    await expect(member.api.listInvitations({ params: at, query: {} })).rejects.toMatchObject({
      status: 403,
    });
    await expect(stranger.api.listInvitations({ params: at, query: {} })).rejects.toMatchObject({
      status: 404,
    });
    const params = { ...at, invitation_id: id };
    await expect(member.api.revokeInvitation({ params })).rejects.toMatchObject({ status: 403 });
    await expect(stranger.api.revokeInvitation({ params })).rejects.toMatchObject({ status: 404 });
    const elsewhere = { workspace_id: stranger.workspace.id, invitation_id: id };
    await expect(stranger.api.revokeInvitation({ params: elsewhere })).rejects.toMatchObject({ status: 404 });
    await owner.api.revokeInvitation({ params });
    await expect(owner.api.revokeInvitation({ params })).rejects.toMatchObject({ status: 404 });
    await expect(stranger.api.acceptInvitation({ body: { token } })).rejects.toMatchObject(INVALID);
  });

  it('takes one waiting invitation per e-mail, and another after it was revoked', async () => {
    const body = { email: 'Once@Example.com' };
    const first = await owner.api.createInvitation({ params: at, body });
    expect(first).toMatchObject({ email: 'once@example.com', token: null });
    await expect(owner.api.createInvitation({ params: at, body })).rejects.toMatchObject({
      code: 'invited_already',
    });
    await owner.api.revokeInvitation({ params: { ...at, invitation_id: first.id } });
    expect((await owner.api.createInvitation({ params: at, body })).id).not.toBe(first.id);
  });
});

describe('an invitation', () => {
  it('shows anybody with the token the workspace and the inviter, nothing else', async () => {
    const { token } = await aLink();
    const read = (value: string) =>
      fetch(`${gantry.url}/api/v1/invitations/read`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: value }),
      });
    expect(await (await read(token)).json()).toEqual({ workspace_name: 'Acme', inviter_name: 'Olga Owner' });
    expect((await read(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).status).toBe(410);
    await sql(
      `update users.invitation set expires_at = now() - interval '1 second' where accepted_at is null`,
    );
    const late = await read(token);
    expect(await late.json()).toMatchObject(INVALID);
    await expect(stranger.api.acceptInvitation({ body: { token } })).rejects.toMatchObject(INVALID);
  });

  it('is accepted once, even by many at once, and does not lower a role', async () => {
    const { token } = await aLink({ role: 'guest' });
    const people = await Promise.all(Array.from({ length: 5 }, () => gantry.signUp()));
    const outcomes = await Promise.allSettled(
      [...people, ...people].map((person) => person.api.acceptInvitation({ body: { token } })),
    );
    const joined = outcomes.filter((o) => o.status === 'fulfilled');
    expect(joined).toHaveLength(1);
    expect(joined[0]).toMatchObject({ value: { id: at.workspace_id, role: 'guest' } });
    for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toMatchObject(INVALID);
    const again = await aLink({ role: 'guest' });
    expect((await owner.api.acceptInvitation({ body: { token: again.token } })).role).toBe('owner');
  });

  it('makes one account when two sign up with it at once', async () => {
    const { token } = await aLink({ role: 'member' });
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, i) => signUpWith(token, `racer-${i}@example.com`)),
    );
    expect(answers.map((a) => a.status).toSorted()).toEqual([201, 410, 410, 410]);
    const made = await sql<{ n: number }>(
      `select count(*)::int as n from users.users where email like 'racer-%@example.com'`,
    );
    expect(made[0]?.n).toBe(1);
    const winner = answers.find((a) => a.status === 201) as Response;
    expect(await winner.json()).toMatchObject({ workspaces: [{ id: at.workspace_id, role: 'member' }] });
  });

  it('stays usable when the sign-up with it fails', async () => {
    const { token } = await aLink();
    expect((await signUpWith(token, owner.user.email)).status).toBe(409);
    expect((await signUpWith(token, 'second-try@example.com')).status).toBe(201);
  });

  it('by mail is for its address only, and proves it', async () => {
    const email = 'mailed@example.com';
    await owner.api.createInvitation({ params: at, body: { email, role: 'guest' } });
    const mail = await mails.next(email);
    expect(mail.subject).toBe('Olga Owner invites you to Acme');
    await expect(stranger.api.acceptInvitation({ body: { token: mail.token } })).rejects.toMatchObject({
      status: 409,
      code: 'invitation_for_other',
    });
    expect((await signUpWith(mail.token, 'other@example.com')).status).toBe(409);
    const answer = await signUpWith(mail.token, 'Mailed@Example.com', { workspace_name: 'My own' });
    expect(answer.status).toBe(201);
    const session = (await answer.clone().json()) as {
      user: { email_verified: boolean };
      workspaces: object[];
    };
    expect(session.user.email_verified).toBe(true);
    expect(session.workspaces).toHaveLength(2);
    const person = personOf(gantry.url, cookieOf(answer));
    expect((await person.api.getWorkspace({ params: at })).role).toBe('guest');
    const byLink = await signUpWith((await aLink()).token, 'linked@example.com');
    expect(await byLink.json()).toMatchObject({ user: { email_verified: false } });
  });

  it('ends when whoever sent it may not invite any more', async () => {
    const admin = await gantry.signUp();
    await gantry.addToWorkspace(owner, admin, 'admin');
    const { token } = await admin.api.createInvitation({ params: at, body: { role: 'admin' } });
    await owner.api.removeWorkspaceMember({ params: { ...at, user_id: admin.user.id } });
    await expect(admin.api.acceptInvitation({ body: { token: token as string } })).rejects.toMatchObject(
      INVALID,
    );
  });
});

describe('inviting straight into a project', () => {
  it('makes a guest see that project and no other', async () => {
    const project = await owner.api.createProject({
      body: { ...at, name: 'Open door', visibility: 'private' },
    });
    const other = await owner.api.createProject({ body: { ...at, name: 'Closed door' } });
    const { token } = await aLink({
      role: 'guest',
      projects: [{ project_id: project.id, role: 'commenter' }],
    });
    const person = await gantry.signUp();
    await person.api.acceptInvitation({ body: { token } });
    const see = (id: string) =>
      person.api.getProject({ params: { project_id: id } }).then(
        (p) => p.role,
        (e: { status: number }) => e.status,
      );
    await expect.poll(() => see(project.id), { timeout: 5000 }).toBe('commenter');
    expect(await see(other.id)).toBe(404);
  });

  it('refuses projects of other workspaces and projects that are not there', async () => {
    const foreign = await stranger.api.createProject({
      body: { workspace_id: stranger.workspace.id, name: 'X' },
    });
    for (const project_id of [foreign.id, newId('project')])
      await expect(aLink({ projects: [{ project_id, role: 'viewer' }] })).rejects.toMatchObject({
        status: 422,
        code: 'unknown_project',
        problem: { fields: [{ path: 'body/projects/0/project_id' }] },
      });
  });

  it("is told to the person on their own stream, with nothing about projects on the workspace's", async () => {
    const project = await owner.api.createProject({ body: { ...at, name: 'Told' } });
    const { token } = await aLink({ projects: [{ project_id: project.id, role: 'viewer' }] });
    const person = await gantry.signUp();
    await person.api.acceptInvitation({ body: { token } });
    const rows = await sql<{ noun: string; event: string; text: string }>(
      `select split_part(stream, ':', 1) as noun, event, row_to_json(log_change)::text as text
       from users.log_change where event like '%invitation.accepted' order by at desc, seq desc limit 2`,
    );
    const byNoun = Object.fromEntries(rows.map((row) => [row.noun, row]));
    expect(byNoun['users/user']?.text).toContain(project.id);
    expect(byNoun['users/workspace']?.text).not.toContain(project.id);
  });
});
