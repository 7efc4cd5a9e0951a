import { decodeId, newId } from '@gantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let stranger: TestPerson;
beforeAll(async () => {
  gantry = await startTestGantry();
  stranger = await gantry.signUp();
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

async function aTeam() {
  const [owner, admin, member] = await Promise.all([gantry.signUp(), gantry.signUp(), gantry.signUp()]);
  await gantry.addToWorkspace(owner, admin, 'admin');
  await gantry.addToWorkspace(owner, member, 'member');
  return { owner, admin, member, params: { workspace_id: owner.workspace.id } };
}
const owners = (workspace: string) =>
  sql<{ user_id: string }>(
    `select user_id from users.membership where workspace_id = $1 and role = 'owner'`,
    [decodeId('workspace', workspace)],
  );
const to = (person: TestPerson) => ({ user_id: person.user.id });

describe('handing over a workspace', () => {
  it('makes the other an owner and me an admin, by owners only', async () => {
    const { owner, admin, member, params } = await aTeam();
    await expect(admin.api.transferWorkspace({ params, body: to(admin) })).rejects.toMatchObject({
      status: 403,
    });
    await expect(stranger.api.transferWorkspace({ params, body: to(stranger) })).rejects.toMatchObject({
      status: 404,
    });
    for (const other of [stranger, owner])
      await expect(owner.api.transferWorkspace({ params, body: to(other) })).rejects.toMatchObject({
        status: 422,
      });
    expect(await owner.api.transferWorkspace({ params, body: to(member) })).toMatchObject({ role: 'admin' });
    expect((await member.api.getWorkspace({ params })).role).toBe('owner');
    await owner.api.removeWorkspaceMember({ params: { ...params, user_id: owner.user.id } });
    await expect(owner.api.getWorkspace({ params })).rejects.toMatchObject({ status: 404 });
  });

  it('twice at once has one outcome', async () => {
    const { owner, admin, member, params } = await aTeam();
    const outcomes = await Promise.allSettled(
      [admin, member].map((other) => owner.api.transferWorkspace({ params, body: to(other) })),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: { status: 403 } });
    expect(await owners(params.workspace_id)).toHaveLength(1);
  });

  it('while the other leaves or is removed leaves no workspace without an owner', async () => {
    for (let i = 0; i < 4; i++) {
      const { owner, member, params } = await aTeam();
      const gone = { params: { ...params, user_id: member.user.id } };
      await Promise.allSettled([
        owner.api.transferWorkspace({ params, body: to(member) }),
        (i % 2 === 0 ? member : owner).api.removeWorkspaceMember(gone),
      ]);
      expect(await owners(params.workspace_id)).toHaveLength(1);
    }
  });

  it('two owners who remove each other at once leave one', async () => {
    const { owner, member, params } = await aTeam();
    await owner.api.updateWorkspaceMember({
      params: { ...params, user_id: member.user.id },
      body: { role: 'owner' },
    });
    await Promise.allSettled([
      owner.api.removeWorkspaceMember({ params: { ...params, user_id: member.user.id } }),
      member.api.removeWorkspaceMember({ params: { ...params, user_id: owner.user.id } }),
    ]);
    expect(await owners(params.workspace_id)).toHaveLength(1);
  });
});

describe('deleting a workspace', () => {
  it('is for owners; it and all in it is gone for everybody within a second', async () => {
    const { owner, admin, member, params } = await aTeam();
    const project = await owner.api.createProject({ body: { ...params, name: 'Inside' } });
    const { token } = await owner.api.createInvitation({ params, body: {} });
    await expect(admin.api.deleteWorkspace({ params })).rejects.toMatchObject({ status: 403 });
    await expect(member.api.deleteWorkspace({ params })).rejects.toMatchObject({ status: 403 });
    await expect(stranger.api.deleteWorkspace({ params })).rejects.toMatchObject({ status: 404 });
    await expect(
      owner.api.deleteWorkspace({ params: { workspace_id: newId('workspace') } }),
    ).rejects.toMatchObject({ status: 404 });
    await expect(owner.api.deleteWorkspace({ params }, { ifMatch: '"v9.x"' })).rejects.toMatchObject({
      status: 412,
    });
    expect((await member.fetch(`/api/v1/projects/${project.id}`)).status).toBe(200);
    await owner.api.deleteWorkspace({ params });
    for (const person of [owner, admin, member])
      await expect(person.api.getWorkspace({ params })).rejects.toMatchObject({ status: 404 });
    await expect
      .poll(async () => (await member.fetch(`/api/v1/projects/${project.id}`)).status, { timeout: 1000 })
      .toBe(404);
    const mine = await owner.api.listWorkspaces({ query: {} });
    expect(mine).toMatchObject({ meta: { total: 0 }, data: [] });
    expect((await owner.api.getSession({})).workspaces).toEqual([]);
    await expect(stranger.api.acceptInvitation({ body: { token: token as string } })).rejects.toMatchObject({
      status: 410,
    });
    await expect(owner.api.deleteWorkspace({ params })).rejects.toMatchObject({ status: 404 });
  });

  it('can be undone by an owner for thirty days, with everybody in it', async () => {
    const { owner, admin, member, params } = await aTeam();
    await expect(owner.api.restoreWorkspace({ params })).rejects.toMatchObject({ status: 404 });
    await owner.api.deleteWorkspace({ params });
    for (const person of [admin, member, stranger])
      await expect(person.api.restoreWorkspace({ params })).rejects.toMatchObject({ status: 404 });
    expect(await owner.api.restoreWorkspace({ params })).toMatchObject({ role: 'owner', version: 3 });
    expect((await member.api.getWorkspace({ params })).role).toBe('member');
  });

  it('is final after thirty days, and the other services are told', async () => {
    const { owner, params } = await aTeam();
    const id = decodeId('workspace', params.workspace_id);
    await owner.api.deleteWorkspace({ params });
    await sql(`update users.workspace set deleted_at = now() - interval '31 days' where id = $1`, [id]);
    await expect(owner.api.restoreWorkspace({ params })).rejects.toMatchObject({ status: 404 });
    const { purgeWorkspaces } = await import('./workspace-life.ts');
    const users = gantry.runtimeOf('users').services.get('users');
    if (!users) throw new Error('no users service');
    await purgeWorkspaces(users.systemContext() as never);
    expect(await sql('select 1 from users.membership where workspace_id = $1', [id])).toEqual([]);
    const events = await sql<{ event: string; version: number }>(
      `select event, version from users.log_change where stream = $1 order by seq desc limit 2`,
      [`users/workspace:${id}`],
    );
    expect(events).toEqual([
      { event: 'workspace.purged', version: 3 },
      { event: 'workspace.deleted', version: 2 },
    ]);
  });
});
