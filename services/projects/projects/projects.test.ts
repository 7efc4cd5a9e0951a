import { newId } from '@gantry/contracts';
import { uuidIn } from '@gantry/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { aProject as makeProject, type ProjectOverrides } from '../testing/factories.ts';
import { freeKey, keyFromName } from './project-key.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;
let guest: TestPerson;
let stranger: TestPerson;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member, guest, stranger] = (await Promise.all(
    Array.from({ length: 4 }, () => gantry.signUp()),
  )) as [TestPerson, TestPerson, TestPerson, TestPerson];
  await gantry.addToWorkspace(owner, member, 'member');
  await gantry.addToWorkspace(owner, guest, 'guest');
});
afterAll(() => gantry?.stop());

const workspaceId = () => owner.workspace.id;
const aProject = (overrides: ProjectOverrides = {}) => makeProject(owner, overrides);

describe('projects', () => {
  it('are made, read, listed, changed, replaced and deleted', async () => {
    const made = await aProject({ name: 'Mobile app rewrite', description: 'v2' });
    expect(made).toMatchObject({
      name: 'Mobile app rewrite',
      key: 'MAR',
      status: 'active',
      visibility: 'workspace',
      owner_id: owner.user.id,
      role: 'admin',
      version: 1,
    });
    expect(await owner.api.getProject({ params: { project_id: made.id } })).toEqual(made);
    const list = await owner.api.listProjects({ query: { q: 'mobile' } });
    expect(list).toEqual({ data: [made], meta: { total: 1, page: 1, limit: 50 } });
    const changed = await owner.api.updateProject({
      params: { project_id: made.id },
      body: { status: 'paused' },
    });
    expect(changed).toMatchObject({ status: 'paused', description: 'v2', version: 2 });
    const replaced = await owner.api.replaceProject({
      params: { project_id: made.id },
      body: { name: 'App' },
    });
    expect(replaced).toMatchObject({ name: 'App', description: '', status: 'active', version: 3 });
    await owner.api.deleteProject({ params: { project_id: made.id } });
    await expectProblem(owner.api.getProject({ params: { project_id: made.id } }), 404);
    expect((await owner.api.listProjects({ query: { q: 'App' } })).meta.total).toBe(0);
  });

  it('answer 201 with the envelope and headers the specification names', async () => {
    const answer = await owner.fetch('/api/v1/projects', {
      method: 'POST',
      body: JSON.stringify({ name: 'Spec', workspace_id: workspaceId() }),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toMatch(/^"v1\./);
    const list = await owner.fetch('/api/v1/projects?limit=1');
    expect(list.status).toBe(200);
    expect(await list.json()).toMatchObject({
      data: [{}],
      meta: { page: 1, limit: 1, total: expect.any(Number) },
    });
  });

  it('a client-made id is kept, and a second project with it is refused', async () => {
    const id = newId('project');
    expect((await aProject({ id })).id).toBe(id);
    await expectProblem(aProject({ id }), 409, 'already_exists');
  });

  it('keys are unique in the workspace: a given one is refused, a made one is counted up', async () => {
    await aProject({ name: 'Zebra crossing', key: 'ZEB' });
    await expectProblem(aProject({ name: 'Other', key: 'ZEB' }), 409, 'key_taken');
    const first = await aProject({ name: 'Quartz' });
    const second = await aProject({ name: 'Quartz' });
    expect([first.key, second.key]).toEqual(['QUAR', 'QUAR2']);
  });

  it('a member may make and see projects, but not change those of others', async () => {
    const project = await aProject();
    expect(await member.api.getProject({ params: { project_id: project.id } })).toMatchObject({
      role: 'member',
    });
    await expectProblem(
      member.api.updateProject({ params: { project_id: project.id }, body: { name: 'X' } }),
      403,
      'forbidden',
    );
    await expectProblem(member.api.deleteProject({ params: { project_id: project.id } }), 403, 'forbidden');
    const own = await member.api.createProject({ body: { name: 'Mine', workspace_id: workspaceId() } });
    expect(own.role).toBe('admin');
  });

  it('a private project is not found by members outside it, and not in their list or total', async () => {
    const secret = await aProject({ name: 'Secret plan', visibility: 'private' });
    await expectProblem(member.api.getProject({ params: { project_id: secret.id } }), 404);
    expect((await member.api.listProjects({ query: { q: 'Secret plan' } })).meta.total).toBe(0);
    await owner.api.addProjectMember({
      params: { project_id: secret.id },
      body: { user_id: member.user.id, role: 'viewer' },
    });
    expect(await member.api.getProject({ params: { project_id: secret.id } })).toMatchObject({
      role: 'viewer',
    });
    expect((await member.api.listProjects({ query: { q: 'Secret plan' } })).meta.total).toBe(1);
  });

  it('a guest sees only the projects they belong to and makes none', async () => {
    const project = await aProject({ name: 'Guests welcome' });
    await expectProblem(guest.api.getProject({ params: { project_id: project.id } }), 404);
    await expectProblem(guest.api.createProject({ body: { name: 'No', workspace_id: workspaceId() } }), 403);
    await owner.api.addProjectMember({
      params: { project_id: project.id },
      body: { user_id: guest.user.id, role: 'commenter' },
    });
    expect(await guest.api.getProject({ params: { project_id: project.id } })).toMatchObject({
      role: 'commenter',
    });
  });

  it('are not found from another workspace, by any verb', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    await expectProblem(stranger.api.getProject({ params }), 404);
    await expectProblem(stranger.api.updateProject({ params, body: { name: 'X' } }), 404);
    await expectProblem(stranger.api.replaceProject({ params, body: { name: 'X' } }), 404);
    await expectProblem(stranger.api.deleteProject({ params }), 404);
    await expectProblem(stranger.api.listProjectMembers({ params, query: {} }), 404);
    await expectProblem(
      stranger.api.createProject({ body: { name: 'X', workspace_id: workspaceId() } }),
      404,
    );
  });

  it('without workspace_id the only workspace is used; who has several must say which', async () => {
    const mine = await stranger.api.createProject({ body: { name: 'Alone' } });
    expect(mine.workspace_id).toBe(stranger.workspace.id);
    await expectProblem(member.api.createProject({ body: { name: 'Which' } }), 422, 'workspace_required');
  });

  it('If-Match refuses a write against an older version', async () => {
    const { id } = await aProject();
    await owner.api.updateProject({ params: { project_id: id }, body: { name: 'Two' } });
    await expectProblem(
      owner.api.updateProject({ params: { project_id: id }, body: { name: 'Three' } }, { ifMatch: '"v1.x"' }),
      412,
      'precondition_failed',
    );
  });

  it('changes are logged once each, without the ones that change nothing', async () => {
    const { id } = await aProject();
    await owner.api.updateProject({ params: { project_id: id }, body: { name: 'Website' } });
    await owner.api.updateProject({ params: { project_id: id }, body: { name: 'Site' } });
    const service = gantry.runtimeOf('projects').services.get('projects');
    const rows = await service?.db.run<{ event: string; before: unknown; after: unknown }>({
      sql: "select event, before, after from log_change where entity_id = $1 and event like 'project.%' and entity = 'project' order by seq",
      parameters: [uuidIn('project', id)],
    });
    expect(rows?.map((r) => r.event)).toEqual(['project.created', 'project.updated']);
    expect(rows?.[1]).toMatchObject({ before: { name: 'Website' }, after: { name: 'Site' } });
  });
});

describe('project members', () => {
  it('are added, listed with their profile, changed and removed', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    await owner.api.addProjectMember({ params, body: { user_id: member.user.id } });
    await expectProblem(
      owner.api.addProjectMember({ params, body: { user_id: member.user.id } }),
      409,
      'already_exists',
    );
    const list = await owner.api.listProjectMembers({ params, query: {} });
    expect(list.meta.total).toBe(2);
    expect(list.data.find((m) => m.user_id === member.user.id)).toMatchObject({
      role: 'member',
      person: { name: member.user.name },
    });
    expect(
      await owner.api.updateProjectMember({
        params: { ...params, user_id: member.user.id },
        body: { role: 'viewer' },
      }),
    ).toMatchObject({ role: 'viewer' });
    await owner.api.removeProjectMember({ params: { ...params, user_id: member.user.id } });
    await expectProblem(
      owner.api.removeProjectMember({ params: { ...params, user_id: member.user.id } }),
      404,
    );
  });

  it('must be in the workspace; a member may not manage them; anybody may leave', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    await expectProblem(
      owner.api.addProjectMember({ params, body: { user_id: stranger.user.id } }),
      422,
      'not_in_workspace',
    );
    await expectProblem(member.api.addProjectMember({ params, body: { user_id: guest.user.id } }), 403);
    await owner.api.addProjectMember({ params, body: { user_id: guest.user.id } });
    await guest.api.removeProjectMember({ params: { ...params, user_id: guest.user.id } });
    await expectProblem(guest.api.getProject({ params }), 404);
  });

  it('of one project are not found through another', async () => {
    const [a, b] = [await aProject(), await aProject()];
    await owner.api.addProjectMember({ params: { project_id: a.id }, body: { user_id: member.user.id } });
    await expectProblem(
      owner.api.updateProjectMember({
        params: { project_id: b.id, user_id: member.user.id },
        body: { role: 'viewer' },
      }),
      404,
    );
  });

  it('who leaves the workspace is out of its projects within a second, and their memberships go', async () => {
    const person = await gantry.signUp();
    await gantry.addToWorkspace(owner, person, 'member');
    const { id } = await aProject();
    await owner.api.addProjectMember({ params: { project_id: id }, body: { user_id: person.user.id } });
    expect(await person.api.getProject({ params: { project_id: id } })).toBeTruthy();
    await owner.api.removeWorkspaceMember({
      params: { workspace_id: workspaceId(), user_id: person.user.id },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await expectProblem(person.api.getProject({ params: { project_id: id } }), 404);
    await expect
      .poll(
        async () =>
          (await owner.api.listProjectMembers({ params: { project_id: id }, query: {} })).meta.total,
        { timeout: 5_000 },
      )
      .toBe(1);
  });

  it('people to assign are everybody who can see the project', async () => {
    const secret = await aProject({ visibility: 'private' });
    const { data } = await owner.api.listAssignable({ params: { project_id: secret.id } });
    expect(data.map((p) => p.id)).toEqual([owner.user.id]);
    const open = await aProject();
    const all = await owner.api.listAssignable({ params: { project_id: open.id } });
    expect(all.data.map((p) => p.id).sort()).toEqual(
      expect.arrayContaining([owner.user.id, member.user.id].sort()),
    );
    expect(all.data.map((p) => p.id)).not.toContain(guest.user.id);
  });
});

describe('project keys', () => {
  it('come from the name and are valid whatever it is', () => {
    expect(keyFromName('Website')).toBe('WEBS');
    expect(keyFromName('Mobile app rewrite')).toBe('MAR');
    for (const name of ['漢字', '1', 'é', '!!!', 'A', '2024 plan', 'x y'])
      expect(keyFromName(name)).toMatch(/^[A-Z][A-Z0-9]{1,9}$/);
    expect(freeKey('ABC', new Set(['ABC', 'ABC2']))).toBe('ABC3');
  });
});
