import { type Change, type ChangePage, encodeId, type Id, newId, rankBetween } from '@gantry/contracts';
import { type Task, taskCreated } from '@gantry/contracts/tasks';
import { CHANGE_COLUMNS, fail, headOf, readHistory, uuidIn } from '@gantry/kit';
import { type ProjectFacts, requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import type { StatusRow } from '../statuses/statuses.store.ts';
import { statusesOf } from '../statuses/statuses.ts';
import { type Overwritten, overwrittenSince } from './overwritten.ts';
import { differs, recordUpdate } from './task-changes.ts';
import {
  applyEdit,
  recountParents,
  requireAssignable,
  requireLabels,
  requireParent,
  statusFor,
  type TaskEdit,
} from './task-edit.ts';
import {
  bottomRank,
  countSubtasks,
  getTaskRow,
  getTrashedTaskRow,
  insertTask,
  lockTask,
  saveTask,
  statusesWithBottom,
  type TaskRow,
  taskOf,
  trashTasks,
} from './tasks.store.ts';
import { bringBack, recordDeleted } from './trash.ts';

type ProjectVerb = Parameters<typeof requireProject>[2];

/** A task found by its id, if the signed-in person may do this in its project. */
export async function requireTask(
  ctx: Ctx,
  id: Id<'task'>,
  verb: ProjectVerb,
): Promise<{ row: TaskRow; facts: ProjectFacts }> {
  const row = await getTaskRow(ctx.db, id);
  if (!row) throw fail('not_found');
  const facts = await requireProject(ctx, encodeId('project', row.project_id), verb);
  return { row, facts };
}

export async function getTask(ctx: Ctx, id: Id<'task'>): Promise<Task> {
  const { row, facts } = await requireTask(ctx, id, 'task.view');
  return taskOf(row, facts.key);
}

export interface NewTask
  extends Omit<
    TaskEdit,
    'add_assignee_ids' | 'remove_assignee_ids' | 'add_label_ids' | 'remove_label_ids' | 'archived'
  > {
  id?: Id<'task'>;
  title: string;
  assignee_ids?: Id<'user'>[];
  label_ids?: Id<'label'>[];
}

export async function createTask(ctx: Ctx, projectId: Id<'project'>, input: NewTask): Promise<Task> {
  const facts = await requireProject(ctx, projectId, 'task.create');
  const assignees = [
    ...new Set([...(input.assigned_to_id ? [input.assigned_to_id] : []), ...(input.assignee_ids ?? [])]),
  ];
  const project = uuidIn('project', projectId);
  const { status, rank } = await placeFor(ctx, facts, input);
  await requireAssignable(ctx, projectId, assignees);
  return ctx.write(async (tx) => {
    if (input.label_ids) await requireLabels(tx, project, input.label_ids);
    const parent = input.parent_id ? await requireParent(tx, project, input.parent_id, null) : null;
    const row = await insertTask(tx, {
      id: uuidIn('task', input.id ?? newId('task')),
      workspace_id: uuidIn('workspace', facts.workspaceId),
      project_id: project,
      title: input.title,
      description: input.description ?? '',
      status: status.key,
      status_id: status.id,
      priority: input.priority ?? 'none',
      assignee_ids: assignees.map((id) => uuidIn('user', id)),
      label_ids: [...new Set(input.label_ids ?? [])].map((id) => uuidIn('label', id)),
      parent_id: parent,
      start_date: input.start_date ?? null,
      due_date: input.due_date ?? null,
      rank,
      created_by_id: uuidIn('user', ctx.userId),
      completed_at: status.category === 'done' ? new Date().toISOString() : null,
    });
    if (parent) await countSubtasks(tx, parent, 1, row.completed_at === null ? 0 : 1);
    const task = taskOf(row, facts.key);
    tx.record(taskCreated, {
      stream: tasksStream(project),
      workspaceId: task.workspace_id,
      entityId: task.id,
      version: 1,
      after: task,
    });
    return task;
  });
}

/** The status a new task gets and its rank there: the end of the column if it brings none. */
async function placeFor(ctx: Ctx, facts: ProjectFacts, input: NewTask) {
  const project = uuidIn('project', facts.projectId);
  const found = await statusesWithBottom(ctx.db, project, {
    uuid: input.status_id === undefined ? null : uuidIn('status', input.status_id),
    key: input.status_id === undefined ? (input.status ?? null) : null,
  });
  const statuses = found.length > 0 ? found : await statusesOf(ctx, facts.projectId, facts.workspaceId);
  const status = statusFor(statuses, input) ?? firstStatus(statuses);
  if (input.rank !== undefined) return { status, rank: input.rank };
  const known = found.find((s) => s.id === status.id)?.bottom;
  // Null is also what a column has that was not asked about.
  return { status, rank: rankBetween(known ?? (await bottomRank(ctx.db, project, status.id)), null) };
}

/** Where a task starts if nobody says: the first open status that is not the backlog. */
function firstStatus(statuses: readonly StatusRow[]): StatusRow {
  const open = statuses.filter((s) => !s.archived);
  return (open.find((s) => s.category === 'unstarted') ?? open[0] ?? statuses[0]) as StatusRow;
}

export async function updateTask(
  ctx: Ctx,
  id: Id<'task'>,
  edit: TaskEdit & { base?: number },
): Promise<Task & { overwritten?: Overwritten[] }> {
  const { facts } = await requireTask(ctx, id, 'task.edit');
  const people = [...(edit.add_assignee_ids ?? []), ...(edit.assigned_to_id ? [edit.assigned_to_id] : [])];
  await requireAssignable(ctx, facts.projectId, people);
  const needsStatuses = edit.status !== undefined || edit.status_id !== undefined;
  const statuses = needsStatuses ? await statusesOf(ctx, facts.projectId, facts.workspaceId) : [];
  return ctx.write(async (tx) => {
    const row = await lockTask(tx, id);
    if (!row || row.project_id !== uuidIn('project', facts.projectId)) throw fail('not_found');
    ctx.checkVersion(row.version);
    const overwritten =
      edit.base === undefined
        ? {}
        : { overwritten: await overwrittenSince(tx, ctx.userId, row, edit, edit.base) };
    const next = await applyEdit(tx, row, edit, statuses);
    if (!differs(row, next)) return { ...taskOf(row, facts.key), ...overwritten };
    const saved = await saveTask(tx, next);
    await recountParents(tx, row, saved);
    recordUpdate(tx, row, saved, facts.key);
    return { ...taskOf(saved, facts.key), ...overwritten };
  });
}

/** PUT: what is left out returns to its default. */
export function replaceTask(ctx: Ctx, id: Id<'task'>, body: TaskEdit & { title: string }): Promise<Task> {
  return updateTask(ctx, id, {
    description: '',
    priority: 'none',
    assigned_to_id: null,
    due_date: null,
    start_date: null,
    ...body,
  });
}

export async function deleteTask(ctx: Ctx, id: Id<'task'>): Promise<undefined> {
  const { row: seen } = await requireTask(ctx, id, 'task.delete');
  return ctx.write(async (tx) => {
    const row = await lockTask(tx, id);
    if (!row || row.project_id !== seen.project_id) throw fail('not_found');
    ctx.checkVersion(row.version);
    const gone = await trashTasks(tx, row.id);
    if (row.parent_id) await countSubtasks(tx, row.parent_id, -1, row.completed_at === null ? 0 : -1);
    for (const one of gone) recordDeleted(tx, one);
    return undefined;
  });
}

/** Takes a task back with everything that was deleted with it. Its parent may be gone meanwhile; then it stands alone. */
export async function restoreTask(ctx: Ctx, id: Id<'task'>): Promise<Task> {
  const trashed = await getTrashedTaskRow(ctx.db, id);
  if (!trashed) throw fail('not_found');
  const facts = await requireProject(ctx, encodeId('project', trashed.project_id), 'task.delete');
  return ctx.write(async (tx) => {
    const rows = await bringBack(tx, trashed, facts.key);
    const row = rows?.find((r) => r.id === trashed.id);
    if (!row)
      throw fail('conflict', { detail: 'It was deleted together with the task above it; restore that one.' });
    return taskOf(row, facts.key);
  });
}

export async function getTaskHistory(
  ctx: Ctx,
  id: Id<'task'>,
  query: { limit?: number; before_seq?: number },
): Promise<ChangePage> {
  const { row } = await requireTask(ctx, id, 'task.view');
  const stream = tasksStream(row.project_id);
  const data: Change[] = await readHistory(ctx.db, {
    sql: `select ${CHANGE_COLUMNS} from log_change where root = $1 and stream = $2 and seq < $3 order by seq desc limit $4`,
    parameters: [row.id, stream, query.before_seq ?? Number.MAX_SAFE_INTEGER, query.limit ?? 100],
  });
  return { data, meta: { stream, head: await headOf(ctx.db, stream), resync: false } };
}
