import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportJob } from '@gantry/contracts/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTrelloBoard } from '../fixtures/trello/make-board.ts';
import { expectProblem } from '../setup/expect-problem.ts';
import { type Shape, startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { liveCopy, readSnapshot } from './live-copy.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/trello/board-240-cards.json');

interface Board {
  cards: { id: string; name: string; closed: boolean }[];
  checklists: { checkItems: unknown[] }[];
  lists: unknown[];
}

describe.each<Shape>(['together', 'apart'])('importing a Trello board, services %s', (shape) => {
  let gantry: TestGantry;
  let ada: TestPerson;
  let ben: TestPerson;
  let file: string;
  let board: Board;
  beforeAll(async () => {
    // The whole board once; the other shape runs the same code on a smaller one.
    file =
      shape === 'together' ? await readFile(FIXTURE, 'utf8') : JSON.stringify(makeTrelloBoard({ cards: 60 }));
    board = JSON.parse(file) as Board;
    gantry = await startTestGantry({ shape });
    [ada, ben] = await Promise.all([gantry.signUp(), gantry.signUp()]);
    await gantry.addToWorkspace(ada, ben, 'member');
  });
  afterAll(() => gantry?.stop());

  async function send(projectId: string, dryRun: boolean, content = file): Promise<ImportJob> {
    const params = { project_id: projectId };
    const query = { source: 'trello' as const, dry_run: dryRun, file_name: 'board-240-cards.json' };
    let job = await ada.api.createImport({ params, query }, { rawBody: content });
    for (const end = Date.now() + 30_000; job.state === 'queued' || job.state === 'running'; ) {
      if (Date.now() > end) throw new Error(`the import is still ${job.state}: ${job.done}/${job.total}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      job = await ada.api.getImport({ params: { ...params, import_id: job.id } });
    }
    return job;
  }

  test('a dry run writes nothing, the import does what it said, and a second person sees it happen', async () => {
    const project = await ada.api.createProject({
      body: { workspace_id: ada.workspace.id, name: 'From Trello' },
    });
    const params = { project_id: project.id };
    const empty = await readSnapshot(ada, project.id);
    const dry = await send(project.id, true);
    expect(dry).toMatchObject({ state: 'done', dry_run: true, error: null });
    expect(await readSnapshot(ada, project.id)).toEqual(empty);

    const copy = await liveCopy(gantry, ben, project.id);
    await copy.connect();
    const job = await send(project.id, false);
    expect(job).toMatchObject({ state: 'done', dry_run: false, error: null });
    expect(job.counts).toEqual(dry.counts);
    expect(job.done).toBe(job.total);
    expectReconciled(dry);
    expectReconciled(job);

    const fresh = await readSnapshot(ada, project.id);
    await copy.reach(fresh.seq, 10_000);
    expect(copy.rows()).toEqual(fresh.rows);
    expect(copy.frames.some((frame) => frame.type === 'range' || frame.type === 'changes')).toBe(true);

    const cards = fresh.rows.tasks.filter((task) => task.parent_id === null);
    const items = board.checklists.reduce((n, list) => n + list.checkItems.length, 0);
    expect(cards).toHaveLength(board.cards.length);
    expect(cards.filter((task) => task.archived)).toHaveLength(
      board.cards.filter((card) => card.closed).length,
    );
    expect(fresh.rows.tasks).toHaveLength(board.cards.length + items);
    expect(job.counts).toMatchObject({ tasks: board.cards.length, subtasks: items });
    const comments = fresh.rows.tasks.reduce((n, task) => n + Number(task.comment_count), 0);
    expect(job.counts?.comments).toBe(comments);

    const batch = new Set(copy.changes().map((change) => change.batch_id));
    expect([...batch]).toEqual([job.batch_id]);

    const again = await send(project.id, false);
    expect(again).toMatchObject({ state: 'done', error: null });
    expect((await ada.api.listTasks({ params, query: { limit: 1 } })).meta.total).toBe(
      (await ben.api.listTasks({ params, query: { limit: 1 } })).meta.total,
    );
    expect((await readSnapshot(ada, project.id)).rows.tasks).toHaveLength(fresh.rows.tasks.length);
  });

  test('somebody who is far behind when it ends is told the range, not every change', async () => {
    const project = await ada.api.createProject({
      body: { workspace_id: ada.workspace.id, name: 'Catching up' },
    });
    const copy = await liveCopy(gantry, ben, project.id);
    await send(project.id, false, JSON.stringify(makeTrelloBoard({ cards: 40 })));
    await copy.connect();
    const fresh = await readSnapshot(ada, project.id);
    await copy.reach(fresh.seq, 10_000);
    expect(copy.frames.map((frame) => frame.type)).toContain('range');
    expect(copy.rows()).toEqual(fresh.rows);
    await copy.cut();
  });

  test('what is not a board is refused with a clear problem, and nothing is written', async () => {
    const project = await ada.api.createProject({
      body: { workspace_id: ada.workspace.id, name: 'Broken' },
    });
    const params = { project_id: project.id };
    const query = { source: 'trello' as const };
    const before = await readSnapshot(ada, project.id);
    const bad = { import_not_json: file.slice(0, 10_000), import_not_trello: '{"hello":1}' };
    for (const [code, rawBody] of Object.entries(bad))
      await expectProblem(ada.api.createImport({ params, query }, { rawBody }), 422, code);
    expect(await readSnapshot(ada, project.id)).toEqual(before);
    await expectProblem(ben.api.createImport({ params, query }, { rawBody: file }), 403, 'forbidden');
  });
});

function expectReconciled(job: ImportJob): void {
  expect(job.ledger?.totals).toMatchObject({ reconciled: true });
  for (const row of job.ledger?.rows ?? [])
    expect(row.mapped + row.kept_raw + row.lost, `${row.object}.${row.field}`).toBe(row.found);
}
