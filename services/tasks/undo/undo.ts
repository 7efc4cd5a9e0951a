import { setTimeout as pause } from 'node:timers/promises';
import { type Change, type Id, projectAllows } from '@gantry/contracts';
import { KEPT_LISTED, type Kept, type UndoResult } from '@gantry/contracts/tasks';
import { fail, field, type Transaction, uuidIn } from '@gantry/kit';
import { canSee, type ProjectFacts, requireProject } from '../access/project-access.ts';
import { batchFor } from '../batches/batches.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { listLabelRows } from '../labels/labels.store.ts';
import { listStatusRows } from '../statuses/statuses.store.ts';
import { differs, recordUpdate } from '../tasks/task-changes.ts';
import { recountParents } from '../tasks/task-edit.ts';
import { lockTask, saveTask } from '../tasks/tasks.store.ts';
import { changeIn, changesOf, parentsOf, undoneBy } from './undo.store.ts';
import { undoComment } from './undo-comments.ts';
import { fieldsReturned, type KeptField } from './undo-fields.ts';
import { canBeBelow, families, undoCreate, undoCreates, undoDelete } from './undo-trash.ts';
import type { Undoing } from './undoing.ts';

/** Changes undone in one transaction. */
const CHUNK = 200;

/** What stays of a change, and whether at least a part of it is undone. */
interface Outcome {
  kept: KeptField[];
  isBack: boolean;
}
type Outcomes = Map<Change, Outcome>;

/**
 * Undoes a change or a batch, by what the signed-in person may do today. Deletions come back first, then fields
 * and comments, latest first, then what was made goes to the trash.
 */
export async function undo(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: { change_id?: Id<'change'>; batch_id?: Id<'batch'> },
): Promise<UndoResult> {
  const facts = await requireProject(ctx, projectId, 'comment.create');
  const projectUuid = uuidIn('project', projectId);
  const undoing: Undoing = { facts, projectUuid, batchId: batchFor(ctx), restored: new Set() };
  const changes = await asked(ctx, tasksStream(projectUuid), input);
  if (input.change_id && refusalOf(changes[0] as Change, facts) === 'forbidden') throw fail('forbidden');
  const done = await undoneBy(ctx.db, undoing.batchId);
  const outcomes: Outcomes = new Map(changes.map((change) => [change, whole(refusalOf(change, facts))]));
  for (const step of steps(ctx, undoing, changes, input.batch_id !== undefined)) {
    // What an earlier, interrupted run of this request has done stays done.
    const open = step.changes.filter((change) => !done.has(uuidIn('change', change.id)));
    for (const change of step.changes) outcomes.set(change, whole(null));
    for (const chunk of await step.chunks(open)) {
      await requireProject(ctx, projectId, 'comment.create');
      const people = await assignable(ctx, projectId, chunk);
      const part = await ctx.prepare((tx) => step.run(tx, chunk, people));
      for (const [change, outcome] of part) outcomes.set(change, outcome);
      if (open.length > chunk.length) await pause(5);
    }
  }
  const { batchId } = undoing;
  return ctx.write(async () => resultOf(batchId, outcomes));
}

/** The changes asked for, latest first. Throws `not_found` if there are none in this project. */
async function asked(
  ctx: Ctx,
  stream: string,
  { change_id, batch_id }: { change_id?: Id<'change'>; batch_id?: Id<'batch'> },
): Promise<Change[]> {
  if ((change_id === undefined) === (batch_id === undefined))
    throw fail('invalid_request', {
      fields: [field('body', 'one_of', 'Give change_id or batch_id, one of them.')],
    });
  const found =
    batch_id === undefined
      ? [await changeIn(ctx.db, stream, change_id as Id<'change'>)]
      : await changesOf(ctx.db, stream, batch_id);
  const changes = found.filter((change) => change !== undefined);
  if (changes.length === 0) throw fail('not_found');
  return changes;
}

const UNDOABLE = new Set([
  'task.created',
  'task.updated',
  'task.deleted',
  'task.restored',
  'task.comment.created',
  'task.comment.updated',
  'task.comment.deleted',
  'task.comment.restored',
]);

/** Why a change stays before anybody looks closer, or null: nothing undoes its kind, or today's role does not allow the opposite. */
function refusalOf(change: Change, { role }: ProjectFacts): Kept['reason'] | null {
  if (!UNDOABLE.has(change.event)) return 'not_undoable';
  // Whose comment it is, is looked at when it is locked.
  if (change.entity === 'comment') return null;
  return projectAllows(role, change.op === 'updated' ? 'task.edit' : 'task.delete') ? null : 'forbidden';
}

interface Step {
  changes: Change[];
  chunks(changes: Change[]): Promise<Change[][]>;
  run(tx: Transaction, chunk: Change[], people: ReadonlySet<string>): Promise<Outcomes>;
}

/** How the changes are undone: what was deleted comes back first, what was made goes last. */
function steps(ctx: Ctx, undoing: Undoing, changes: readonly Change[], isBatch: boolean): Step[] {
  const open = changes.filter((change) => refusalOf(change, undoing.facts) === null);
  const of = (...ops: string[]) =>
    open.filter((change) => change.entity === 'task' && ops.includes(change.op));
  return [
    {
      changes: of('deleted'),
      chunks: async (some) => slices(some),
      run: (tx, chunk) => restoreChunk(tx, undoing, chunk),
    },
    {
      changes: open.filter((change) => change.entity === 'comment' || change.op === 'updated'),
      chunks: async (some) => slices(some),
      run: (tx, chunk, people) => editChunk(tx, ctx, undoing, chunk, people),
    },
    {
      changes: of('created', 'restored'),
      async chunks(some) {
        const uuids = some.map((change) => uuidIn('task', change.entity_id));
        return families(some, await parentsOf(ctx.db, uuids), CHUNK);
      },
      run: (tx, chunk) => trashChunk(tx, undoing, chunk, isBatch),
    },
  ];
}

function slices(changes: Change[]): Change[][] {
  return Array.from({ length: Math.ceil(changes.length / CHUNK) }, (_, i) =>
    changes.slice(i * CHUNK, (i + 1) * CHUNK),
  );
}

async function restoreChunk(tx: Transaction, undoing: Undoing, chunk: Change[]): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  for (const change of chunk) outcomes.set(change, whole(await undoDelete(tx, undoing, change)));
  // A task is logged after the one it was deleted with, so it may have been looked at too early.
  for (const [change, { kept }] of outcomes)
    if (kept[0]?.reason === 'deleted_with_parent')
      outcomes.set(change, whole(await undoDelete(tx, undoing, change)));
  return outcomes;
}

async function editChunk(
  tx: Transaction,
  ctx: Ctx,
  undoing: Undoing,
  chunk: Change[],
  people: ReadonlySet<string>,
): Promise<Outcomes> {
  const { projectUuid } = undoing;
  const statuses = await listStatusRows(tx, projectUuid);
  const labels = new Set((await listLabelRows(tx, projectUuid)).map((label) => label.id));
  const outcomes: Outcomes = new Map();
  for (const change of chunk) {
    if (change.entity === 'comment') {
      outcomes.set(change, whole(await undoComment(tx, ctx, undoing, change)));
      continue;
    }
    const row = await lockTask(tx, change.entity_id);
    if (!row || row.project_id !== projectUuid) {
      outcomes.set(change, whole('gone'));
      continue;
    }
    const { next, kept } = await fieldsReturned(row, change, {
      statuses,
      labels,
      people,
      canBeBelow: (parent) => canBeBelow(tx, projectUuid, row.id, parent),
    });
    const isBack = differs(row, next);
    if (isBack) {
      const saved = await saveTask(tx, next);
      await recountParents(tx, row, saved);
      recordUpdate(tx, row, saved, undoing.facts.key, { batchId: undoing.batchId, undoes: change.id });
    }
    outcomes.set(change, { kept, isBack });
  }
  return outcomes;
}

async function trashChunk(
  tx: Transaction,
  undoing: Undoing,
  chunk: Change[],
  isBatch: boolean,
): Promise<Outcomes> {
  if (isBatch) {
    const outcomes = await undoCreates(tx, undoing, chunk);
    return new Map(chunk.map((change) => [change, whole(outcomes.get(change.id) ?? null)]));
  }
  const outcomes: Outcomes = new Map();
  for (const change of chunk) outcomes.set(change, whole(await undoCreate(tx, undoing, change)));
  return outcomes;
}

/** UUIDs of the people these changes took off who can see the project today. Asks another service: call before the write. */
async function assignable(
  ctx: Ctx,
  projectId: Id<'project'>,
  changes: readonly Change[],
): Promise<Set<string>> {
  const named = new Set(
    changes.flatMap(({ entity, before }) =>
      entity === 'task' && Array.isArray(before?.assignee_ids) ? (before.assignee_ids as Id<'user'>[]) : [],
    ),
  );
  const seen = await Promise.all(
    [...named].map(async (id) => ((await canSee(ctx, projectId, id)) ? [id] : [])),
  );
  return new Set(seen.flat().map((id) => uuidIn('user', id)));
}

function whole(reason: Kept['reason'] | null): Outcome {
  return reason === null ? { kept: [], isBack: true } : { kept: [{ field: null, reason }], isBack: false };
}

function resultOf(batchId: Id<'batch'>, outcomes: Outcomes): UndoResult {
  const kept = [...outcomes].flatMap(([change, outcome]) =>
    outcome.kept.map(({ field, reason }) => ({
      change_id: change.id,
      entity: change.entity,
      entity_id: change.entity_id,
      field,
      reason,
    })),
  );
  return {
    batch_id: batchId,
    undone: [...outcomes.values()].filter(({ isBack }) => isBack).length,
    kept: kept.slice(0, KEPT_LISTED),
    kept_total: kept.length,
  };
}
