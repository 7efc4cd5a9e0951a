import { readFileSync } from 'node:fs';
import { byRank, isLine, isPlainDate, isRank, isText } from '@gantry/contracts';
import { describe, expect, it } from 'vitest';
import type { ImportPlan, TaskState } from './import-plan.ts';
import { fixtureBoard, keptRaw, planOf, sharedFile } from './testing/boards.ts';
import { guessCategory } from './trello-names.ts';
import { parseTrello } from './trello-parse.ts';
import { matchPeople } from './trello-people.ts';

const fixture = planOf(JSON.parse(fixtureBoard()));

/** What holds for every plan, whatever the board. */
function expectSound(plan: ImportPlan): void {
  expect(plan.ledger.totals).toMatchObject({ lost: 0, reconciled: true });
  for (const row of plan.ledger.rows) expect(row.mapped + row.kept_raw + row.lost).toBe(row.found);
  const ids = new Set<string>();
  const statuses = new Set([...plan.statuses.map((s) => s.ref), 'project:open', 'project:done']);
  for (const task of plan.tasks) {
    if (task.parent !== null) expect(ids).toContain(task.parent);
    expect(ids).not.toContain(task.external_id);
    ids.add(task.external_id);
    expect(isRank(task.rank)).toBe(true);
    expectState(task.final, statuses);
    let state: TaskState = task.initial;
    for (const change of task.history) {
      expect(state).toMatchObject(change.before);
      state = { ...state, ...change.after };
    }
    expect(state).toEqual(task.final);
    const times = task.history.map((change) => change.at ?? '');
    expect(times.slice(0, -1)).toEqual(times.slice(0, -1).toSorted());
  }
  expect(
    plan.tasks
      .map((t) => ({ rank: t.rank, id: '' }))
      .toSorted(byRank)
      .map((t) => t.rank),
  ).toEqual(plan.tasks.map((t) => t.rank));
}

function expectState(state: TaskState, statuses: ReadonlySet<string>): void {
  expect(isLine(state.title) && state.title.length > 0 && state.title.length <= 500).toBe(true);
  expect(isText(state.description)).toBe(true);
  expect(statuses).toContain(state.status);
  for (const date of [state.due_date, state.start_date])
    expect(date === null || isPlainDate(date)).toBe(true);
}

describe('our board of 240 cards', () => {
  it('is planned without loss, in rank order, with a history that adds up', () => {
    expectSound(fixture);
    expect(fixture.counts).toMatchObject({ statuses: 8, tasks: 240, people_kept_as_names: 6 });
    for (const count of ['subtasks', 'comments', 'history', 'links', 'labels'] as const)
      expect(fixture.counts[count]).toBeGreaterThan(8);
  });

  it('gives the same plan every time', () => expect(planOf(JSON.parse(fixtureBoard()))).toEqual(fixture));

  it('keeps every object of the file word for word', () => {
    const board = JSON.parse(fixtureBoard());
    const plan = planOf(board);
    const kept = keptRaw(plan);
    for (const value of Object.values(board))
      if (Array.isArray(value))
        for (const element of value) if (typeof element === 'object') expect(kept).toContain(element);
    expect(plan.raw[0]).toMatchObject({ kind: 'board', raw: { name: board.name, prefs: board.prefs } });
  });

  it('turns lists into statuses, archived ones too, and tells two of one name apart', () => {
    expect(fixture.statuses.map((s) => [s.name, s.category, s.archived])).toEqual([
      ['Ideas', 'backlog', false],
      ['To Do', 'unstarted', false],
      ['In Arbeit', 'started', false],
      ['レビュー', 'started', false],
      ['Done', 'done', false],
      ['Done (2)', 'done', true],
      ['Waiting for others', 'started', false],
      ['Abandoned experiments', 'canceled', true],
    ]);
  });

  it('merges equal labels, names unnamed ones by colour', () => {
    const names = fixture.labels.map((label) => label.name);
    expect(names).toContain('Yellow');
    expect(names.filter((name) => name.startsWith('Bug'))).toEqual(['Bug', 'Bug (orange)']);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('tells the life of a card: made before it changed, by its author', () => {
    const told = fixture.tasks.filter((task) => task.history.some((change) => change.after.status));
    expect(told.length).toBeGreaterThan(50);
    for (const task of told) {
      expect(task.creator?.name).toMatch(/^Member /);
      for (const { at } of task.history) expect(at !== null && at >= (task.created_at ?? '')).toBe(true);
    }
  });

  it('makes check items subtasks with the name of their checklist', () => {
    const items = fixture.tasks.filter((task) => task.parent !== null);
    expect(items.some((item) => item.final.description === 'Checklist: Before launch')).toBe(true);
    expect(items.some((item) => item.final.completed_at !== null)).toBe(true);
    expect(items.some((item) => item.final.due_date !== null)).toBe(true);
  });

  it('completes what is marked complete', () => {
    const board = JSON.parse(fixtureBoard());
    for (const card of board.cards)
      if (card.dueComplete)
        expect(fixture.tasks.find((t) => t.external_id === card.id)?.final.completed_at).not.toBeNull();
  });

  it('assigns accounts that match and keeps the others as names', () => {
    const board = parseTrello(JSON.parse(fixtureBoard()));
    const people = [
      { id: 'user_1', username: 'MemberOne', email: 'one@example.org', name: 'Somebody else' },
      { id: 'user_2', username: 'two', email: 'two@example.org', name: 'Member Two' },
      { id: 'user_3', username: 'x', email: 'x@example.org', name: 'Member Three' },
      { id: 'user_4', username: 'y', email: 'y@example.org', name: 'Member Three' },
    ];
    const matches = matchPeople(board.members, people);
    expect([...matches.values()].sort()).toEqual(['user_1', 'user_2']);
    const plan = planOf(JSON.parse(fixtureBoard()), { matches });
    expectSound(plan);
    expect(plan.counts).toMatchObject({ people_matched: 2, people_kept_as_names: 4 });
    const assigned = plan.tasks.flatMap((task) => task.final.assignees);
    expect(new Set(assigned)).toEqual(new Set(['user_1', 'user_2']));
    expect(plan.tasks.flatMap((task) => task.final.people)).not.toContain('Member One');
  });
});

describe('genuine boards', () => {
  const old = sharedFile('trello-board-67-cards.json');
  const recent = sharedFile('trello-board.json');

  it.skipIf(old === null)('a team’s board of 2015 (skipped where the shared data is missing)', () => {
    const plan = planOf(JSON.parse(readFileSync(old ?? '', 'utf8')));
    expectSound(plan);
    expect(plan.counts).toMatchObject({
      statuses: 5,
      labels: 3,
      tasks: 67,
      comments: 4,
      people_kept_as_names: 3,
    });
    expect(plan.statuses.map((s) => s.category)).toEqual([
      'backlog',
      'unstarted',
      'started',
      'done',
      'canceled',
    ]);
    expect(plan.counts.history).toBeGreaterThan(100);
    expect(plan.tasks.every((task) => task.created_at !== null && task.creator !== null)).toBe(true);
  });

  it.skipIf(recent === null)('a tiny recent board (skipped where the shared data is missing)', () => {
    const plan = planOf(JSON.parse(readFileSync(recent ?? '', 'utf8')));
    expectSound(plan);
    expect(plan.counts).toMatchObject({ statuses: 1, tasks: 1, history: 2 });
  });
});

it.each([
  ['Done', 'done'],
  ['✅ DONE!', 'done'],
  ['Erledigt', 'done'],
  ['Terminé', 'done'],
  ['完了', 'done'],
  ['未完成', 'unstarted'],
  ['To Do', 'unstarted'],
  ['Undone business', 'unstarted'],
  ['In Progress', 'started'],
  ['In Arbeit', 'started'],
  ['進行中', 'started'],
  ['В работе', 'started'],
  ['Product Backlog', 'backlog'],
  ['Ideen', 'backlog'],
  ['Abgebrochen', 'canceled'],
  ["Won't do", 'canceled'],
  ['Liste', 'unstarted'],
])('a list called %s holds %s work', (name, category) => expect(guessCategory(name)).toBe(category));
