import { newId } from '@gantry/contracts';
import type { RelationType } from '@gantry/contracts/tasks';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let viewer: TestPerson;
let stranger: TestPerson;
let projectId: string;
let secretId: string;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, viewer, stranger] = (await Promise.all(Array.from({ length: 3 }, () => gantry.signUp()))) as [
    TestPerson,
    TestPerson,
    TestPerson,
  ];
  await gantry.addToWorkspace(owner, viewer, 'member');
  const project = (body: { name: string; visibility?: 'private' }) =>
    owner.api.createProject({ body: { ...body, workspace_id: owner.workspace.id } });
  projectId = (await project({ name: 'Open' })).id;
  secretId = (await project({ name: 'Secret', visibility: 'private' })).id;
  await owner.api.addProjectMember({
    params: { project_id: projectId },
    body: { user_id: viewer.user.id, role: 'viewer' },
  });
});
afterAll(() => gantry?.stop());

const aTask = (project = projectId) =>
  owner.api.createTask({ params: { project_id: project }, body: { title: 'Related' } });
const relate = (person: TestPerson, task: { id: string }, type: RelationType, other: { id: string }) =>
  person.api.addRelation({ params: { task_id: task.id }, body: { type, task_id: other.id } });
const list = async (person: TestPerson, task: { id: string }) =>
  (await person.api.listRelations({ params: { task_id: task.id } })).data;
const remove = (person: TestPerson, task: { id: string }, relation: { id: string }) =>
  person.api.removeRelation({ params: { task_id: task.id, relation_id: relation.id } });

describe('relations', () => {
  it('are seen from both tasks, told by both histories, made once, and removed from either end', async () => {
    const [a, b] = [await aTask(), await aTask(secretId)];
    const blocks = await relate(owner, a, 'blocks', b);
    expect(blocks).toMatchObject({
      type: 'blocks',
      task_id: b.id,
      project_id: secretId,
      key: b.key,
      title: b.title,
    });
    expect(await list(owner, b)).toMatchObject([
      { id: blocks.id, type: 'blocked_by', task_id: a.id, key: a.key },
    ]);
    expect((await relate(owner, b, 'blocked_by', a)).id).toBe(blocks.id);
    const relates = await relate(owner, b, 'relates', a);
    expect((await relate(owner, a, 'relates', b)).id).toBe(relates.id);
    await relate(owner, b, 'duplicates', a);
    expect((await list(owner, a)).map((r) => r.type)).toEqual(['blocks', 'relates', 'duplicated_by']);
    await remove(owner, b, blocks);
    expect((await list(owner, a)).map((r) => r.type)).toEqual(['relates', 'duplicated_by']);
    await expectProblem(remove(owner, a, blocks), 404);
    for (const [task, type, other] of [
      [a, 'blocks', b],
      [b, 'blocked_by', a],
    ] as const) {
      const { data } = await owner.api.getTaskHistory({ params: { task_id: task.id }, query: {} });
      const told = data.filter((c) => c.entity_id === blocks.id);
      expect(told.map((c) => [c.op, c.after?.type ?? c.before?.type])).toEqual([
        ['deleted', type],
        ['created', type],
      ]);
      expect(told[1]?.after).toEqual({ type, task_id: task.id, other_task_id: other.id });
    }
  });

  it('show nothing of a task one may not see', async () => {
    const [a, b] = [await aTask(), await aTask(secretId)];
    const relation = await relate(owner, a, 'blocks', b);
    expect(await list(viewer, a)).toEqual([]);
    await expectProblem(relate(viewer, a, 'blocks', b), 403, 'forbidden');
    await owner.api.updateProjectMember({
      params: { project_id: projectId, user_id: viewer.user.id },
      body: { role: 'member' },
    });
    // A role is known for 750 ms at most.
    await new Promise((resolve) => setTimeout(resolve, 800));
    await expectProblem(relate(viewer, a, 'relates', b), 404);
    await expectProblem(remove(viewer, a, relation), 404);
    await expectProblem(list(viewer, b), 404);
    await owner.api.updateProjectMember({
      params: { project_id: projectId, user_id: viewer.user.id },
      body: { role: 'viewer' },
    });
    await new Promise((resolve) => setTimeout(resolve, 800));
  });

  it('a viewer may look but not write; strangers, foreign tasks and relations of other tasks are not found', async () => {
    const [a, b, c] = [await aTask(), await aTask(), await aTask()];
    const relation = await relate(owner, a, 'blocks', b);
    expect(await list(viewer, a)).toHaveLength(1);
    await expectProblem(relate(viewer, a, 'relates', b), 403, 'forbidden');
    await expectProblem(remove(viewer, a, relation), 403, 'forbidden');
    await expectProblem(list(stranger, a), 404);
    await expectProblem(relate(stranger, a, 'relates', b), 404);
    await expectProblem(remove(stranger, a, relation), 404);
    await expectProblem(remove(owner, c, relation), 404);
    await expectProblem(relate(owner, a, 'relates', { id: newId('task') }), 404);
    const theirs = await stranger.api.createProject({ body: { name: 'Theirs' } });
    const foreign = await stranger.api.createTask({
      params: { project_id: theirs.id },
      body: { title: 'F' },
    });
    await expectProblem(relate(owner, a, 'relates', foreign), 404);
    await expectProblem(relate(stranger, foreign, 'relates', a), 404);
    const mine = await owner.api.createWorkspace({ body: { name: 'Second' } });
    const second = await owner.api.createProject({ body: { name: 'Second', workspace_id: mine.id } });
    await expectProblem(relate(owner, a, 'relates', await aTask(second.id)), 422, 'other_workspace');
  });

  it('refuse circles of blocking, short and long, and a task with itself', async () => {
    const [a, b, c] = [await aTask(), await aTask(), await aTask(secretId)];
    await expectProblem(relate(owner, a, 'relates', a), 422, 'related_to_itself');
    await relate(owner, a, 'blocks', b);
    await expectProblem(relate(owner, b, 'blocks', a), 422, 'blocking_cycle');
    await relate(owner, c, 'blocked_by', b);
    await expectProblem(relate(owner, c, 'blocks', a), 422, 'blocking_cycle');
    await expectProblem(relate(owner, a, 'blocked_by', c), 422, 'blocking_cycle');
    await relate(owner, c, 'relates', a);
  });

  it('blocking stays free of circles whatever many write at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(4), fc.boolean(), fc.nat(4)), { minLength: 6, maxLength: 16 }),
        async (wanted) => {
          const tasks = await Promise.all(
            Array.from({ length: 5 }, (_, i) => aTask(i % 2 ? projectId : secretId)),
          );
          const answers = await Promise.allSettled(
            wanted.map(([from, forwards, to]) =>
              relate(
                owner,
                tasks[from] as { id: string },
                forwards ? 'blocks' : 'blocked_by',
                tasks[to] as { id: string },
              ),
            ),
          );
          for (const answer of answers)
            if (answer.status === 'rejected')
              expect(['blocking_cycle', 'related_to_itself']).toContain(answer.reason.code);
          const ahead = new Map<string, string[]>();
          for (const task of tasks)
            ahead.set(
              task.id,
              (await list(owner, task)).filter((r) => r.type === 'blocks').map((r) => r.task_id),
            );
          expect(hasCircle(ahead)).toBe(false);
        },
      ),
      { numRuns: 8 },
    );
  }, 120_000);
});

function hasCircle(ahead: Map<string, string[]>): boolean {
  const left = new Map(ahead);
  for (;;) {
    const free = [...left].filter(([, next]) => next.every((id) => !left.has(id)));
    if (free.length === 0) return left.size > 0;
    for (const [id] of free) left.delete(id);
  }
}
