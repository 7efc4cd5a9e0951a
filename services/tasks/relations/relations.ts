import { encodeId, type Id, newId } from '@gantry/contracts';
import {
  RELATIONS_LIMIT,
  type Relation,
  type RelationType,
  relationCreated,
  relationDeleted,
  relationErrors,
  taskErrors,
} from '@gantry/contracts/tasks';
import { fail, failWith, type Transaction, uuidIn } from '@gantry/kit';
import { type ProjectFacts, projectFacts } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { requireTask } from '../tasks/tasks.ts';
import {
  blockingLeads,
  countRelations,
  deleteRelation,
  findRelation,
  holdTasks,
  insertRelation,
  listRelatedRows,
  lockRelations,
  type RelatedRow,
  type RelationKind,
  type RelationRow,
  relationOfTask,
} from './relations.store.ts';

const BACKWARDS = { blocks: 'blocked_by', duplicates: 'duplicated_by', relates: 'relates' } as const;

/** What the other task is to this one. */
function typeFrom(row: RelationRow, taskUuid: string): RelationType {
  return row.from_task_id === taskUuid ? row.kind : BACKWARDS[row.kind];
}

/** The row a relation of this type is kept as. */
function keptAs(type: RelationType, task: string, other: string) {
  const [kind, from, to]: [RelationKind, string, string] =
    type === 'blocked_by'
      ? ['blocks', other, task]
      : type === 'duplicated_by'
        ? ['duplicates', other, task]
        : [type, task, other];
  const isReversed = kind === 'relates' && to < from;
  return { kind, from_task_id: isReversed ? to : from, to_task_id: isReversed ? from : to };
}

/** The relations of a task to tasks the signed-in person can see; nothing tells of others. */
export async function listRelations(ctx: Ctx, taskId: Id<'task'>): Promise<{ data: Relation[] }> {
  const { row } = await requireTask(ctx, taskId, 'task.view');
  const related = await listRelatedRows(ctx.db, row.id);
  const projects = new Map<string, ProjectFacts>();
  await Promise.all(
    [...new Set(related.map((r) => r.project_id))].map(async (uuid) => {
      const { value } = await projectFacts(ctx, encodeId('project', uuid), ctx.userId);
      if (value.role !== null) projects.set(uuid, value);
    }),
  );
  return {
    data: related.flatMap((r) => {
      const facts = projects.get(r.project_id);
      return facts ? [relationOf(r, row.id, facts.key)] : [];
    }),
  };
}

function relationOf(row: RelatedRow, taskUuid: string, keyPrefix: string): Relation {
  return {
    id: encodeId('relation', row.id),
    type: typeFrom(row, taskUuid),
    task_id: encodeId('task', row.other_id),
    project_id: encodeId('project', row.project_id),
    key: `${keyPrefix}-${row.number}`,
    title: row.title,
    status: row.status,
    category: row.category,
    created_by_id: row.created_by_id === null ? null : encodeId('user', row.created_by_id),
    created_at: row.created_at,
  };
}

/** Relates a task one may edit to another one may see. Circles of blocking are refused, however many write at once. */
export async function addRelation(
  ctx: Ctx,
  taskId: Id<'task'>,
  input: { id?: Id<'relation'>; type: RelationType; task_id: Id<'task'> },
): Promise<Relation> {
  const { row: task } = await requireTask(ctx, taskId, 'task.edit');
  const { row: other, facts } = await requireTask(ctx, input.task_id, 'task.view');
  if (other.id === task.id) throw failWith(relationErrors, 'related_to_itself');
  if (other.workspace_id !== task.workspace_id) throw failWith(relationErrors, 'other_workspace');
  // Its history would change too.
  if (facts.status === 'archived') throw failWith(taskErrors, 'project_archived');
  const kept = keptAs(input.type, task.id, other.id);
  return ctx.write(async (tx) => {
    await lockRelations(tx, task.workspace_id);
    const held = await holdTasks(tx, [task.id, other.id]);
    for (const one of [task, other]) if (held.get(one.id) !== one.project_id) throw fail('not_found');
    let made = await findRelation(tx, kept);
    if (!made) {
      for (const one of [task, other])
        if ((await countRelations(tx, one.id)) >= RELATIONS_LIMIT)
          throw failWith(relationErrors, 'too_many_relations');
      if (kept.kind === 'blocks' && (await blockingLeads(tx, kept.to_task_id, kept.from_task_id)))
        throw failWith(relationErrors, 'blocking_cycle');
      made = await insertRelation(tx, {
        ...kept,
        id: uuidIn('relation', input.id ?? newId('relation')),
        workspace_id: task.workspace_id,
        created_by_id: uuidIn('user', ctx.userId),
      });
      if (!made) throw fail('conflict');
      record(tx, made, task, other, 'created');
      record(tx, made, other, task, 'created');
    }
    const related = (await listRelatedRows(tx, task.id)).find((r) => r.id === made.id);
    return relationOf(related as RelatedRow, task.id, facts.key);
  });
}

export async function removeRelation(
  ctx: Ctx,
  taskId: Id<'task'>,
  relationId: Id<'relation'>,
): Promise<undefined> {
  const { row: task } = await requireTask(ctx, taskId, 'task.edit');
  const related = await relationOfTask(ctx.db, uuidIn('relation', relationId), task.id);
  if (!related) throw fail('not_found');
  const { value } = await projectFacts(ctx, encodeId('project', related.project_id), ctx.userId);
  // What one may not see is not there.
  if (value.role === null) throw fail('not_found');
  return ctx.write(async (tx) => {
    await lockRelations(tx, task.workspace_id);
    await holdTasks(tx, [task.id, related.other_id]);
    const gone = await deleteRelation(tx, related.id);
    if (!gone) throw fail('not_found');
    const other = { id: related.other_id, project_id: related.project_id };
    record(tx, gone, task, other, 'deleted');
    record(tx, gone, other, task, 'deleted');
    return undefined;
  });
}

/** Logs the relation in the history of one of its tasks, as seen from there. */
function record(
  tx: Transaction,
  row: RelationRow,
  task: { id: string; project_id: string },
  other: { id: string },
  op: 'created' | 'deleted',
): void {
  const task_id = encodeId('task', task.id);
  const fields = { type: typeFrom(row, task.id), task_id, other_task_id: encodeId('task', other.id) };
  tx.record(op === 'created' ? relationCreated : relationDeleted, {
    stream: tasksStream(task.project_id),
    workspaceId: encodeId('workspace', row.workspace_id),
    entityId: encodeId('relation', row.id),
    root: task_id,
    version: op === 'created' ? 1 : 2,
    ...(op === 'created' ? { after: fields } : { before: fields, after: { task_id } }),
  });
}
