import { type Change, encodeId, type Id } from '@gantry/contracts';
import type { Kept } from '@gantry/contracts/tasks';
import { type Transaction, uuidIn } from '@gantry/kit';
import { tasksStream } from '../context.ts';
import { ancestorsOf, countSubtasks, type TaskRow, trashTasks } from '../tasks/tasks.store.ts';
import { bringBack, recordDeleted } from '../tasks/trash.ts';
import { lockLive, lockTrashed, touchedSince, trashWith, withOtherChildren } from './undo.store.ts';
import type { Undoing } from './undoing.ts';

type Outcome = Kept['reason'] | null;

const taskIn = (change: Change) => uuidIn('task', change.entity_id);

/** Undoes a deletion. Null if it is undone, else why not. */
export async function undoDelete(tx: Transaction, undoing: Undoing, change: Change): Promise<Outcome> {
  const row = await lockTrashed(tx, undoing.projectUuid, taskIn(change));
  // Come back already, perhaps with the task above it in this very undo.
  if (!row) return undoing.restored.has(change.entity_id) ? null : 'changed_since';
  if (row.deleted_at !== change.after?.deleted_at) return 'changed_since';
  if (row.deleted_with !== row.id) return 'deleted_with_parent';
  const rows = await bringBack(tx, row, undoing.facts.key, { batchId: undoing.batchId, undoes: change.id });
  for (const one of rows ?? []) undoing.restored.add(encodeId('task', one.id));
  return null;
}

/** Undoes one creation or restoring: the task and all below it go to the trash. */
export async function undoCreate(tx: Transaction, undoing: Undoing, change: Change): Promise<Outcome> {
  const [row] = await lockLive(tx, undoing.projectUuid, [taskIn(change)]);
  if (!row) return 'gone';
  const gone = await trashTasks(tx, row.id);
  if (row.parent_id) await countSubtasks(tx, row.parent_id, -1, row.completed_at === null ? 0 : -1);
  for (const one of gone) {
    const undoes = one.id === row.id ? change.id : null;
    recordDeleted(tx, one, { batchId: undoing.batchId, undoes });
  }
  return null;
}

/**
 * Undoes creations and restorings of a batch: what nobody else has touched since goes to the trash. A task stays if
 * one below it stays.
 */
export async function undoCreates(
  tx: Transaction,
  undoing: Undoing,
  changes: readonly Change[],
): Promise<Map<Id<'change'>, Outcome>> {
  const made = new Map(changes.map((change) => [taskIn(change), change]));
  const rows = new Map(
    (await lockLive(tx, undoing.projectUuid, [...made.keys()])).map((row) => [row.id, row]),
  );
  const since = new Map([...rows.keys()].map((id) => [id, made.get(id)?.seq ?? 0]));
  const [first] = changes;
  const stay = await touchedSince(tx, since, {
    stream: tasksStream(undoing.projectUuid),
    batch: uuidIn('batch', first?.batch_id as string),
    actor: first?.actor ? uuidIn('user', first.actor) : null,
  });
  for (const id of await withOtherChildren(tx, [...rows.keys()])) stay.add(id);
  for (const id of [...stay]) keepAbove(rows, stay, id);
  const tops = new Map<string, string>();
  for (const id of rows.keys()) if (!stay.has(id)) tops.set(id, topOf(rows, stay, id));
  const gone = await trashWith(tx, tops);
  for (const one of gone) {
    if (one.parent_id !== null && tops.get(one.id) === one.id)
      await countSubtasks(tx, one.parent_id, -1, one.completed_at === null ? 0 : -1);
    recordDeleted(tx, one, { batchId: undoing.batchId, undoes: made.get(one.id)?.id ?? null });
  }
  return new Map(
    changes.map((change) => {
      const id = taskIn(change);
      return [change.id, tops.has(id) ? null : rows.has(id) ? 'touched_by_others' : 'gone'];
    }),
  );
}

function keepAbove(rows: ReadonlyMap<string, TaskRow>, stay: Set<string>, id: string): void {
  for (let at = rows.get(id)?.parent_id; at && rows.has(at) && !stay.has(at); at = rows.get(at)?.parent_id)
    stay.add(at);
}

/** The topmost task above this one that is in the trash with it: nothing below a task that goes stays. */
function topOf(rows: ReadonlyMap<string, TaskRow>, stay: ReadonlySet<string>, id: string): string {
  let top = id;
  for (let at = rows.get(top)?.parent_id; at && rows.has(at) && !stay.has(at); at = rows.get(at)?.parent_id)
    top = at;
  return top;
}

/** Whether a task may become the parent of another: there, in the project, and not below it. */
export async function canBeBelow(
  tx: Transaction,
  projectUuid: string,
  taskUuid: string,
  parentUuid: string,
): Promise<boolean> {
  const [parent] = await lockLive(tx, projectUuid, [parentUuid]);
  return parent !== undefined && !(await ancestorsOf(tx, parentUuid)).has(taskUuid);
}

/** Groups of changes whose tasks hang together, so that a task and what is below it are judged in one transaction. */
export function families(
  changes: readonly Change[],
  parents: ReadonlyMap<string, string | null>,
  size: number,
): Change[][] {
  const byTop = new Map<string, Change[]>();
  const mine = new Set(changes.map(taskIn));
  for (const change of changes) {
    let top = taskIn(change);
    for (let at = parents.get(top); at && mine.has(at); at = parents.get(at)) top = at;
    const family = byTop.get(top);
    if (family) family.push(change);
    else byTop.set(top, [change]);
  }
  const groups: Change[][] = [];
  let open: Change[] = [];
  for (const family of byTop.values()) {
    if (open.length > 0 && open.length + family.length > size) {
      groups.push(open);
      open = [];
    }
    open.push(...family);
  }
  if (open.length > 0) groups.push(open);
  return groups;
}
