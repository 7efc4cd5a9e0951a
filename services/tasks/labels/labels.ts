import { type Id, type List, newId } from '@gantry/contracts';
import { type Label, labelDeleted, labelUpdated, taskErrors } from '@gantry/contracts/tasks';
import { fail, failWith, field, isDuplicate, listOf, pageOf, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import {
  deleteLabelRow,
  insertLabel,
  type LabelRow,
  labelOf,
  listLabelRows,
  lockLabel,
  saveLabel,
} from './labels.store.ts';

export async function listLabels(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { page?: number; limit?: number },
): Promise<List<Label>> {
  await requireProject(ctx, projectId, 'project.view');
  const page = pageOf(query);
  const rows = await listLabelRows(ctx.db, uuidIn('project', projectId));
  return listOf(rows.slice(page.offset, page.offset + page.limit).map(labelOf), rows.length, page);
}

async function withFreeName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicate(error, 'labels_name')) throw error;
    throw failWith(taskErrors, 'name_taken', {
      fields: [field('body/name', 'name_taken', 'Another label of the project has this name.')],
    });
  }
}

export async function createLabel(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: { id?: Id<'label'>; name: string; color?: Label['color'] },
): Promise<Label> {
  const { workspaceId } = await requireProject(ctx, projectId, 'label.manage');
  return withFreeName(() =>
    ctx.write(async (tx) =>
      labelOf(
        await insertLabel(
          tx,
          {
            id: input.id ?? newId('label'),
            project_id: projectId,
            name: input.name,
            color: input.color ?? 'gray',
          },
          workspaceId,
        ),
      ),
    ),
  );
}

export async function updateLabel(
  ctx: Ctx,
  projectId: Id<'project'>,
  labelId: Id<'label'>,
  edit: { name?: string; color?: Label['color'] },
): Promise<Label> {
  const { workspaceId } = await requireProject(ctx, projectId, 'label.manage');
  return withFreeName(() =>
    ctx.write(async (tx) => {
      const row = await lockLabel(tx, uuidIn('project', projectId), uuidIn('label', labelId));
      if (!row) throw fail('not_found');
      ctx.checkVersion(row.version);
      const changed = (['name', 'color'] as const).filter(
        (name) => edit[name] !== undefined && edit[name] !== row[name],
      );
      if (changed.length === 0) return labelOf(row);
      const saved = await saveLabel(tx, {
        ...row,
        ...Object.fromEntries(changed.map((name) => [name, edit[name]])),
      });
      const pick = (from: LabelRow) => Object.fromEntries(changed.map((name) => [name, from[name]]));
      tx.record(labelUpdated, {
        stream: tasksStream(row.project_id),
        workspaceId,
        entityId: labelId,
        root: projectId,
        version: saved.version,
        before: pick(row),
        after: pick(saved),
      });
      return labelOf(saved);
    }),
  );
}

export async function deleteLabel(
  ctx: Ctx,
  projectId: Id<'project'>,
  labelId: Id<'label'>,
): Promise<undefined> {
  const { workspaceId } = await requireProject(ctx, projectId, 'label.manage');
  return ctx.write(async (tx) => {
    const row = await lockLabel(tx, uuidIn('project', projectId), uuidIn('label', labelId));
    if (!row) throw fail('not_found');
    await deleteLabelRow(tx, row);
    tx.record(labelDeleted, {
      stream: tasksStream(row.project_id),
      workspaceId,
      entityId: labelId,
      root: projectId,
      version: row.version + 1,
      before: labelOf(row),
      after: {},
    });
    return undefined;
  });
}
