import { newId, rankBetween } from '@gantry/contracts';
import { DEFAULT_STATUSES } from '@gantry/contracts/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Shape, startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { type LiveCopy, liveCopy, readSnapshot } from './live-copy.ts';

describe.each<Shape>(['together', 'apart'])('a team at work, services %s', (shape) => {
  let gantry: TestGantry;
  let ada: TestPerson;
  let ben: TestPerson;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape });
    [ada, ben] = await Promise.all([
      gantry.signUp({ first_name: 'Ada', last_name: 'Lang', workspace_name: 'Harbour' }),
      gantry.signUp({ first_name: 'Ben', last_name: 'Okoro' }),
    ]);
    await gantry.addToWorkspace(ada, ben, 'member');
  });
  afterAll(() => gantry?.stop());

  test('from sign-up to a board that two people keep the same, over a cut line', async () => {
    expect(ada.workspace).toMatchObject({ name: 'Harbour', role: 'owner' });
    const project = await ada.api.createProject({
      body: { workspace_id: ada.workspace.id, name: 'Crane', key: 'CRN' },
    });
    const params = { project_id: project.id };
    const { data: statuses } = await ada.api.listStatuses({ params, query: {} });
    expect(statuses.map((s) => s.key)).toEqual(DEFAULT_STATUSES.map((s) => s.key));

    const copy = await liveCopy(gantry, ben, project.id);
    await copy.connect();

    const label = await ada.api.createLabel({ params, body: { name: 'Steel', color: 'sky' } });
    const spare = await ada.api.createLabel({ params, body: { name: 'Spare', color: 'red' } });
    const made = await ada.api.createTask({
      params,
      body: { title: 'Order the beam', label_ids: [label.id, spare.id], assigned_to_id: ben.user.id },
    });
    expect(made).toMatchObject({ key: 'CRN-1', status: 'todo', assigned_to_id: ben.user.id });
    const second = await ben.api.createTask({ params, body: { title: 'Paint it', due_date: '2027-02-28' } });
    const [sub] = await Promise.all([
      ada.api.createTask({ params, body: { title: 'Ask for prices', parent_id: made.id } }),
      ada.api.createTask({ params, body: { title: 'Measure', parent_id: made.id } }),
    ]);
    await ben.api.addComment({ params: { task_id: made.id }, body: { content: 'Twelve metres?' } });
    const comment = await ada.api.addComment({
      params: { task_id: made.id },
      body: { content: 'Thirteen.' },
    });
    await ada.api.updateComment({
      params: { task_id: made.id, comment_id: comment.id },
      body: { content: 'Thirteen and a half.' },
    });

    const moved = await ada.api.updateTask(
      {
        params: { task_id: made.id },
        body: { status: 'in_progress', rank: rankBetween(null, second.rank), priority: 'high' },
      },
      { mutationId: 'move-1' },
    );
    expect(moved).toMatchObject({ status: 'in_progress', priority: 'high' });
    await ada.api.updateTask({ params: { task_id: sub.id }, body: { status: 'done' } });
    await ada.api.deleteLabel({ params: { ...params, label_id: spare.id } });
    await ada.api.deleteTask({ params: { task_id: second.id } });
    await ada.api.restoreTask({ params: { task_id: second.id } });
    await ada.api.createStatus({ params, body: { name: 'Waiting', category: 'started', color: 'pink' } });

    const history = await ben.api.getTaskHistory({ params: { task_id: made.id }, query: {} });
    expect(history.data.map((c) => c.event)).toEqual(
      expect.arrayContaining([
        'task.created',
        'task.comment.created',
        'task.comment.updated',
        'task.updated',
      ]),
    );
    const move = history.data.find((c) => c.mutation_id === 'move-1');
    expect(move).toMatchObject({
      actor: ada.user.id,
      origin: 'web',
      before: { status: 'todo', priority: 'none' },
      after: { status: 'in_progress', priority: 'high' },
    });

    const fresh = await readSnapshot(ada, project.id);
    await copy.reach(fresh.seq);
    expectInOrder(copy, fresh.seq);
    expect(copy.changes().find((c) => c.mutation_id === 'move-1')?.id).toBe(move?.id);
    expect(copy.rows()).toEqual(fresh.rows);

    await copy.cut();
    await ada.api.updateTask({ params: { task_id: made.id }, body: { title: 'Order two beams' } });
    await ada.api.updateTask({
      params: { task_id: made.id },
      body: { add_assignee_ids: [ada.user.id], remove_assignee_ids: [ben.user.id] },
    });
    for (let n = 0; n < 5; n++) await ada.api.createTask({ params, body: { title: `While away ${n}` } });
    await ada.api.deleteTask({ params: { task_id: sub.id } });
    await copy.connect();
    const after = await readSnapshot(ada, project.id);
    await copy.reach(after.seq);
    expectInOrder(copy, after.seq);
    expect(copy.rows()).toEqual(after.rows);
    await copy.cut();
  });

  test('twenty writers at once leave one order, the same at everybody', async () => {
    const project = await ada.api.createProject({ body: { workspace_id: ada.workspace.id, name: 'Rush' } });
    const params = { project_id: project.id };
    const copies = await Promise.all([ada, ben].map((person) => liveCopy(gantry, person, project.id)));
    await Promise.all(copies.map((copy) => copy.connect()));
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const api = n % 2 ? ada.api : ben.api;
        const task = await api.createTask({ params, body: { title: `Card ${n}` } });
        await api.updateTask({
          params: { task_id: task.id },
          body: { status: DEFAULT_STATUSES[n % DEFAULT_STATUSES.length]?.key ?? 'todo' },
        });
      }),
    );
    const fresh = await readSnapshot(ben, project.id);
    for (const copy of copies) {
      await copy.reach(fresh.seq);
      expectInOrder(copy, fresh.seq);
      expect(copy.rows()).toEqual(fresh.rows);
      await copy.cut();
    }
  });

  test('a write that is sent again and again happens once', async () => {
    const project = await ada.api.createProject({ body: { workspace_id: ada.workspace.id, name: 'Once' } });
    const params = { project_id: project.id };
    const idempotencyKey = newId('task');
    const send = () => ada.api.createTask({ params, body: { title: 'Only one of me' } }, { idempotencyKey });
    const [first, ...others] = await Promise.all(Array.from({ length: 6 }, send));
    for (const other of [...others, await send()]) expect(other).toEqual(first);
    const { meta } = await ada.api.listTasks({ params, query: {} });
    expect(meta.total).toBe(1);
  });
});

describe('one database, both shapes at once', () => {
  let together: TestGantry;
  let apart: TestGantry;
  beforeAll(async () => {
    together = await startTestGantry({ shape: 'together' });
    apart = await startTestGantry({ shape: 'apart', beside: together });
  });
  afterAll(async () => {
    await apart?.stop();
    await together?.stop();
  });

  test('a session, a write and its repeat mean the same in either', async () => {
    const ada = await together.signUp();
    const elsewhere = apart.personFrom(ada);
    const project = await ada.api.createProject({ body: { name: 'Both' } });
    const params = { project_id: project.id };
    const idempotencyKey = newId('task');
    const body = { title: 'Written once' };
    const here = await ada.api.createTask({ params, body }, { idempotencyKey });
    expect(await elsewhere.api.createTask({ params, body }, { idempotencyKey })).toEqual(here);
    const back = await elsewhere.api.updateTask(
      { params: { task_id: here.id }, body: { title: 'Changed there' } },
      { idempotencyKey: `${idempotencyKey}-2` },
    );
    expect(
      await ada.api.updateTask(
        { params: { task_id: here.id }, body: { title: 'Changed there' } },
        { idempotencyKey: `${idempotencyKey}-2` },
      ),
    ).toEqual(back);
    const snapshots = await Promise.all([ada, elsewhere].map((who) => readSnapshot(who, project.id)));
    expect(snapshots[0]).toEqual(snapshots[1]);
    expect(snapshots[0]?.rows.tasks).toHaveLength(1);
  });

  test('a change made in one is live in the other', async () => {
    const ada = await together.signUp();
    const project = await ada.api.createProject({ body: { name: 'Across' } });
    const copy = await liveCopy(apart, apart.personFrom(ada), project.id);
    await copy.connect();
    await ada.api.createTask({ params: { project_id: project.id }, body: { title: 'Seen elsewhere' } });
    const fresh = await readSnapshot(ada, project.id);
    await copy.reach(fresh.seq);
    expect(copy.rows()).toEqual(fresh.rows);
    await copy.cut();
  });
});

function expectInOrder(copy: LiveCopy, last: number): void {
  const { applied } = copy;
  const first = applied[0] ?? 1;
  expect(applied).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
}
