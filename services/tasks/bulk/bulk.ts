import { setTimeout as pause } from 'node:timers/promises';
import { type Id, ranksAfter } from '@gantry/contracts';
import type { BulkRefusal, BulkResult } from '@gantry/contracts/tasks';
import { asAppError, fail, type Transaction, uuidIn } from '@gantry/kit';
import { type ProjectFacts, requireProject } from '../access/project-access.ts';
import { batchFor, requireOwnBatch, writtenBy } from '../batches/batches.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { addToParents } from '../imports/write-tasks.store.ts';
import type { StatusRow } from '../statuses/statuses.store.ts';
import { statusesOf } from '../statuses/statuses.ts';
import { differs, recordUpdate } from '../tasks/task-changes.ts';
import { editedRow, requireAssignable, requireLabels, statusFor, type TaskEdit } from '../tasks/task-edit.ts';
import { bottomRank, type TaskRow } from '../tasks/tasks.store.ts';
import { lockTasks, saveTasks } from './bulk.store.ts';

/** Tasks of one transaction: its log entries hold the project's stream for well under 100 ms. */
const CHUNK = 200;

export type BulkEdit = Omit<TaskEdit, 'title' | 'description' | 'parent_id' | 'rank'>;

interface Work {
  facts: ProjectFacts;
  edit: BulkEdit;
  status: StatusRow | undefined;
  batchId: Id<'batch'>;
}

/**
 * The same edit for many tasks of a project. What is wrong for all of them (a status, label or person of elsewhere)
 * refuses the whole before anything is written; what ends the work half-way is listed for the tasks it left out.
 */
export async function bulkUpdateTasks(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: { task_ids: Id<'task'>[]; edit: BulkEdit; batch_id?: Id<'batch'> },
): Promise<BulkResult> {
  const facts = await requireProject(ctx, projectId, 'task.edit');
  const { edit } = input;
  await requireAssignable(ctx, projectId, [
    ...(edit.add_assignee_ids ?? []),
    ...(edit.assigned_to_id ? [edit.assigned_to_id] : []),
  ]);
  const status = statusFor(await statusesOf(ctx, projectId, facts.workspaceId), edit);
  const batchId = batchFor(ctx, input.batch_id);
  await requireOwnBatch(ctx, batchId, tasksStream(uuidIn('project', projectId)));

  const result: BulkResult = { batch_id: batchId, changed: [], unchanged: [], refused: [] };
  for (let at = 0; at < input.task_ids.length; at += CHUNK) {
    const ids = input.task_ids.slice(at, at + CHUNK);
    try {
      if (at > 0) await requireProject(ctx, projectId, 'task.edit');
      const outcome = await ctx.prepare((tx) => editChunk(tx, { facts, edit, status, batchId }, ids));
      for (const id of ids) {
        const became = outcome.get(id);
        if (became) result[became].push(id);
        else result.refused.push(refusal(id, fail('not_found')));
      }
    } catch (error) {
      const expected = asAppError(error);
      // Nothing is written yet: an ordinary refusal of the whole.
      if (!expected || at === 0) throw error;
      result.refused.push(...input.task_ids.slice(at).map((id) => refusal(id, expected)));
      break;
    }
    // Whoever waited for the stream gets it now.
    if (at + CHUNK < input.task_ids.length) await pause(5);
  }
  if (result.refused.length === input.task_ids.length) throw fail('not_found');
  return ctx.write(async () => result);
}

/** What became of each task that is in the project. */
async function editChunk(
  tx: Transaction,
  { facts, edit, status, batchId }: Work,
  ids: readonly Id<'task'>[],
): Promise<Map<Id<'task'>, 'changed' | 'unchanged'>> {
  const project = uuidIn('project', facts.projectId);
  const idOf = new Map(ids.map((id) => [uuidIn('task', id), id]));
  if (edit.add_label_ids) await requireLabels(tx, project, edit.add_label_ids);
  const rows = await lockTasks(tx, project, [...idOf.keys()]);
  const next = await editedRows(tx, rows, edit, status);
  const saved = await saveTasks(
    tx,
    rows.flatMap((row, i) => (differs(row, next[i] as TaskRow) ? [next[i] as TaskRow] : [])),
  );
  for (const row of rows) {
    const after = saved.get(row.id);
    if (after) recordUpdate(tx, row, after, facts.key, { batchId });
  }
  await recountDone(tx, rows, saved);
  // A repeat of a request that was cut short: what its first run changed is changed, not unchanged.
  const earlier = await writtenBy(tx, batchId, [...idOf.keys()]);
  return new Map(
    rows.map((row) => [
      idOf.get(row.id) as Id<'task'>,
      saved.has(row.id) || earlier.has(row.id) ? 'changed' : 'unchanged',
    ]),
  );
}

/** The rows with the edit applied. Those that change column go to its end, in the order they had. */
async function editedRows(
  tx: Transaction,
  rows: readonly TaskRow[],
  edit: BulkEdit,
  status: StatusRow | undefined,
): Promise<TaskRow[]> {
  const ranks = new Map<string, string>();
  const moving = status ? rows.filter((row) => row.status_id !== status.id) : [];
  if (status && moving.length > 0) {
    const after = await bottomRank(tx, status.project_id, status.id);
    const places = ranksAfter(after, moving.length);
    const inOrder = moving.toSorted((a, b) =>
      a.rank === b.rank ? (a.id < b.id ? -1 : 1) : a.rank < b.rank ? -1 : 1,
    );
    for (const [i, row] of inOrder.entries()) ranks.set(row.id, places[i] as string);
  }
  return rows.map((row) =>
    editedRow(row, edit, { parent: row.parent_id, status, rank: ranks.get(row.id) ?? row.rank }),
  );
}

/** Keeps right how many subtasks the parents show as done. */
async function recountDone(
  tx: Transaction,
  rows: readonly TaskRow[],
  saved: ReadonlyMap<string, TaskRow>,
): Promise<void> {
  const done = (row: TaskRow) => (row.completed_at === null ? 0 : 1);
  const counts = new Map<string, { count: number; done: number }>();
  for (const row of rows) {
    const after = saved.get(row.id);
    if (!after || row.parent_id === null || done(after) === done(row)) continue;
    const sum = counts.get(row.parent_id)?.done ?? 0;
    counts.set(row.parent_id, { count: 0, done: sum + done(after) - done(row) });
  }
  await addToParents(tx, counts);
}

function refusal(taskId: Id<'task'>, { code, message }: { code: string; message: string }): BulkRefusal {
  return { task_id: taskId, code, detail: message };
}
