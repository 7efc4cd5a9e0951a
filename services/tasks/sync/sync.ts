import type { ChangePage, Id } from '@gantry/contracts';
import type { SnapshotLine } from '@gantry/contracts/tasks';
import { headOf, readChangePage, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { labelOf, listLabelRows } from '../labels/labels.store.ts';
import { statusOf } from '../statuses/statuses.store.ts';
import { statusesOf } from '../statuses/statuses.ts';
import { taskOf, taskPages } from '../tasks/tasks.store.ts';

const PAGE = 500;

/**
 * Everything of a project for a live copy. The head is read before the first row, so rows may be newer than it;
 * whoever applies the changes after it skips versions they already have, and ends exactly where the server is.
 */
export async function getSnapshot(ctx: Ctx, projectId: Id<'project'>): Promise<AsyncIterable<SnapshotLine>> {
  const facts = await requireProject(ctx, projectId, 'project.view');
  const project = uuidIn('project', projectId);
  const statuses = await statusesOf(ctx, projectId, facts.workspaceId);
  const stream = tasksStream(project);
  const seq = await headOf(ctx.db, stream);
  async function* lines(): AsyncGenerator<SnapshotLine> {
    yield { type: 'head', stream, seq, project_id: projectId };
    yield {
      type: 'statuses',
      data: (seq === 0 ? statuses : await statusesOf(ctx, projectId, facts.workspaceId)).map(statusOf),
    };
    yield { type: 'labels', data: (await listLabelRows(ctx.db, project)).map(labelOf) };
    let tasks = 0;
    for await (const rows of taskPages(ctx.db, project, PAGE)) {
      tasks += rows.length;
      yield { type: 'tasks', data: rows.map((row) => taskOf(row, facts.key)) };
    }
    yield { type: 'end', tasks };
  }
  return lines();
}

export async function getChanges(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { after: number; limit?: number },
): Promise<ChangePage> {
  await requireProject(ctx, projectId, 'project.view');
  return readChangePage(ctx.db, tasksStream(uuidIn('project', projectId)), query.after, query.limit ?? 500);
}
