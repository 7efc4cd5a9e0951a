import { newId, rankBetween } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { aTask as makeTask, type TaskOverrides } from '../testing/factories.ts';

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
  projectId = (await aProject()).id;
  await owner.api.addProjectMember({
    params: { project_id: projectId },
    body: { user_id: viewer.user.id, role: 'viewer' },
  });
});
afterAll(() => gantry?.stop());

const aProject = (overrides: Record<string, unknown> = {}) =>
  owner.api.createProject({ body: { name: 'Tasks', workspace_id: owner.workspace.id, ...overrides } });
const aTask = (overrides: TaskOverrides = {}, project = projectId) =>
  makeTask(owner, { title: 'Write it', project_id: project, ...overrides });
const params = (task: { id: string }) => ({ task_id: task.id });

describe('tasks', () => {
  it('are made with number, key, default status and a rank at the end of the column', async () => {
    const project = await aProject({ key: 'NUM' });
    const first = await aTask({}, project.id);
    const second = await aTask({ title: 'Next' }, project.id);
    expect(first).toMatchObject({
      key: 'NUM-1',
      number: 1,
      status: 'todo',
      priority: 'none',
      assigned_to_id: null,
      version: 1,
      created_by_id: owner.user.id,
      completed_at: null,
    });
    expect(second.key).toBe('NUM-2');
    expect(second.rank > first.rank).toBe(true);
    expect(await owner.api.getTask({ params: params(first) })).toEqual(first);
  });

  it('keep what they are given', async () => {
    const label = await owner.api.createLabel({
      params: { project_id: projectId },
      body: { name: 'Bug', color: 'red' },
    });
    const parent = await aTask({ title: 'Parent' });
    const id = newId('task');
    const task = await aTask({
      id,
      title: '日本語 😀 עברית',
      description: '# Why\n\ttab',
      status: 'in_progress',
      priority: 'urgent',
      assigned_to_id: member.user.id,
      label_ids: [label.id],
      parent_id: parent.id,
      due_date: '2026-02-28',
      start_date: '2026-02-01',
    });
    expect(task).toMatchObject({
      id,
      title: '日本語 😀 עברית',
      description: '# Why\n\ttab',
      status: 'in_progress',
      priority: 'urgent',
      assigned_to_id: member.user.id,
      assignee_ids: [member.user.id],
      label_ids: [label.id],
      parent_id: parent.id,
      due_date: '2026-02-28',
      start_date: '2026-02-01',
    });
    expect(await owner.api.getTask({ params: params(parent) })).toMatchObject({
      subtask_count: 1,
      subtask_done_count: 0,
    });
    await owner.api.updateTask({ params: params(task), body: { status: 'done' } });
    expect(await owner.api.getTask({ params: params(parent) })).toMatchObject({
      subtask_count: 1,
      subtask_done_count: 1,
    });
  });

  it('change only the fields named; sets change by add and remove; done sets and clears completed_at', async () => {
    const task = await aTask({ description: 'stay', priority: 'low' });
    const edited = await owner.api.updateTask({
      params: params(task),
      body: { title: 'New', add_assignee_ids: [member.user.id, owner.user.id] },
    });
    expect(edited).toMatchObject({
      title: 'New',
      description: 'stay',
      priority: 'low',
      assignee_ids: [member.user.id, owner.user.id],
      assigned_to_id: member.user.id,
      version: 2,
    });
    const fewer = await owner.api.updateTask({
      params: params(task),
      body: { remove_assignee_ids: [member.user.id], status: 'done' },
    });
    expect(fewer).toMatchObject({
      assigned_to_id: owner.user.id,
      status: 'done',
      completed_at: expect.any(String),
    });
    expect(await owner.api.updateTask({ params: params(task), body: { status: 'todo' } })).toMatchObject({
      completed_at: null,
    });
    const replaced = await owner.api.replaceTask({ params: params(task), body: { title: 'Whole' } });
    expect(replaced).toMatchObject({ title: 'Whole', description: '', priority: 'none', assignee_ids: [] });
  });

  it('an edit that changes nothing makes no version and no log entry', async () => {
    const task = await aTask();
    expect((await owner.api.updateTask({ params: params(task), body: { title: task.title } })).version).toBe(
      1,
    );
    const history = await owner.api.getTaskHistory({ params: params(task), query: {} });
    expect(history.data.map((c) => c.event)).toEqual(['task.created']);
  });

  it('history tells every change, newest first, with before and after', async () => {
    const task = await aTask();
    await owner.api.updateTask({ params: params(task), body: { priority: 'high' } }, { mutationId: 'm-42' });
    await member.api.addComment({ params: params(task), body: { content: 'Hi' } });
    const { data } = await owner.api.getTaskHistory({ params: params(task), query: {} });
    expect(data.map((c) => [c.event, c.actor])).toEqual([
      ['task.comment.created', member.user.id],
      ['task.updated', owner.user.id],
      ['task.created', owner.user.id],
    ]);
    expect(data[1]).toMatchObject({
      mutation_id: 'm-42',
      before: { priority: 'none' },
      after: { priority: 'high' },
      version: 2,
    });
  });

  it('what somebody else set since `base` is overwritten and listed', async () => {
    const task = await aTask();
    const { meta } = await owner.api.getChanges({ params: { project_id: projectId }, query: { after: 0 } });
    await member.api.updateTask({ params: params(task), body: { title: 'Theirs', priority: 'high' } });
    const mine = await owner.api.updateTask({
      params: params(task),
      body: { title: 'Mine', base: meta.head },
    });
    expect(mine.title).toBe('Mine');
    expect(mine.overwritten).toEqual([
      { field: 'title', value: 'Theirs', actor: member.user.id, seq: expect.any(Number) },
    ]);
  });

  it('go to the trash with their subtasks and come back with them', async () => {
    const parent = await aTask({ title: 'P' });
    const child = await aTask({ title: 'C', parent_id: parent.id });
    await owner.api.deleteTask({ params: params(parent) });
    await expectProblem(owner.api.getTask({ params: params(child) }), 404);
    await expectProblem(owner.api.restoreTask({ params: params(child) }), 409);
    expect(await owner.api.restoreTask({ params: params(parent) })).toMatchObject({
      title: 'P',
      subtask_count: 1,
    });
    expect(await owner.api.getTask({ params: params(child) })).toMatchObject({ parent_id: parent.id });
  });

  it('a viewer may read but not write; a stranger finds nothing', async () => {
    const task = await aTask();
    expect(await viewer.api.getTask({ params: params(task) })).toMatchObject({ id: task.id });
    const writes = (p: TestPerson) => [
      () => p.api.createTask({ params: { project_id: projectId }, body: { title: 'x' } }),
      () => p.api.updateTask({ params: params(task), body: { title: 'x' } }),
      () => p.api.replaceTask({ params: params(task), body: { title: 'x' } }),
      () => p.api.deleteTask({ params: params(task) }),
    ];
    for (const write of writes(viewer)) await expectProblem(write(), 403, 'forbidden');
    for (const write of writes(stranger)) await expectProblem(write(), 404, 'not_found');
    await expectProblem(stranger.api.getTask({ params: params(task) }), 404);
    await expectProblem(stranger.api.listTasks({ params: { project_id: projectId }, query: {} }), 404);
    await expectProblem(stranger.api.getTaskHistory({ params: params(task), query: {} }), 404);
  });

  it('refuse statuses, labels, parents and people of elsewhere', async () => {
    const other = await aProject();
    const foreignStatus = (await owner.api.listStatuses({ params: { project_id: other.id }, query: {} }))
      .data[0]?.id as string;
    const foreignLabel = (
      await owner.api.createLabel({ params: { project_id: other.id }, body: { name: 'x' } })
    ).id;
    const foreignTask = await aTask({}, other.id);
    const task = await aTask();
    const refused: [Record<string, unknown>, string][] = [
      [{ status_id: foreignStatus }, 'unknown_status'],
      [{ status: 'nonsense' }, 'unknown_status'],
      [{ add_label_ids: [foreignLabel] }, 'unknown_label'],
      [{ parent_id: foreignTask.id }, 'unknown_parent'],
      [{ assigned_to_id: stranger.user.id }, 'unknown_assignee'],
    ];
    for (const [body, code] of refused)
      await expectProblem(owner.api.updateTask({ params: params(task), body }), 422, code);
    await expectProblem(aTask({ label_ids: [foreignLabel] }), 422, 'unknown_label');
    expect((await owner.api.getTask({ params: params(task) })).version).toBe(1);
  });

  it('a task cannot be below itself', async () => {
    const a = await aTask();
    const b = await aTask({ parent_id: a.id });
    await expectProblem(
      owner.api.updateTask({ params: params(a), body: { parent_id: b.id } }),
      422,
      'parent_cycle',
    );
    await expectProblem(
      owner.api.updateTask({ params: params(a), body: { parent_id: a.id } }),
      422,
      'parent_cycle',
    );
  });

  it.each([
    ['a day that does not exist', { due_date: '2026-02-30' }],
    ['a time where a day belongs', { due_date: '2026-02-01T00:00:00Z' }],
    ['a title of spaces', { title: '   ' }],
    ['a title over the limit', { title: 'x'.repeat(501) }],
    ['a rank that is none', { rank: 'a b' }],
    ['an id of another kind', { parent_id: newId('comment') }],
    ['a control character in the description', { description: 'a\u0007b' }],
    ['too many labels', { add_label_ids: Array.from({ length: 51 }, () => newId('label')) }],
  ])('%s is refused with the field named', async (_name, body) => {
    const task = await aTask();
    const problem = await expectProblem(
      owner.api.updateTask({ params: params(task), body }),
      422,
      'invalid_request',
    );
    expect(problem.problem.fields?.[0]?.path).toContain(`body/${Object.keys(body)[0]}`);
  });

  it('an archived project takes no changes until it is active again', async () => {
    const project = await aProject();
    const task = await aTask({}, project.id);
    await owner.api.updateProject({ params: { project_id: project.id }, body: { status: 'archived' } });
    await new Promise((resolve) => setTimeout(resolve, 800));
    await expectProblem(
      owner.api.updateTask({ params: params(task), body: { title: 'x' } }),
      409,
      'project_archived',
    );
    expect(await owner.api.getTask({ params: params(task) })).toMatchObject({ title: 'Write it' });
  });
});

describe('task lists', () => {
  it('page by number and by cursor give the same tasks in the same order, totals exact', async () => {
    const project = await aProject();
    const priorities = ['none', 'low', 'medium', 'high', 'urgent'] as const;
    for (let i = 0; i < 23; i++)
      await aTask(
        {
          title: `T${i % 4}`,
          priority: priorities[i % 5],
          ...(i % 3 ? { due_date: `2026-01-${String(1 + i).padStart(2, '0')}` } : {}),
        },
        project.id,
      );
    for (const sort of [
      'rank',
      '-number',
      'priority,-due_date',
      'title,-created_at',
      '-updated_at',
      'due_date',
    ]) {
      const all = await owner.api.listTasks({
        params: { project_id: project.id },
        query: { sort, limit: 200 },
      });
      expect(all.meta.total).toBe(23);
      const byCursor: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await owner.api.listTasks({
          params: { project_id: project.id },
          query: { sort, limit: 5, ...(cursor ? { cursor } : {}) },
        });
        byCursor.push(...page.data.map((t) => t.id));
        cursor = page.meta.next_cursor;
      } while (cursor);
      expect(byCursor, sort).toEqual(all.data.map((t) => t.id));
      const second = await owner.api.listTasks({
        params: { project_id: project.id },
        query: { sort, limit: 5, page: 2 },
      });
      expect(
        second.data.map((t) => t.id),
        sort,
      ).toEqual(all.data.slice(5, 10).map((t) => t.id));
    }
  });

  it('filter, and the total follows writes at once', async () => {
    const project = await aProject();
    const query = { status: 'done,in_progress', priority: 'high' };
    const list = () => owner.api.listTasks({ params: { project_id: project.id }, query });
    expect((await list()).meta.total).toBe(0);
    const task = await aTask({ status: 'done', priority: 'high' }, project.id);
    await aTask({ status: 'todo', priority: 'high' }, project.id);
    expect((await list()).data.map((t) => t.id)).toEqual([task.id]);
    await owner.api.updateTask({ params: params(task), body: { priority: 'low' } });
    expect((await list()).meta.total).toBe(0);
    const found = await owner.api.listTasks({
      params: { project_id: project.id },
      query: { q: 'write', due_before: '2030-01-01' },
    });
    expect(found.meta.total).toBe(0);
    expect(
      (await owner.api.listTasks({ params: { project_id: project.id }, query: { q: '100%_' } })).meta.total,
    ).toBe(0);
  });

  it('the filter language narrows and sorts, points at what is wrong, and pages by cursor', async () => {
    const project = await aProject();
    const label = await owner.api.createLabel({
      params: { project_id: project.id },
      body: { name: 'Needs design' },
    });
    for (let i = 0; i < 9; i++)
      await aTask(
        {
          title: `Odd ${i}`,
          priority: i % 3 ? 'low' : 'urgent',
          status: i % 2 ? 'in_progress' : 'done',
          ...(i < 6 ? { label_ids: [label.id] } : {}),
        },
        project.id,
      );
    const find = (filter: string, more: Record<string, unknown> = {}) =>
      owner.api.listTasks({ params: { project_id: project.id }, query: { filter, ...more } });
    expect((await find('status:started label:"needs design"')).data.map((t) => t.title).sort()).toEqual([
      'Odd 1',
      'Odd 3',
      'Odd 5',
    ]);
    expect((await find('-status:done priority:urgent')).meta.total).toBe(1);
    const all = (await find('odd sort:-priority,title')).data.map((t) => t.title);
    expect(all.slice(0, 3)).toEqual(['Odd 0', 'Odd 3', 'Odd 6']);
    const first = await find('odd sort:-priority,title', { limit: 4 });
    const second = await find('odd sort:-priority,title', {
      limit: 200,
      cursor: first.meta.next_cursor as string,
    });
    expect([...first.data, ...second.data].map((t) => t.title)).toEqual(all);
    const problem = await expectProblem(find('statsu:done'), 422, 'bad_filter');
    expect(problem.problem.fields?.[0]).toMatchObject({
      path: 'query/filter@0-6',
      message: expect.stringContaining('status'),
    });
    await expectProblem(find('status:nowhere'), 422, 'bad_filter');
    await expectProblem(find('due:today', { time_zone: 'Mars/Base' }), 422, 'invalid_request');
    await expectProblem(
      stranger.api.listTasks({ params: { project_id: project.id }, query: { filter: 'x' } }),
      404,
    );
  });

  it('a cursor of elsewhere is refused, whatever is in it', async () => {
    for (const cursor of [
      'nonsense',
      Buffer.from('["a"]').toString('base64url'),
      Buffer.from('[null,"x"]').toString('base64url'),
      Buffer.from('["V","not-a-uuid"]').toString('base64url'),
    ]) {
      await expectProblem(
        owner.api.listTasks({ params: { project_id: projectId }, query: { cursor } }),
        422,
        'invalid_request',
      );
    }
  });
});

describe('moving tasks', () => {
  it('column order under concurrent moves ends the same for every reader', async () => {
    const project = await aProject();
    const tasks = await Promise.all(
      Array.from({ length: 12 }, (_, i) => aTask({ title: `T${i}` }, project.id)),
    );
    const statuses = (await owner.api.listStatuses({ params: { project_id: project.id }, query: {} })).data;
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const task = tasks[i % tasks.length] as { id: string };
        const list = await owner.api.listTasks({ params: { project_id: project.id }, query: { limit: 200 } });
        const at = i % Math.max(1, list.data.length);
        const rank = rankBetween(list.data[at - 1]?.rank ?? null, list.data[at]?.rank ?? null);
        await owner.api.updateTask({
          params: params(task),
          body: { rank, status_id: statuses[i % statuses.length]?.id as string },
        });
      }),
    );
    const server = (await owner.api.listTasks({ params: { project_id: project.id }, query: { limit: 200 } }))
      .data;
    interface Placed {
      id: string;
      rank: string;
      status_id: string;
    }
    const copy = new Map<string, Placed>();
    for (let after = 0; ; ) {
      const page = await owner.api.getChanges({ params: { project_id: project.id }, query: { after } });
      for (const change of page.data) {
        if (change.entity !== 'task') continue;
        copy.set(change.entity_id, {
          ...(copy.get(change.entity_id) as Placed),
          ...(change.after as unknown as Placed),
          id: change.entity_id,
        });
      }
      const last = page.data.at(-1);
      if (!last) break;
      after = last.seq;
    }
    const order = [...copy.values()].sort((a, b) =>
      a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.id < b.id ? -1 : 1,
    );
    expect(order.map((t) => [t.id, t.status_id])).toEqual(server.map((t) => [t.id, t.status_id]));
  });
});
