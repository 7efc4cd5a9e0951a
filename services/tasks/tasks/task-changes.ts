import type { Id } from '@gantry/contracts';
import { type Task, taskUpdated } from '@gantry/contracts/tasks';
import type { Transaction } from '@gantry/kit';
import { tasksStream } from '../context.ts';
import { type TaskRow, taskOf } from './tasks.store.ts';

/** Never in the log of an update: what identifies the task, and what is counted elsewhere. */
const NOT_LOGGED = new Set<keyof Task>([
  'id',
  'workspace_id',
  'project_id',
  'key',
  'number',
  'version',
  'updated_at',
  'created_at',
  'created_by_id',
  'comment_count',
  'subtask_count',
  'subtask_done_count',
]);

/** Fields that differ, before and after, in the form the API returns them. Null if none does. */
export function diffTasks(before: Task, after: Task): { before: Partial<Task>; after: Partial<Task> } | null {
  const names = (Object.keys(after) as (keyof Task)[]).filter(
    (name) => !NOT_LOGGED.has(name) && !same(before[name], after[name]),
  );
  if (names.length === 0) return null;
  const pick = (task: Task) => Object.fromEntries(names.map((name) => [name, task[name]])) as Partial<Task>;
  return { before: pick(before), after: pick(after) };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** True if the row would have to be saved. */
export function differs(a: TaskRow, b: TaskRow): boolean {
  return (Object.keys(a) as (keyof TaskRow)[]).some(
    (name) => a[name] !== b[name] && JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  );
}

/** Logs what a saved row changed. */
export function recordUpdate(
  tx: Transaction,
  before: TaskRow,
  after: TaskRow,
  keyPrefix: string,
  extra: { batchId?: Id<'batch'>; undoes?: Id<'change'> } = {},
): void {
  const then = taskOf(before, keyPrefix);
  const now = taskOf(after, keyPrefix);
  const diff = diffTasks(then, now);
  if (!diff) return;
  tx.record(taskUpdated, {
    stream: tasksStream(after.project_id),
    workspaceId: now.workspace_id,
    entityId: now.id,
    version: after.version,
    before: diff.before,
    after: { ...diff.after, updated_at: now.updated_at },
    ...extra,
  });
}
