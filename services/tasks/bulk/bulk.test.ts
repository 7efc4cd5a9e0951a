import { newId } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { say } from '../../../tests/setup/say.ts';

let gantry: TestGantry;
let owner: TestPerson;
let viewer: TestPerson;
let stranger: TestPerson;
let projectId: string;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, viewer, stranger] = (await Promise.all(Array.from({ length: 3 }, () => gantry.signUp()))) as [
    TestPerson,
    TestPerson,
    TestPerson,
  ];
  await gantry.addToWorkspace(owner, viewer, 'member');
  projectId = (await aProject()).id;
  await owner.api.addProjectMember({
    params: { project_id: projectId },
    body: { user_id: viewer.user.id, role: 'viewer' },
  });
});
afterAll(() => gantry?.stop());

const aProject = () => owner.api.createProject({ body: { name: 'Bulk', workspace_id: owner.workspace.id } });
const aTask = (overrides: Record<string, unknown> = {}, project = projectId) =>
  owner.api.createTask({ params: { project_id: project }, body: { title: 'One of many', ...overrides } });
const bulk = (
  person: TestPerson,
  task_ids: string[],
  edit: Parameters<TestPerson['api']['bulkUpdateTasks']>[0]['body']['edit'],
  extra: { batch_id?: string } = {},
  project = projectId,
) => person.api.bulkUpdateTasks({ params: { project_id: project }, body: { task_ids, edit, ...extra } });

describe('a bulk update', () => {
  it('gives every task the edit in one batch, and says which had it already', async () => {
    const label = await owner.api.createLabel({ params: { project_id: projectId }, body: { name: 'Bulk' } });
    const parent = await aTask();
    const child = await aTask({ parent_id: parent.id });
    const same = await aTask({
      status: 'done',
      priority: 'high',
      label_ids: [label.id],
      due_date: '2027-02-01',
    });
    const gone = newId('task');
    const answer = await bulk(owner, [child.id, same.id, gone], {
      status: 'done',
      priority: 'high',
      add_label_ids: [label.id],
      due_date: '2027-02-01',
    });
    expect(answer).toEqual({
      batch_id: expect.stringMatching(/^batch_/),
      changed: [child.id],
      unchanged: [same.id],
      refused: [{ task_id: gone, code: 'not_found', detail: expect.any(String) }],
    });
    const changed = await owner.api.getTask({ params: { task_id: child.id } });
    expect(changed).toMatchObject({ status: 'done', priority: 'high', label_ids: [label.id], version: 2 });
    expect(changed.completed_at).not.toBeNull();
    expect(changed.rank > same.rank).toBe(true);
    expect(await owner.api.getTask({ params: { task_id: parent.id } })).toMatchObject({
      subtask_done_count: 1,
    });
    const { data } = await owner.api.getTaskHistory({ params: { task_id: child.id }, query: {} });
    expect(data[0]).toMatchObject({
      batch_id: answer.batch_id,
      event: 'task.updated',
      after: { status: 'done' },
    });
  });

  it('adds and removes people and labels and keeps the order of the board', async () => {
    const tasks = await Promise.all([aTask(), aTask(), aTask()]);
    const ids = tasks.map((task) => task.id);
    await bulk(owner, ids, { add_assignee_ids: [owner.user.id, viewer.user.id], status: 'in_review' });
    const answer = await bulk(owner, ids, { remove_assignee_ids: [owner.user.id], archived: true });
    expect(answer.changed).toEqual(ids);
    const after = await Promise.all(ids.map((task_id) => owner.api.getTask({ params: { task_id } })));
    for (const task of after)
      expect(task).toMatchObject({
        assignee_ids: [viewer.user.id],
        assigned_to_id: viewer.user.id,
        archived: true,
      });
    const byRank = (list: { id: string; rank: string }[]) =>
      list.toSorted((a, b) => (a.rank < b.rank ? -1 : 1)).map((task) => task.id);
    expect(byRank(after)).toEqual(byRank(tasks));
  });

  it('is refused as a whole for a status, label or person of elsewhere, and for nothing to change', async () => {
    const task = await aTask();
    const before = await owner.api.getTask({ params: { task_id: task.id } });
    await expectProblem(bulk(owner, [task.id], { status: 'nowhere' }), 422, 'unknown_status');
    await expectProblem(bulk(owner, [task.id], { add_label_ids: [newId('label')] }), 422, 'unknown_label');
    await expectProblem(
      bulk(owner, [task.id], { add_assignee_ids: [stranger.user.id] }),
      422,
      'unknown_assignee',
    );
    await expectProblem(bulk(owner, [task.id], {}), 422);
    await expectProblem(bulk(owner, [], { priority: 'low' }), 422);
    await expectProblem(
      bulk(
        owner,
        Array.from({ length: 1001 }, () => newId('task')),
        { priority: 'low' },
      ),
      422,
    );
    expect(await owner.api.getTask({ params: { task_id: task.id } })).toEqual(before);
  });

  it('a viewer may not; a stranger finds no project; tasks of another project are not found', async () => {
    const task = await aTask();
    const other = await aProject();
    const elsewhere = await aTask({}, other.id);
    await expectProblem(bulk(viewer, [task.id], { priority: 'low' }), 403, 'forbidden');
    await expectProblem(bulk(stranger, [task.id], { priority: 'low' }), 404);
    await expectProblem(bulk(owner, [elsewhere.id], { priority: 'low' }), 404, 'not_found');
    const mixed = await bulk(owner, [task.id, elsewhere.id], { priority: 'low' });
    expect(mixed).toMatchObject({
      changed: [task.id],
      refused: [{ task_id: elsewhere.id, code: 'not_found' }],
    });
    expect(await owner.api.getTask({ params: { task_id: elsewhere.id } })).toEqual(elsewhere);
  });

  it('repeated with its Idempotency-Key answers the same and writes nothing; a batch of somebody else is refused', async () => {
    const task = await aTask();
    const call = () =>
      owner.api.bulkUpdateTasks(
        { params: { project_id: projectId }, body: { task_ids: [task.id], edit: { priority: 'urgent' } } },
        { idempotencyKey: 'bulk-once' },
      );
    const first = await call();
    expect(await call()).toEqual(first);
    expect(await owner.api.getTask({ params: { task_id: task.id } })).toMatchObject({ version: 2 });
    const other = await owner.api.createProject({ body: { name: 'B', workspace_id: owner.workspace.id } });
    const there = await aTask({}, other.id);
    await expectProblem(
      bulk(owner, [there.id], { priority: 'low' }, { batch_id: first.batch_id }, other.id),
      409,
      'already_exists',
    );
  });

  it('of 1,000 tasks is one batch, in less than 5 s even on a busy machine', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    const ids: string[] = [];
    for (let i = 0; i < 20; i++)
      ids.push(
        ...(await Promise.all(
          Array.from({ length: 50 }, () => owner.api.createTask({ params, body: { title: 'T' } })),
        ).then((tasks) => tasks.map((task) => task.id))),
      );
    const started = performance.now();
    const answer = await bulk(owner, ids, { priority: 'high', status: 'done' }, {}, id);
    const took = performance.now() - started;
    say(`bulk update of 1,000 tasks: ${Math.round(took)} ms`);
    expect(answer.changed).toEqual(ids);
    expect(took).toBeLessThan(5_000);
  });
});
