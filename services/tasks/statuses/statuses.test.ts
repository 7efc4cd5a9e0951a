import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;
let stranger: TestPerson;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member, stranger] = (await Promise.all(Array.from({ length: 3 }, () => gantry.signUp()))) as [
    TestPerson,
    TestPerson,
    TestPerson,
  ];
  await gantry.addToWorkspace(owner, member, 'member');
});
afterAll(() => gantry?.stop());

async function aProject() {
  const project = await owner.api.createProject({
    body: { name: 'Columns', workspace_id: owner.workspace.id },
  });
  const params = { project_id: project.id };
  const { data } = await owner.api.listStatuses({ params, query: {} });
  return { params, statuses: data };
}

describe('statuses', () => {
  it('a new project has the six usual ones, once, however many ask at once', async () => {
    const project = await owner.api.createProject({
      body: { name: 'Fresh', workspace_id: owner.workspace.id },
    });
    const lists = await Promise.all(
      Array.from({ length: 6 }, () =>
        owner.api.listStatuses({ params: { project_id: project.id }, query: {} }),
      ),
    );
    for (const list of lists)
      expect(list.data.map((s) => s.key)).toEqual([
        'backlog',
        'todo',
        'in_progress',
        'in_review',
        'done',
        'canceled',
      ]);
  });

  it('are added with a stable key, renamed, moved and deleted', async () => {
    const { params, statuses } = await aProject();
    const added = await owner.api.createStatus({
      params,
      body: { name: 'Waiting for customer', category: 'started', color: 'sky' },
    });
    expect(added).toMatchObject({ key: 'waiting_for_customer', archived: false });
    const renamed = await owner.api.updateStatus({
      params: { ...params, status_id: added.id },
      body: { name: 'Blocked' },
    });
    expect(renamed).toMatchObject({ key: 'waiting_for_customer', name: 'Blocked', version: 2 });
    await owner.api.deleteStatus({ params: { ...params, status_id: added.id }, query: {} });
    expect((await owner.api.listStatuses({ params, query: {} })).meta.total).toBe(statuses.length);
  });

  it('two of one name are refused, also in other letters', async () => {
    const { params, statuses } = await aProject();
    await expectProblem(
      owner.api.createStatus({ params, body: { name: 'to DO', category: 'started' } }),
      409,
      'name_taken',
    );
    await expectProblem(
      owner.api.updateStatus({
        params: { ...params, status_id: statuses[0]?.id as string },
        body: { name: 'Done' },
      }),
      409,
      'name_taken',
    );
  });

  it('one with tasks is deleted only with a place for them, and every task tells it moved', async () => {
    const { params, statuses } = await aProject();
    const [backlog, todo] = statuses;
    if (!backlog || !todo) throw new Error('no statuses');
    const task = await owner.api.createTask({ params, body: { title: 'x', status: 'todo' } });
    await expectProblem(
      owner.api.deleteStatus({ params: { ...params, status_id: todo.id }, query: {} }),
      409,
      'status_in_use',
    );
    await owner.api.deleteStatus({
      params: { ...params, status_id: todo.id },
      query: { move_to: backlog.id },
    });
    expect(await owner.api.getTask({ params: { task_id: task.id } })).toMatchObject({
      status: 'backlog',
      status_id: backlog.id,
      version: 2,
    });
    const { data } = await owner.api.getTaskHistory({ params: { task_id: task.id }, query: {} });
    expect(data[0]).toMatchObject({
      event: 'task.updated',
      before: { status: 'todo' },
      after: { status: 'backlog' },
    });
  });

  it('the last one stays', async () => {
    const { params, statuses } = await aProject();
    for (const status of statuses.slice(1))
      await owner.api.deleteStatus({ params: { ...params, status_id: status.id }, query: {} });
    await expectProblem(
      owner.api.deleteStatus({ params: { ...params, status_id: statuses[0]?.id as string }, query: {} }),
      409,
      'last_status',
    );
    await expectProblem(
      owner.api.updateStatus({
        params: { ...params, status_id: statuses[0]?.id as string },
        body: { archived: true },
      }),
      409,
      'last_status',
    );
  });

  it('a member may not manage them; a stranger and another project do not find them', async () => {
    const { params, statuses } = await aProject();
    const other = await aProject();
    const status_id = statuses[0]?.id as string;
    await expectProblem(member.api.createStatus({ params, body: { name: 'x', category: 'started' } }), 403);
    await expectProblem(
      member.api.updateStatus({ params: { ...params, status_id }, body: { name: 'x' } }),
      403,
    );
    await expectProblem(member.api.deleteStatus({ params: { ...params, status_id }, query: {} }), 403);
    await expectProblem(stranger.api.listStatuses({ params, query: {} }), 404);
    await expectProblem(stranger.api.createStatus({ params, body: { name: 'x', category: 'started' } }), 404);
    await expectProblem(
      owner.api.updateStatus({ params: { ...other.params, status_id }, body: { name: 'x' } }),
      404,
    );
    await expectProblem(owner.api.deleteStatus({ params: { ...other.params, status_id }, query: {} }), 404);
  });
});

describe('labels', () => {
  it('are added, renamed and deleted from every task', async () => {
    const { params } = await aProject();
    const label = await member.api.createLabel({ params, body: { name: 'Urgent', color: 'red' } });
    await expectProblem(owner.api.createLabel({ params, body: { name: 'urgent' } }), 409, 'name_taken');
    const task = await owner.api.createTask({ params, body: { title: 'x', label_ids: [label.id] } });
    expect(
      await owner.api.updateLabel({
        params: { ...params, label_id: label.id },
        body: { name: 'Hot', color: 'orange' },
      }),
    ).toMatchObject({ name: 'Hot', version: 2 });
    await owner.api.deleteLabel({ params: { ...params, label_id: label.id } });
    expect((await owner.api.getTask({ params: { task_id: task.id } })).label_ids).toEqual([]);
    await expectProblem(owner.api.deleteLabel({ params: { ...params, label_id: label.id } }), 404);
  });

  it('are not found from another workspace or project', async () => {
    const { params } = await aProject();
    const other = await aProject();
    const label = await owner.api.createLabel({ params, body: { name: 'Here' } });
    await expectProblem(stranger.api.listLabels({ params, query: {} }), 404);
    await expectProblem(stranger.api.createLabel({ params, body: { name: 'x' } }), 404);
    await expectProblem(
      owner.api.updateLabel({ params: { ...other.params, label_id: label.id }, body: { name: 'x' } }),
      404,
    );
    await expectProblem(owner.api.deleteLabel({ params: { ...other.params, label_id: label.id } }), 404);
  });
});
