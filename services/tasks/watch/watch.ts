import { encodeId, type Id, type List, newId } from '@gantry/contracts';
import { type Watcher, type Watching, watchChanged } from '@gantry/contracts/tasks';
import { fail, listOf, pageOf, type Transaction, uuidIn } from '@gantry/kit';
import { canSee } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { lockTask } from '../tasks/tasks.store.ts';
import { requireTask } from '../tasks/tasks.ts';
import { listWatcherRows, setWatch } from './watch.store.ts';

export async function listWatchers(
  ctx: Ctx,
  taskId: Id<'task'>,
  query: { page?: number; limit?: number },
): Promise<List<Watcher>> {
  const { row, facts } = await requireTask(ctx, taskId, 'task.view');
  const watchers = (await listWatcherRows(ctx.db, row.id)).map(({ user_id, reason }) => ({
    user_id: encodeId('user', user_id),
    reason,
  }));
  // Who was taken off the project does not watch any more, whatever they chose.
  const seen = await Promise.all(watchers.map(({ user_id }) => canSee(ctx, facts.projectId, user_id)));
  const here = watchers.filter((_, i) => seen[i]);
  const page = pageOf(query);
  return listOf(here.slice(page.offset, page.offset + page.limit), here.length, page);
}

/** Everybody who sees a task may watch it, in an archived project too. */
export async function watchTask(ctx: Ctx, taskId: Id<'task'>): Promise<Watching> {
  await requireTask(ctx, taskId, 'task.view');
  return ctx.write((tx) => choose(tx, ctx, taskId, true));
}

export async function unwatchTask(ctx: Ctx, taskId: Id<'task'>): Promise<undefined> {
  await requireTask(ctx, taskId, 'task.view');
  return ctx.write(async (tx) => {
    await choose(tx, ctx, taskId, false);
    return undefined;
  });
}

async function choose(tx: Transaction, ctx: Ctx, taskId: Id<'task'>, watching: boolean): Promise<Watching> {
  const task = await lockTask(tx, taskId);
  if (!task) throw fail('not_found');
  const user = uuidIn('user', ctx.userId);
  const changed = await setWatch(tx, uuidIn('watch', newId('watch')), task, user, watching);
  const after: Watching = { task_id: taskId, user_id: ctx.userId, watching };
  if (changed) {
    tx.record(watchChanged, {
      stream: tasksStream(task.project_id),
      workspaceId: encodeId('workspace', task.workspace_id),
      entityId: encodeId('watch', changed.id),
      root: taskId,
      version: changed.version,
      after,
    });
  }
  return after;
}
