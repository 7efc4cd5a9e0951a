import { newId, type WorkspaceRole } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let admin: TestPerson;
let member: TestPerson;
let guest: TestPerson;
let stranger: TestPerson;
let at: { workspace_id: string };
beforeAll(async () => {
  gantry = await startTestGantry();
  owner = await gantry.signUp({ workspace_name: 'Acme' });
  admin = await gantry.signUp();
  member = await gantry.signUp({ username: 'Mem-Ber' });
  guest = await gantry.signUp();
  stranger = await gantry.signUp();
  at = { workspace_id: owner.workspace.id };
  await gantry.addToWorkspace(owner, admin, 'admin');
  await gantry.addToWorkspace(owner, member, 'member');
  await gantry.addToWorkspace(owner, guest, 'guest');
});
afterAll(() => gantry?.stop());

const memberAt = (person: TestPerson) => ({ ...at, user_id: person.user.id });

describe('workspaces', () => {
  it('are listed for their members only, with their role and an exact total', async () => {
    const mine = await guest.api.listWorkspaces({ query: {} });
    expect(mine.meta).toMatchObject({ total: 2, page: 1, limit: 50 });
    expect(mine.data.find((w) => w.id === at.workspace_id)).toMatchObject({ name: 'Acme', role: 'guest' });
    const strangers = await stranger.api.listWorkspaces({ query: {} });
    expect(strangers.data.map((w) => w.id)).toEqual([stranger.workspace.id]);
  });

  it('are read by members; to others there is none', async () => {
    expect(await guest.api.getWorkspace({ params: at })).toMatchObject({ name: 'Acme', role: 'guest' });
    await expect(stranger.api.getWorkspace({ params: at })).rejects.toMatchObject({ status: 404 });
    await expect(
      owner.api.getWorkspace({ params: { workspace_id: newId('workspace') } }),
    ).rejects.toMatchObject({ status: 404 });
    await expect(
      owner.api.getWorkspace({ params: { workspace_id: newId('project') } }),
    ).rejects.toMatchObject({ status: 422 });
  });

  it('are made with the id a client chose, once, and a second of the same id is refused', async () => {
    const id = newId('workspace');
    const body = { id, name: 'Zwölf Äpfel & Co' };
    const made = await stranger.api.createWorkspace({ body }, { idempotencyKey: 'w-1' });
    expect(made).toMatchObject({ id, role: 'owner', version: 1, slug: 'zwolf-apfel-co' });
    expect(await stranger.api.createWorkspace({ body }, { idempotencyKey: 'w-1' })).toEqual(made);
    await expect(owner.api.createWorkspace({ body })).rejects.toMatchObject({ status: 409 });
  });

  it('are renamed by owners and admins, not by members and guests; strangers see none', async () => {
    const body = { name: 'Acme' };
    await expect(member.api.updateWorkspace({ params: at, body })).rejects.toMatchObject({ status: 403 });
    await expect(guest.api.updateWorkspace({ params: at, body })).rejects.toMatchObject({ status: 403 });
    await expect(stranger.api.updateWorkspace({ params: at, body })).rejects.toMatchObject({ status: 404 });
    expect((await admin.api.updateWorkspace({ params: at, body: { name: 'Acme 2' } })).name).toBe('Acme 2');
    const etag = (await owner.fetch(`/api/v1/workspaces/${at.workspace_id}`)).headers.get('etag') as string;
    expect((await owner.api.updateWorkspace({ params: at, body }, { ifMatch: etag })).version).toBe(3);
    await expect(owner.api.updateWorkspace({ params: at, body }, { ifMatch: etag })).rejects.toMatchObject({
      status: 412,
    });
  });
});

describe('members of a workspace', () => {
  it('are listed page by page, the same by number and by cursor', async () => {
    const all = await guest.api.listWorkspaceMembers({ params: at, query: {} });
    expect(all.meta.total).toBe(4);
    expect(all.data[0]).toMatchObject({
      user_id: owner.user.id,
      role: 'owner',
      person: { name: owner.user.name },
    });
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await member.api.listWorkspaceMembers({
        params: at,
        query: { limit: 3, ...(cursor ? { cursor } : {}) },
      });
      seen.push(...page.data.map((m) => m.user_id));
      cursor = page.meta.next_cursor;
    } while (cursor);
    expect(seen).toEqual(all.data.map((m) => m.user_id));
    await expect(stranger.api.listWorkspaceMembers({ params: at, query: {} })).rejects.toMatchObject({
      status: 404,
    });
    for (const bad of [
      'nonsense',
      Buffer.from('["x","y"]').toString('base64url'),
      Buffer.from('[1]').toString('base64url'),
    ])
      expect((await owner.fetch(`/api/v1/workspaces/${at.workspace_id}/members?cursor=${bad}`)).status).toBe(
        422,
      );
  });

  it('are added by owners and admins, by e-mail, once', async () => {
    const person = await gantry.signUp();
    const body = { email: person.user.email.toUpperCase() };
    await expect(member.api.addWorkspaceMember({ params: at, body })).rejects.toMatchObject({ status: 403 });
    await expect(stranger.api.addWorkspaceMember({ params: at, body })).rejects.toMatchObject({
      status: 404,
    });
    expect(await admin.api.addWorkspaceMember({ params: at, body })).toMatchObject({
      role: 'member',
      user_id: person.user.id,
    });
    await expect(admin.api.addWorkspaceMember({ params: at, body })).rejects.toMatchObject({
      status: 409,
      code: 'already_exists',
    });
    await expect(
      admin.api.addWorkspaceMember({ params: at, body: { email: 'nobody@example.com' } }),
    ).rejects.toMatchObject({ status: 422, code: 'person_not_found' });
    await admin.api.removeWorkspaceMember({ params: memberAt(person) });
    await expect(person.api.getWorkspace({ params: at })).rejects.toMatchObject({ status: 404 });
  });

  it('change role by owners and admins; only owners make and unmake owners', async () => {
    const person = await gantry.signUp();
    await gantry.addToWorkspace(owner, person, 'member');
    const params = memberAt(person);
    const set = (who: TestPerson, role: WorkspaceRole, where = params) =>
      who.api.updateWorkspaceMember({ params: where, body: { role } });
    expect((await set(admin, 'guest')).role).toBe('guest');
    await expect(set(member, 'admin')).rejects.toMatchObject({ status: 403 });
    await expect(set(stranger, 'admin')).rejects.toMatchObject({ status: 404 });
    await expect(set(admin, 'owner')).rejects.toMatchObject({ status: 403 });
    await expect(set(admin, 'member', memberAt(owner))).rejects.toMatchObject({ status: 403 });
    await expect(set(owner, 'admin', memberAt(stranger))).rejects.toMatchObject({ status: 404 });
    await expect(
      set(owner, 'admin', { workspace_id: stranger.workspace.id, user_id: stranger.user.id }),
    ).rejects.toMatchObject({ status: 404 });
    expect((await set(owner, 'owner')).role).toBe('owner');
    expect((await set(owner, 'member')).role).toBe('member');
  });

  it('leave by themselves; nobody below an owner removes an owner, and the last stays', async () => {
    const person = await gantry.signUp();
    await gantry.addToWorkspace(owner, person, 'guest');
    await expect(member.api.removeWorkspaceMember({ params: memberAt(person) })).rejects.toMatchObject({
      status: 403,
    });
    await expect(admin.api.removeWorkspaceMember({ params: memberAt(owner) })).rejects.toMatchObject({
      status: 403,
    });
    await expect(stranger.api.removeWorkspaceMember({ params: memberAt(person) })).rejects.toMatchObject({
      status: 404,
    });
    await person.api.removeWorkspaceMember({ params: memberAt(person) });
    await expect(person.api.removeWorkspaceMember({ params: memberAt(person) })).rejects.toMatchObject({
      status: 404,
    });
    await expect(owner.api.removeWorkspaceMember({ params: memberAt(owner) })).rejects.toMatchObject({
      status: 409,
      code: 'last_owner',
    });
    await expect(
      owner.api.updateWorkspaceMember({ params: memberAt(owner), body: { role: 'admin' } }),
    ).rejects.toMatchObject({ code: 'last_owner' });
  });

  it('keep one owner when all of them leave at once', async () => {
    const boss = await gantry.signUp();
    const others = await Promise.all(Array.from({ length: 4 }, () => gantry.signUp()));
    for (const person of others) await gantry.addToWorkspace(boss, person, 'owner');
    const owners = [boss, ...others];
    const outcomes = await Promise.allSettled(
      owners.map((person) =>
        person.api.removeWorkspaceMember({
          params: { workspace_id: boss.workspace.id, user_id: person.user.id },
        }),
      ),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(4);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: { code: 'last_owner' } });
  });
});

describe('what other services ask', () => {
  const users = () => {
    const projects = gantry.runtimeOf('projects').services.get('projects');
    if (!projects) throw new Error('no projects');
    return projects.call.users as never as Record<string, (input: unknown) => Promise<unknown>>;
  };

  it('a role, to be believed 750 ms; that there is none, not at all', async () => {
    expect(await users().getMembership?.({ params: memberAt(member) })).toEqual({
      role: 'member',
      fresh_for_ms: 750,
    });
    expect(await users().getMembership?.({ params: memberAt(stranger) })).toEqual({
      role: null,
      fresh_for_ms: 0,
    });
    expect(await users().listMemberships?.({ params: { user_id: member.user.id } })).toMatchObject({
      memberships: expect.arrayContaining([{ workspace_id: at.workspace_id, role: 'member' }]),
    });
  });

  it('people of a workspace by id, e-mail or username; others are left out', async () => {
    const found = (await users().findPeople?.({
      body: {
        ...at,
        ids: [owner.user.id, stranger.user.id],
        emails: [guest.user.email.toUpperCase(), stranger.user.email],
        usernames: ['MEM-BER', 'nobody'],
      },
    })) as { people: { id: string }[] };
    expect(found.people.map((p) => p.id).toSorted()).toEqual(
      [owner, guest, member].map((p) => p.user.id).toSorted(),
    );
    const all = (await users().findPeople?.({ body: { ...at, all: true } })) as { people: unknown[] };
    expect(all.people.length).toBeGreaterThanOrEqual(4);
  });
});

describe('streams of the users service', () => {
  it('are open to the person, and to members of the workspace', async () => {
    const projects = gantry.runtimeOf('projects').services.get('projects');
    const { decodeId } = await import('@gantry/contracts');
    const stream = (noun: string, kind: 'user' | 'workspace', id: string) =>
      `users/${noun}:${decodeId(kind, id)}`;
    const names = [
      stream('user', 'user', member.user.id),
      stream('user', 'user', owner.user.id),
      stream('workspace', 'workspace', at.workspace_id),
      stream('workspace', 'workspace', stranger.workspace.id),
    ];
    expect((await projects?.logOf('users').access(member.user.id, names))?.allowed).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
