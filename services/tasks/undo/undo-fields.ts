import type { Change } from '@gantry/contracts';
import type { Kept, Task } from '@gantry/contracts/tasks';
import { uuidIn } from '@gantry/kit';
import type { StatusRow } from '../statuses/statuses.store.ts';
import { type TaskRow, taskOf } from '../tasks/tasks.store.ts';

/** Fields that go with another: compared and returned with it. */
const GOES_WITH: Record<string, string> = {
  status: 'status_id',
  completed_at: 'status_id',
  assigned_to_id: 'assignee_ids',
};
const PLAIN = ['title', 'description', 'priority', 'start_date', 'due_date', 'archived', 'rank'] as const;

/** What is in the project today; a field does not return to what is not there any more. */
export interface Today {
  statuses: readonly StatusRow[];
  /** UUIDs. */
  labels: ReadonlySet<string>;
  /** May be assigned. */
  people: ReadonlySet<string>;
  /** Whether this task can be the parent. */
  canBeBelow(parentUuid: string): Promise<boolean>;
}

export type KeptField = Pick<Kept, 'field' | 'reason'>;

/**
 * The row as it is after undoing an update: each field that still is what the change made it returns to what it was,
 * the others stay and are listed.
 */
export async function fieldsReturned(
  row: TaskRow,
  change: Pick<Change, 'before' | 'after'>,
  today: Today,
): Promise<{ next: TaskRow; kept: KeptField[] }> {
  const now = taskOf(row, 'X') as unknown as Record<string, unknown>;
  const before = (change.before ?? {}) as Partial<Task> & Record<string, unknown>;
  const after: Record<string, unknown> = change.after ?? {};
  const next = { ...row };
  const kept: KeptField[] = [];
  for (const name of Object.keys(before)) {
    const leader = GOES_WITH[name];
    if (leader !== undefined && leader in before) continue;
    if (JSON.stringify(now[name]) !== JSON.stringify(after[name]))
      kept.push({ field: name, reason: 'changed_since' });
    else {
      const reason = await giveBack(next, name, before, today);
      if (reason) kept.push({ field: name, reason });
    }
  }
  return { next, kept };
}

/** Sets one field to what it was, as far as that is there today; says why if it cannot be, or not wholly. */
async function giveBack(
  next: TaskRow,
  name: string,
  before: Partial<Task>,
  today: Today,
): Promise<Kept['reason'] | null> {
  switch (name) {
    case 'status_id': {
      const uuid = uuidIn('status', before.status_id as string);
      const status = today.statuses.find((s) => s.id === uuid);
      if (!status) return 'gone';
      const then = before.completed_at === undefined ? next.completed_at : before.completed_at;
      next.status_id = status.id;
      next.status = status.key;
      next.completed_at = status.category === 'done' ? (then ?? new Date().toISOString()) : null;
      return null;
    }
    case 'assignee_ids': {
      const then = (before.assignee_ids ?? []).map((id) => uuidIn('user', id));
      next.assignee_ids = then.filter((id) => today.people.has(id) || next.assignee_ids.includes(id));
      next.assigned_to_id = next.assignee_ids[0] ?? null;
      return next.assignee_ids.length === then.length ? null : 'gone';
    }
    case 'label_ids': {
      const then = (before.label_ids ?? []).map((id) => uuidIn('label', id));
      next.label_ids = then.filter((id) => today.labels.has(id));
      return next.label_ids.length === then.length ? null : 'gone';
    }
    case 'parent_id': {
      const then = before.parent_id ? uuidIn('task', before.parent_id) : null;
      if (then !== null && !(await today.canBeBelow(then))) return 'gone';
      next.parent_id = then;
      return null;
    }
    default:
      if (!(PLAIN as readonly string[]).includes(name)) return 'not_undoable';
      Object.assign(next, { [name]: before[name as keyof Task] });
      return null;
  }
}
