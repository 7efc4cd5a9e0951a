import type { SnapshotLine, Task } from '@gantry/contracts/tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let stranger: TestPerson;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, stranger] = (await Promise.all([gantry.signUp(), gantry.signUp()])) as [TestPerson, TestPerson];
});
afterAll(() => gantry?.stop());

const aProject = () => owner.api.createProject({ body: { name: 'Sync', workspace_id: owner.workspace.id } });

async function snapshot(projectId: string): Promise<SnapshotLine[]> {
  const answer = await owner.api.getSnapshot({ params: { project_id: projectId } });
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SnapshotLine);
}

describe('snapshot and changes', () => {
  it('a snapshot has a head, statuses, labels, pages of tasks and an end that counts them', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => owner.api.createTask({ params, body: { title: `T${i}` } })),
    );
    const lines = await snapshot(id);
    expect(lines.map((l) => l.type)).toEqual(['head', 'statuses', 'labels', 'tasks', 'end']);
    expect(lines[0]).toMatchObject({ seq: 26, project_id: id });
    expect(lines.at(-1)).toEqual({ type: 'end', tasks: 20 });
  });

  it('a snapshot taken during writes, plus the changes after it, is exactly what the server has', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    const first = await owner.api.createTask({ params, body: { title: 'first' } });
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) {
        const task = await owner.api.createTask({ params, body: { title: `W${i}` } });
        await owner.api.updateTask({ params: { task_id: task.id }, body: { priority: 'high' } });
        await owner.api.updateTask({ params: { task_id: first.id }, body: { title: `first ${i}` } });
        if (i % 5 === 4) await owner.api.deleteTask({ params: { task_id: task.id } });
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const lines = await snapshot(id);
    await new Promise((resolve) => setTimeout(resolve, 200));
    writing = false;
    await writer;
    const copy = new Map<string, Task>();
    let after = 0;
    for (const line of lines) {
      if (line.type === 'head') after = line.seq;
      if (line.type === 'tasks') for (const task of line.data) copy.set(task.id, task);
    }
    for (;;) {
      const page = await owner.api.getChanges({ params, query: { after, limit: 50 } });
      for (const change of page.data) {
        const known = copy.get(change.entity_id);
        if (change.entity !== 'task' || (known && known.version >= change.version)) continue;
        if (change.op === 'deleted') copy.delete(change.entity_id);
        else
          copy.set(change.entity_id, {
            ...(known as Task),
            ...(change.after as Partial<Task>),
            version: change.version,
          });
      }
      const last = page.data.at(-1);
      if (!last) break;
      after = last.seq;
    }
    const server = (await owner.api.listTasks({ params, query: { limit: 200 } })).data;
    const byId = (a: Task, b: Task) => (a.id < b.id ? -1 : 1);
    expect([...copy.values()].sort(byId)).toEqual([...server].sort(byId));
  });

  it('changes are gap-free and in order; ahead of the log or far behind asks for a new snapshot', async () => {
    const { id } = await aProject();
    const params = { project_id: id };
    for (let i = 0; i < 5; i++) await owner.api.createTask({ params, body: { title: `T${i}` } });
    const page = await owner.api.getChanges({ params, query: { after: 3, limit: 4 } });
    expect(page.data.map((c) => c.seq)).toEqual([4, 5, 6, 7]);
    expect(page.meta).toMatchObject({ head: 11, resync: false });
    expect((await owner.api.getChanges({ params, query: { after: 99 } })).meta.resync).toBe(true);
  });

  it('are not found from another workspace', async () => {
    const params = { project_id: (await aProject()).id };
    await expectProblem(stranger.api.getSnapshot({ params }), 404);
    await expectProblem(stranger.api.getChanges({ params, query: { after: 0 } }), 404);
  });
});
