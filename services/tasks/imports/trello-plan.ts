import { ranksAfter } from '@gantry/contracts';
import type { ImportPlan, PlanTask, RawPart } from './import-plan.ts';
import { buildLedger } from './ledger.ts';
import type { Source } from './source.ts';
import type { TrelloBoard } from './trello-board.ts';
import { planColumns, planLabels } from './trello-columns.ts';
import { peopleNames } from './trello-people.ts';
import { planTasks } from './trello-tasks.ts';

/** Source objects in one part of the board's raw data. */
const RAW_PART = 200;

export interface PlanOptions {
  /** Member of the board → account here; see matchPeople. */
  matches: ReadonlyMap<string, string>;
  /** Rank of the project's last task: everything imported comes behind it. */
  afterRank: string | null;
}

/** What importing this board will write. The same board and options give the same plan. Reads a board once. */
export function planTrello(board: TrelloBoard, options: PlanOptions): ImportPlan {
  const names = peopleNames(board);
  const columns = planColumns(board);
  const labels = planLabels(board);
  const { tasks: drafts, homes } = planTasks(board, columns, labels, names, options.matches);
  const ranks = ranksAfter(options.afterRank, drafts.length);
  const tasks: PlanTask[] = drafts.map((draft, i) => ({ ...draft, rank: ranks[i] as string }));
  acceptMembers(board, options.matches);
  const subtasks = tasks.filter((task) => task.parent !== null).length;
  return {
    source: 'trello',
    name: board.name,
    statuses: columns.statuses,
    labels: labels.labels,
    tasks,
    raw: boardRaw(board, homes),
    counts: {
      statuses: columns.statuses.length,
      labels: labels.labels.length,
      tasks: tasks.length - subtasks,
      subtasks,
      comments: sum(tasks, (task) => task.comments.length),
      history: sum(tasks, (task) => task.history.length),
      links: sum(tasks, (task) => task.links.length),
      people_matched: options.matches.size,
      people_kept_as_names: [...names.keys()].filter((id) => !options.matches.has(id)).length,
    },
    ledger: buildLedger(board.sources, board.source.value),
  };
}

function acceptMembers(board: TrelloBoard, matches: ReadonlyMap<string, string>): void {
  const seen = new Set<string>();
  for (const { source, id, name, username } of board.members) {
    if (id !== null && seen.has(id)) source.reject('same id as an earlier member');
    else if (id !== null && matches.has(id)) source.mapped(null, 'account here');
    else if (id !== null && (name ?? username) !== null) source.mapped(null, 'kept as a name');
    else source.reject('no id or no name');
    if (id !== null && !seen.has(id)) source.mapped('id', 'whose cards and comments');
    seen.add(id ?? '');
  }
}

/** Everything of the file that no task's raw data holds, in parts small enough for one row each. */
function boardRaw(board: TrelloBoard, homes: ReadonlySet<Source>): RawPart[] {
  const { source } = board;
  const plain = Object.entries(source.fields).filter(([field]) => !source.collections.has(field));
  const homeless = source.children.filter((child) => !homes.has(child));
  const parts: RawPart[] = [{ kind: 'board', raw: Object.fromEntries(plain) }];
  for (const [kind, sources] of Map.groupBy(homeless, (child) => child.kind))
    for (let i = 0; i < sources.length; i += RAW_PART)
      parts.push({ kind, raw: sources.slice(i, i + RAW_PART).map((child) => child.value) });
  return parts;
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
