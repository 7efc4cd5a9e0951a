import type { Change } from '@gantry/contracts';
import type { Label, Priority, Status } from '@gantry/contracts/tasks';
import { PRIORITY_NAMES } from '../../entities/priority-icon.tsx';
import { shortDate } from '../../lib/dates.ts';

export interface HistoryNames {
  person(id: string): string;
  status(idOrKey: unknown): string;
  label(id: string): string;
  task(id: string): string;
}

type Fields = Record<string, unknown>;

/** What a change did, as the rest of a sentence that begins with a name; null if it is not worth telling. */
export function historyText(change: Change, names: HistoryNames): string | null {
  if (change.entity === 'comment') return change.op === 'deleted' ? 'deleted a comment' : null;
  if (change.entity !== 'task') return null;
  switch (change.op) {
    case 'created':
      return change.origin === 'import' && !change.external_actor
        ? 'created this (imported)'
        : 'created this';
    case 'deleted':
      return 'deleted this';
    case 'restored':
      return 'restored this';
    case 'entered':
      return 'moved this here from another project';
    case 'left':
      return 'moved this to another project';
    default:
      return updateText(change.before ?? {}, change.after ?? {}, names);
  }
}

function updateText(before: Fields, after: Fields, names: HistoryNames): string | null {
  const parts: string[] = [];
  if ('title' in after) parts.push(`renamed this to “${String(after.title)}”`);
  if ('description' in after)
    parts.push(after.description ? 'changed the description' : 'removed the description');
  if ('status_id' in after || 'status' in after) parts.push(statusText(before, after, names));
  if ('priority' in after) parts.push(priorityText(after.priority));
  parts.push(...setText(before.assignee_ids, after.assignee_ids, names.person, 'assigned', 'unassigned'));
  parts.push(
    ...setText(before.label_ids, after.label_ids, names.label, 'added the label', 'removed the label'),
  );
  if ('due_date' in after) parts.push(dateText('due date', after.due_date));
  if ('start_date' in after) parts.push(dateText('start date', after.start_date));
  if ('parent_id' in after)
    parts.push(
      after.parent_id
        ? `made this a subtask of ${names.task(String(after.parent_id))}`
        : 'made this a task of its own',
    );
  if ('archived' in after) parts.push(after.archived ? 'archived this' : 'took this out of the archive');
  return parts.length > 0 ? joinParts(parts) : null;
}

function statusText(before: Fields, after: Fields, names: HistoryNames): string {
  const to = names.status(after.status_id ?? after.status);
  const old = before.status_id ?? before.status;
  return old === undefined || old === null
    ? `moved this to ${to}`
    : `moved this from ${names.status(old)} to ${to}`;
}

function priorityText(value: unknown): string {
  if (value === 'none') return 'removed the priority';
  return `set the priority to ${PRIORITY_NAMES[value as Priority] ?? String(value)}`;
}

function dateText(name: string, value: unknown): string {
  return typeof value === 'string' ? `set the ${name} to ${shortDate(value)}` : `removed the ${name}`;
}

function setText(
  before: unknown,
  after: unknown,
  name: (id: string) => string,
  added: string,
  removed: string,
): string[] {
  if (!Array.isArray(after)) return [];
  const old = Array.isArray(before) ? (before as string[]) : [];
  const now = after as string[];
  const plus = now.filter((id) => !old.includes(id)).map(name);
  const minus = old.filter((id) => !now.includes(id)).map(name);
  return [
    ...(plus.length > 0 ? [`${added} ${joinParts(plus)}`] : []),
    ...(minus.length > 0 ? [`${removed} ${joinParts(minus)}`] : []),
  ];
}

function joinParts(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Names from what the project's live copy holds. */
export function statusNamer(statuses: ReadonlyMap<string, Status>): HistoryNames['status'] {
  return (value) => {
    const text = String(value);
    const found = statuses.get(text) ?? [...statuses.values()].find((status) => status.key === text);
    return found?.name ?? (text.startsWith('status_') ? 'a deleted status' : text);
  };
}

export function labelNamer(labels: ReadonlyMap<string, Label>): HistoryNames['label'] {
  return (id) => labels.get(id)?.name || 'a deleted label';
}
