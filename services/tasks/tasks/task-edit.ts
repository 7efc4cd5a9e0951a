import { type Id, rankBetween } from '@gantry/contracts';
import { type Task, taskErrors } from '@gantry/contracts/tasks';
import { failWith, field, type Transaction, uuidIn } from '@gantry/kit';
import { canSee } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import type { StatusRow } from '../statuses/statuses.store.ts';
import {
  ancestorsOf,
  bottomRank,
  countSubtasks,
  labelsExist,
  lockParent,
  type TaskRow,
} from './tasks.store.ts';

export interface TaskEdit {
  title?: string;
  description?: string;
  status_id?: Id<'status'>;
  status?: string;
  priority?: Task['priority'];
  assigned_to_id?: Id<'user'> | null;
  add_assignee_ids?: Id<'user'>[];
  remove_assignee_ids?: Id<'user'>[];
  add_label_ids?: Id<'label'>[];
  remove_label_ids?: Id<'label'>[];
  parent_id?: Id<'task'> | null;
  start_date?: string | null;
  due_date?: string | null;
  rank?: string;
  archived?: boolean;
}

/** The status an input names by id or key, or undefined if it names none. Throws `unknown_status`. */
export function statusFor(
  statuses: readonly StatusRow[],
  input: { status_id?: Id<'status'>; status?: string },
): StatusRow | undefined {
  const { status_id, status } = input;
  if (status_id === undefined && status === undefined) return undefined;
  const found = statuses.find((s) =>
    status_id === undefined ? s.key === status : s.id === uuidIn('status', status_id),
  );
  if (!found) {
    const name = status_id === undefined ? 'status' : 'status_id';
    throw failWith(taskErrors, 'unknown_status', {
      fields: [field(`body/${name}`, 'unknown_status', 'Use a status of this project.')],
    });
  }
  return found;
}

/** Throws `unknown_assignee` if one of these people cannot see the project. Asks another service: call before the write. */
export async function requireAssignable(
  ctx: Ctx,
  projectId: Id<'project'>,
  userIds: readonly Id<'user'>[],
): Promise<void> {
  const seen = await Promise.all(userIds.map((id) => id === ctx.userId || canSee(ctx, projectId, id)));
  if (seen.includes(false)) {
    throw failWith(taskErrors, 'unknown_assignee', {
      fields: [
        field(
          'body',
          'unknown_assignee',
          `Nobody who can see the project: ${userIds.filter((_, i) => !seen[i]).join(', ')}.`,
        ),
      ],
    });
  }
}

/** Throws `unknown_label` if one of these labels is not of the project. */
export async function requireLabels(
  tx: Transaction,
  projectUuid: string,
  labelIds: readonly Id<'label'>[],
): Promise<void> {
  if (
    !(await labelsExist(
      tx,
      projectUuid,
      labelIds.map((id) => uuidIn('label', id)),
    ))
  ) {
    throw failWith(taskErrors, 'unknown_label', {
      fields: [field('body', 'unknown_label', 'Use labels of this project.')],
    });
  }
}

/** Locks the parent and throws if it is no task of the project, the task itself, or below it. */
export async function requireParent(
  tx: Transaction,
  projectUuid: string,
  parentId: Id<'task'>,
  taskUuid: string | null,
): Promise<string> {
  const parent = uuidIn('task', parentId);
  if (!(await lockParent(tx, projectUuid, parent)))
    throw failWith(taskErrors, 'unknown_parent', {
      fields: [field('body/parent_id', 'unknown_parent', 'Use a task of this project.')],
    });
  if (taskUuid !== null && (await ancestorsOf(tx, parent)).has(taskUuid)) {
    throw failWith(taskErrors, 'parent_cycle', {
      fields: [field('body/parent_id', 'parent_cycle', 'The task would be below itself.')],
    });
  }
  return parent;
}

/** The row with the edit applied, checked against the project. Nothing is saved. */
export async function applyEdit(
  tx: Transaction,
  row: TaskRow,
  edit: TaskEdit,
  statuses: readonly StatusRow[],
): Promise<TaskRow> {
  if (edit.add_label_ids) await requireLabels(tx, row.project_id, edit.add_label_ids);
  let parent = row.parent_id;
  if (edit.parent_id !== undefined)
    parent = edit.parent_id === null ? null : await requireParent(tx, row.project_id, edit.parent_id, row.id);
  const status = statusFor(statuses, edit);
  let rank = edit.rank ?? row.rank;
  // Without a place of its own it goes to the end of its new column.
  if (status && status.id !== row.status_id && edit.rank === undefined)
    rank = rankBetween(await bottomRank(tx, row.project_id, status.id), null);
  return editedRow(row, edit, { parent, status, rank });
}

/** The row with the edit applied; what has to be looked up for it (`found`) was checked before. */
export function editedRow(
  row: TaskRow,
  edit: TaskEdit,
  found: { parent: string | null; status: StatusRow | undefined; rank: string },
): TaskRow {
  const next: TaskRow = { ...row, parent_id: found.parent, rank: found.rank };
  if (edit.title !== undefined) next.title = edit.title;
  if (edit.description !== undefined) next.description = edit.description;
  if (edit.priority !== undefined) next.priority = edit.priority;
  if (edit.start_date !== undefined) next.start_date = edit.start_date;
  if (edit.due_date !== undefined) next.due_date = edit.due_date;
  if (edit.archived !== undefined) next.archived = edit.archived;
  next.assignee_ids = assigneesAfter(row.assignee_ids, edit);
  next.assigned_to_id = next.assignee_ids[0] ?? null;
  next.label_ids = changeSet(
    row.label_ids,
    uuids('label', edit.add_label_ids),
    uuids('label', edit.remove_label_ids),
  );
  const { status } = found;
  if (status && status.id !== row.status_id) {
    next.status = status.key;
    next.status_id = status.id;
    next.completed_at = status.category === 'done' ? (row.completed_at ?? new Date().toISOString()) : null;
  }
  return next;
}

/** Keeps both parents' counts right when a task moved below another or became done. */
export async function recountParents(tx: Transaction, before: TaskRow, after: TaskRow): Promise<void> {
  const wasDone = before.completed_at === null ? 0 : 1;
  const isDone = after.completed_at === null ? 0 : 1;
  if (before.parent_id === after.parent_id) {
    if (after.parent_id !== null) await countSubtasks(tx, after.parent_id, 0, isDone - wasDone);
    return;
  }
  if (before.parent_id !== null) await countSubtasks(tx, before.parent_id, -1, -wasDone);
  if (after.parent_id !== null) await countSubtasks(tx, after.parent_id, 1, isDone);
}

function assigneesAfter(current: string[], edit: TaskEdit): string[] {
  let next = current;
  if (edit.assigned_to_id === null) next = [];
  else if (edit.assigned_to_id !== undefined) {
    const first = uuidIn('user', edit.assigned_to_id);
    next = [first, ...current.slice(1).filter((id) => id !== first)];
  }
  return changeSet(next, uuids('user', edit.add_assignee_ids), uuids('user', edit.remove_assignee_ids));
}

function changeSet(current: string[], add: string[], remove: string[]): string[] {
  const gone = new Set(remove);
  return [...new Set([...current, ...add])].filter((id) => !gone.has(id));
}

function uuids(kind: 'user' | 'label', ids: readonly string[] | undefined): string[] {
  return (ids ?? []).map((id) => uuidIn(kind, id));
}
