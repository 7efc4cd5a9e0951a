import { type Id, type List, newId, rankBetween } from '@gantry/contracts';
import { type Status, statusDeleted, statusUpdated, taskErrors } from '@gantry/contracts/tasks';
import { fail, failWith, field, isDuplicate, listOf, pageOf, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { moveStatusOfTasks } from '../tasks/bulk-status.ts';
import {
  deleteStatusRow,
  insertStatus,
  listStatusRows,
  lockStatuses,
  type StatusRow,
  saveStatus,
  seedStatuses,
  statusInUse,
  statusOf,
} from './statuses.store.ts';

const EDITABLE = ['name', 'category', 'color', 'rank', 'archived'] as const;
type Edit = Partial<Pick<Status, (typeof EDITABLE)[number]>>;

/** Statuses in board order; a project whose `project.created` has not arrived yet gets them here. */
export async function statusesOf(
  ctx: Ctx,
  projectId: Id<'project'>,
  workspaceId: Id<'workspace'>,
): Promise<StatusRow[]> {
  const rows = await listStatusRows(ctx.db, uuidIn('project', projectId));
  if (rows.length > 0) return rows;
  await ctx.prepare((tx) => seedStatuses(tx, projectId, workspaceId));
  return listStatusRows(ctx.db, uuidIn('project', projectId));
}

export async function listStatuses(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { page?: number; limit?: number },
): Promise<List<Status>> {
  const { workspaceId } = await requireProject(ctx, projectId, 'project.view');
  const page = pageOf(query);
  const rows = await statusesOf(ctx, projectId, workspaceId);
  return listOf(rows.slice(page.offset, page.offset + page.limit).map(statusOf), rows.length, page);
}

function nameTaken() {
  return failWith(taskErrors, 'name_taken', {
    fields: [field('body/name', 'name_taken', 'Another status of the project has this name.')],
  });
}

/** A machine name from a display name, unique among those given. Names without Latin letters get `status`. */
export function statusKey(name: string, taken: ReadonlySet<string>): string {
  const base =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 30) || 'status';
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) if (!taken.has(`${base}_${n}`)) return `${base}_${n}`;
}

export async function createStatus(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: {
    id?: Id<'status'>;
    name: string;
    category: Status['category'];
    color?: Status['color'];
    rank?: string;
  },
): Promise<Status> {
  const { workspaceId } = await requireProject(ctx, projectId, 'status.manage');
  await statusesOf(ctx, projectId, workspaceId);
  try {
    return await ctx.write(async (tx) => {
      const all = await lockStatuses(tx, uuidIn('project', projectId));
      const row = await insertStatus(
        tx,
        {
          id: input.id ?? newId('status'),
          project_id: projectId,
          key: statusKey(input.name, new Set(all.map((s) => s.key))),
          name: input.name,
          category: input.category,
          color: input.color ?? 'gray',
          rank: input.rank ?? rankBetween(all.at(-1)?.rank ?? null, null),
        },
        workspaceId,
      );
      if (!row) throw nameTaken();
      return statusOf(row);
    });
  } catch (error) {
    if (isDuplicate(error, 'statuses_name')) throw nameTaken();
    throw error;
  }
}

export async function updateStatus(
  ctx: Ctx,
  projectId: Id<'project'>,
  statusId: Id<'status'>,
  edit: Edit,
): Promise<Status> {
  const { workspaceId } = await requireProject(ctx, projectId, 'status.manage');
  try {
    return await ctx.write(async (tx) => {
      const all = await lockStatuses(tx, uuidIn('project', projectId));
      const row = all.find((s) => s.id === uuidIn('status', statusId));
      if (!row) throw fail('not_found');
      ctx.checkVersion(row.version);
      const changed = EDITABLE.filter((name) => edit[name] !== undefined && edit[name] !== row[name]);
      if (changed.length === 0) return statusOf(row);
      if (edit.archived && all.every((s) => s.archived || s.id === row.id))
        throw failWith(taskErrors, 'last_status');
      const saved = await saveStatus(tx, {
        ...row,
        ...Object.fromEntries(changed.map((name) => [name, edit[name]])),
      });
      const pick = (from: StatusRow) => Object.fromEntries(changed.map((name) => [name, from[name]]));
      tx.record(statusUpdated, {
        stream: tasksStream(row.project_id),
        workspaceId,
        entityId: statusId,
        root: projectId,
        version: saved.version,
        before: pick(row),
        after: pick(saved),
      });
      return statusOf(saved);
    });
  } catch (error) {
    if (isDuplicate(error, 'statuses_name')) throw nameTaken();
    throw error;
  }
}

/** Deletes a status. Its tasks move to `moveTo` first, in chunks; tasks that arrive meanwhile make it answer `status_in_use`. */
export async function deleteStatus(
  ctx: Ctx,
  projectId: Id<'project'>,
  statusId: Id<'status'>,
  moveTo: Id<'status'> | undefined,
): Promise<undefined> {
  const { workspaceId } = await requireProject(ctx, projectId, 'status.manage');
  const all = await listStatusRows(ctx.db, uuidIn('project', projectId));
  const row = all.find((s) => s.id === uuidIn('status', statusId));
  if (!row) throw fail('not_found');
  if (all.length === 1) throw failWith(taskErrors, 'last_status');
  const target =
    moveTo === undefined ? undefined : all.find((s) => s.id === uuidIn('status', moveTo) && s.id !== row.id);
  if (moveTo !== undefined && !target)
    throw failWith(taskErrors, 'unknown_status', {
      fields: [field('query/move_to', 'unknown_status', 'Use another status of the same project.')],
    });
  const used = await statusInUse(ctx.db, row);
  if (used.live && !target) throw failWith(taskErrors, 'status_in_use');
  const heir = target ?? (all.find((s) => s.id !== row.id) as StatusRow);
  if (used.any) await moveStatusOfTasks(ctx, row, heir);
  return ctx.write(async (tx) => {
    const locked = await lockStatuses(tx, row.project_id);
    if (!locked.some((s) => s.id === row.id)) throw fail('not_found');
    if (locked.length === 1) throw failWith(taskErrors, 'last_status');
    if ((await statusInUse(tx, row)).any) throw failWith(taskErrors, 'status_in_use');
    await deleteStatusRow(tx, row.id);
    tx.record(statusDeleted, {
      stream: tasksStream(row.project_id),
      workspaceId,
      entityId: statusId,
      root: projectId,
      version: row.version + 1,
      before: statusOf(row),
      after: {},
    });
    return undefined;
  });
}
