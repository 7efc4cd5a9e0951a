import { type Change, newId, ranksAfter } from '@gantry/contracts';
import type { Task } from '@gantry/contracts/tasks';
import fc from 'fast-check';
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
  projectId = (await owner.api.createProject({ body: { name: 'Undo', workspace_id: owner.workspace.id } }))
    .id;
  await owner.api.addProjectMember({
    params: { project_id: projectId },
    body: { user_id: viewer.user.id, role: 'viewer' },
  });
});
afterAll(() => gantry?.stop());

type Edit = Parameters<TestPerson['api']['updateTask']>[0]['body'];
const aTask = (overrides: Record<string, unknown> = {}) =>
  owner.api.createTask({ params: { project_id: projectId }, body: { title: 'Undo me', ...overrides } });
const get = (id: string) => owner.api.getTask({ params: { task_id: id } });
const edit = (person: TestPerson, id: string, body: Edit) =>
  person.api.updateTask({ params: { task_id: id }, body });
const history = async (id: string): Promise<Change[]> =>
  (await owner.api.getTaskHistory({ params: { task_id: id }, query: {} })).data;
const lastChange = async (id: string) => ((await history(id))[0] as Change).id;
const undo = (person: TestPerson, body: { change_id?: string; batch_id?: string }, project = projectId) =>
  person.api.undo({ params: { project_id: project }, body });

/** What an undo has to bring back exactly. */
const state = ({ version, updated_at, ...rest }: Task) => rest;

describe('undo', () => {
  it('returns the fields of a change, and undoing the undo is redo', async () => {
    const parent = await aTask();
    const task = await aTask({ assigned_to_id: owner.user.id, due_date: '2027-03-01' });
    await edit(owner, task.id, {
      title: 'Changed',
      status: 'done',
      assigned_to_id: member.user.id,
      due_date: null,
      parent_id: parent.id,
    });
    const changed = await get(task.id);
    const change_id = await lastChange(task.id);
    const answer = await undo(member, { change_id });
    expect(answer).toMatchObject({ undone: 1, kept: [], kept_total: 0 });
    expect(state(await get(task.id))).toEqual(state(task));
    expect(await get(parent.id)).toMatchObject({ subtask_count: 0, subtask_done_count: 0 });
    expect((await history(task.id))[0]).toMatchObject({
      undoes: change_id,
      batch_id: answer.batch_id,
      actor: member.user.id,
    });
    await undo(owner, { batch_id: answer.batch_id });
    expect(state(await get(task.id))).toEqual(state(changed));
  });

  it('leaves and lists what somebody changed since', async () => {
    const task = await aTask();
    await edit(owner, task.id, { title: 'Mine', priority: 'high' });
    const change_id = await lastChange(task.id);
    await edit(member, task.id, { title: 'Theirs' });
    expect(await undo(owner, { change_id })).toMatchObject({
      undone: 1,
      kept: [{ change_id, entity: 'task', entity_id: task.id, field: 'title', reason: 'changed_since' }],
      kept_total: 1,
    });
    expect(await get(task.id)).toMatchObject({ title: 'Theirs', priority: 'none' });
    expect(await undo(owner, { change_id })).toMatchObject({ undone: 0, kept_total: 2 });
  });

  it('of a creation trashes, of a deletion restores, of a comment takes it back or brings it back', async () => {
    const task = await aTask();
    const child = await aTask({ parent_id: task.id });
    const made = await lastChange(task.id);
    await owner.api.deleteTask({ params: { task_id: task.id } });
    const { data } = await owner.api.getChanges({
      params: { project_id: projectId },
      query: { after: 0, limit: 1000 },
    });
    const deleted = data.findLast((c) => c.event === 'task.deleted' && c.entity_id === task.id) as Change;
    const ofChild = data.findLast((c) => c.event === 'task.deleted' && c.entity_id === child.id) as Change;
    expect((await undo(owner, { change_id: ofChild.id })).kept).toMatchObject([
      { reason: 'deleted_with_parent' },
    ]);
    await undo(owner, { change_id: deleted.id });
    expect(await get(child.id)).toMatchObject({ parent_id: task.id });
    expect((await undo(owner, { change_id: deleted.id })).kept).toMatchObject([{ reason: 'changed_since' }]);
    const trashed = await undo(owner, { change_id: made });
    await expectProblem(get(task.id), 404);
    await expectProblem(get(child.id), 404);
    await undo(owner, { batch_id: trashed.batch_id });
    expect(await get(child.id)).toMatchObject({ parent_id: task.id });

    const params = { task_id: task.id };
    const comment = await member.api.addComment({ params, body: { content: 'One' } });
    const said = await lastChange(task.id);
    await member.api.updateComment({
      params: { ...params, comment_id: comment.id },
      body: { content: 'Two' },
    });
    const edited = await lastChange(task.id);
    expect((await undo(owner, { change_id: edited })).kept).toMatchObject([{ reason: 'forbidden' }]);
    await undo(member, { change_id: edited });
    const list = () => owner.api.listComments({ params, query: {} });
    expect((await list()).data).toMatchObject([{ id: comment.id, content: 'One', edited: false }]);
    const taken = await undo(member, { change_id: said });
    expect((await list()).meta.total).toBe(0);
    expect(await get(task.id)).toMatchObject({ comment_count: 0 });
    expect(await undo(member, { batch_id: taken.batch_id })).toMatchObject({ undone: 1 });
    expect((await list()).data).toMatchObject([{ id: comment.id, content: 'One' }]);
    expect(await get(task.id)).toMatchObject({ comment_count: 1 });
  });

  it('of a batch undoes each of its changes; what was deleted meanwhile is listed', async () => {
    const tasks = await Promise.all([aTask(), aTask(), aTask()]);
    const ids = tasks.map((task) => task.id);
    const { batch_id } = await owner.api.bulkUpdateTasks({
      params: { project_id: projectId },
      body: { task_ids: ids, edit: { status: 'done', priority: 'low' } },
    });
    await owner.api.deleteTask({ params: { task_id: ids[2] as string } });
    await edit(member, ids[1] as string, { priority: 'urgent' });
    const answer = await undo(owner, { batch_id });
    expect(answer.undone).toBe(2);
    expect(answer.kept.map(({ entity_id, field, reason }) => [entity_id, field, reason]).sort()).toEqual(
      [
        [ids[1], 'priority', 'changed_since'],
        [ids[2], null, 'gone'],
      ].sort(),
    );
    expect(state(await get(ids[0] as string))).toEqual(state(tasks[0] as Task));
    expect(await get(ids[1] as string)).toMatchObject({
      status: 'todo',
      priority: 'urgent',
      completed_at: null,
    });
  });

  it('of a label, status or person that is not there any more leaves it out and says so', async () => {
    const params = { project_id: projectId };
    const label = await owner.api.createLabel({ params, body: { name: 'Short-lived' } });
    const status = await owner.api.createStatus({
      params,
      body: { name: 'Short-lived', category: 'started' },
    });
    const task = await aTask({ label_ids: [label.id], status_id: status.id, title: 'Old' });
    await edit(owner, task.id, { remove_label_ids: [label.id], status: 'todo', title: 'New' });
    const change_id = await lastChange(task.id);
    await owner.api.deleteLabel({ params: { ...params, label_id: label.id } });
    await owner.api.deleteStatus({ params: { ...params, status_id: status.id }, query: {} });
    const answer = await undo(owner, { change_id });
    expect(answer.kept.map(({ field, reason }) => [field, reason]).sort()).toEqual([
      ['label_ids', 'gone'],
      ['status_id', 'gone'],
    ]);
    expect(await get(task.id)).toMatchObject({ title: 'Old', status: 'todo', label_ids: [] });
  });

  it('a viewer may not, a stranger finds nothing, and neither does the wrong project or another change', async () => {
    const task = await aTask();
    const change_id = await lastChange(task.id);
    const other = await owner.api.createProject({
      body: { name: 'Other', workspace_id: owner.workspace.id },
    });
    await expectProblem(undo(viewer, { change_id }), 403, 'forbidden');
    await expectProblem(undo(stranger, { change_id }), 404);
    await expectProblem(undo(owner, { change_id }, other.id), 404);
    await expectProblem(
      undo(stranger, { change_id }, (await stranger.api.createProject({ body: { name: 'S' } })).id),
      404,
    );
    await expectProblem(undo(owner, { batch_id: newId('batch') }), 404);
    await expectProblem(undo(owner, {}), 422);
    await expectProblem(undo(owner, { change_id, batch_id: newId('batch') }), 422);
  });

  it('repeated with its Idempotency-Key undoes once', async () => {
    const task = await aTask();
    await edit(owner, task.id, { title: 'Twice' });
    const call = { params: { project_id: projectId }, body: { change_id: await lastChange(task.id) } };
    const first = await owner.api.undo(call, { idempotencyKey: 'undo-once' });
    expect(await owner.api.undo(call, { idempotencyKey: 'undo-once' })).toEqual(first);
    expect(await get(task.id)).toMatchObject({ title: 'Undo me', version: 3 });
  });

  it('of any change returns what nobody changed since and lists the rest, whatever two people do', async () => {
    const ranks = ranksAfter(null, 4);
    const value: fc.Arbitrary<Edit> = fc.record(
      {
        title: fc.constantFrom('a', 'b', 'c'),
        priority: fc.constantFrom('none', 'low', 'high'),
        status: fc.constantFrom('todo', 'in_progress', 'done'),
        due_date: fc.constantFrom(null, '2027-01-01', '2027-01-02'),
        archived: fc.boolean(),
        rank: fc.constantFrom(...ranks.slice(1)),
      },
      { requiredKeys: [] },
    );
    const fields = ['title', 'priority', 'status', 'due_date', 'archived', 'rank'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), value), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        async (edits, pick) => {
          const task = await aTask({ rank: ranks[0] });
          const states = [task];
          for (const [mine, body] of edits) {
            const after = await edit(mine ? owner : member, task.id, body);
            if (after.version > (states.at(-1) as Task).version) states.push(after);
          }
          if (states.length === 1) return;
          const at = 1 + (pick % (states.length - 1));
          const [before, after, now] = [states[at - 1], states[at], states.at(-1)] as [Task, Task, Task];
          const change = (await history(task.id)).find((c) => c.version === after.version) as Change;
          const answer = await undo(owner, { change_id: change.id });
          const undone = await get(task.id);
          const kept = answer.kept.map((k) => (k.field === 'status_id' ? 'status' : k.field));
          for (const name of fields) {
            const changed = before[name] !== after[name];
            const still = now[name] === after[name];
            expect(undone[name], name).toEqual(changed && still ? before[name] : now[name]);
            expect(kept.includes(name), `${name} kept`).toBe(changed && !still);
          }
          if (at === states.length - 1) expect(state(undone)).toEqual(state(before));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);
});
