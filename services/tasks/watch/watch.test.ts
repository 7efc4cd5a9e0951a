import { newId } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;
let viewer: TestPerson;
let stranger: TestPerson;
let projectId: string;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member, viewer, stranger] = (await Promise.all(
    Array.from({ length: 4 }, () => gantry.signUp()),
  )) as [TestPerson, TestPerson, TestPerson, TestPerson];
  await gantry.addToWorkspace(owner, member, 'member');
  await gantry.addToWorkspace(owner, viewer, 'member');
  projectId = (await owner.api.createProject({ body: { name: 'Watch', workspace_id: owner.workspace.id } }))
    .id;
  await owner.api.addProjectMember({
    params: { project_id: projectId },
    body: { user_id: viewer.user.id, role: 'viewer' },
  });
});
afterAll(() => gantry?.stop());

const aTask = (overrides: Record<string, unknown> = {}) =>
  owner.api.createTask({ params: { project_id: projectId }, body: { title: 'Watched', ...overrides } });
const watchers = async (task: { id: string }, person = owner) => {
  const { data } = await person.api.listWatchers({ params: { task_id: task.id }, query: {} });
  return Object.fromEntries(data.map((w) => [w.user_id, w.reason]));
};

describe('watching a task', () => {
  it('its creator, assignees and commenters watch by themselves, others when they choose to', async () => {
    const task = await aTask({ assigned_to_id: member.user.id });
    const params = { task_id: task.id };
    expect(await watchers(task)).toEqual({ [owner.user.id]: 'creator', [member.user.id]: 'assignee' });
    expect(await viewer.api.watchTask({ params })).toEqual({
      task_id: task.id,
      user_id: viewer.user.id,
      watching: true,
    });
    await viewer.api.watchTask({ params });
    await owner.api.updateTask({ params, body: { assigned_to_id: null } });
    await member.api.addComment({ params, body: { content: 'Still here' } });
    expect(await watchers(task)).toEqual({
      [owner.user.id]: 'creator',
      [member.user.id]: 'commenter',
      [viewer.user.id]: 'chosen',
    });
    const { data } = await owner.api.getTaskHistory({ params, query: {} });
    expect(data.filter((c) => c.event === 'task.watch.changed')).toMatchObject([
      { actor: viewer.user.id, after: { user_id: viewer.user.id, watching: true }, root: task.id },
    ]);
  });

  it('who chose not to does not, whatever they are, until they choose to again', async () => {
    const task = await aTask();
    const params = { task_id: task.id };
    await owner.api.unwatchTask({ params });
    expect(await watchers(task)).toEqual({});
    await owner.api.unwatchTask({ params });
    await owner.api.watchTask({ params });
    expect(await watchers(task)).toEqual({ [owner.user.id]: 'chosen' });
  });

  it('strangers find nothing, nor does anybody without signing in or for a task that is not there', async () => {
    const task = await aTask();
    for (const params of [{ task_id: task.id }, { task_id: newId('task') }]) {
      await expectProblem(stranger.api.watchTask({ params }), 404);
      await expectProblem(stranger.api.unwatchTask({ params }), 404);
      await expectProblem(stranger.api.listWatchers({ params, query: {} }), 404);
    }
    await owner.api.deleteTask({ params: { task_id: task.id } });
    await expectProblem(owner.api.watchTask({ params: { task_id: task.id } }), 404);
    const url = `${gantry.url}/api/v1/tasks/${task.id}/watch`;
    expect((await fetch(url, { method: 'PUT', headers: { origin: gantry.url } })).status).toBe(401);
  });

  it('who was taken out of the workspace is not among the watchers within a second', async () => {
    const leaver = await gantry.signUp();
    await gantry.addToWorkspace(owner, leaver, 'member');
    const task = await aTask();
    await leaver.api.watchTask({ params: { task_id: task.id } });
    expect(await watchers(task)).toHaveProperty([leaver.user.id]);
    await owner.api.removeWorkspaceMember({
      params: { workspace_id: owner.workspace.id, user_id: leaver.user.id },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await watchers(task)).not.toHaveProperty([leaver.user.id]);
    await expectProblem(leaver.api.watchTask({ params: { task_id: task.id } }), 404);
  });
});
