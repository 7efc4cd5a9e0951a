import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member] = (await Promise.all([gantry.signUp(), gantry.signUp()])) as [TestPerson, TestPerson];
  await gantry.addToWorkspace(owner, member, 'member');
});
afterAll(() => gantry?.stop());

const id = (n: number) => n.toString(16).padStart(24, '0');

it('undoing an import trashes only what nobody else has touched; redo brings it back', async () => {
  const project = await owner.api.createProject({
    body: { name: 'Import', workspace_id: owner.workspace.id },
  });
  const params = { project_id: project.id };
  const mine = await owner.api.createTask({ params, body: { title: 'There before' } });
  const board = {
    id: id(1),
    name: 'Board',
    lists: [{ id: id(2), name: 'Ideas', pos: 1, closed: false }],
    cards: [10, 11, 12, 13].map((n) => ({
      id: id(n),
      name: `Card ${n}`,
      idList: id(2),
      pos: n,
      closed: false,
      desc: '',
    })),
    actions: [],
  };
  const started = await owner.api.createImport(
    { params, query: { source: 'trello' } },
    { rawBody: JSON.stringify(board) },
  );
  let job = started;
  while (job.state !== 'done') {
    await pause(100);
    job = await owner.api.getImport({ params: { ...params, import_id: started.id } });
    expect(job.error).toBeNull();
  }
  const titles = async () =>
    (await owner.api.listTasks({ params, query: {} })).data.map((task) => task.title).sort();
  const all = (await owner.api.listTasks({ params, query: {} })).data;
  const card = (n: number) => all.find((task) => task.title === `Card ${n}`)?.id as string;
  await member.api.addComment({ params: { task_id: card(11) }, body: { content: 'I care' } });
  await member.api.createTask({ params, body: { title: 'Below 12', parent_id: card(12) } });
  await owner.api.updateTask({ params: { task_id: card(13) }, body: { priority: 'high' } });
  const answer = await owner.api.undo({ params, body: { batch_id: job.batch_id as string } });
  expect(
    answer.kept
      .filter((k) => k.reason === 'touched_by_others')
      .map((k) => k.entity_id)
      .sort(),
  ).toEqual([card(11), card(12)].sort());
  expect(answer.undone).toBe(2);
  expect(await titles()).toEqual(['Below 12', 'Card 11', 'Card 12', mine.title]);
  const redone = await owner.api.undo({ params, body: { batch_id: answer.batch_id } });
  expect(redone).toMatchObject({ undone: 2, kept: [] });
  expect(await titles()).toEqual(['Below 12', 'Card 10', 'Card 11', 'Card 12', 'Card 13', mine.title]);
});
