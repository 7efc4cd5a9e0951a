import { newId } from '@gantry/contracts';
import type { Label, Priority, Task } from '@gantry/contracts/tasks';
import type { ProjectStore } from '../sync/project-store.ts';

/** Puts a task on top of another column. */
export function setTaskStatus(store: ProjectStore, task: Task, statusId: string): void {
  if (task.status_id === statusId) return;
  const rank = store.rankAt(statusId, 'start', task.id);
  store.write({ kind: 'task.update', taskId: task.id, patch: { status_id: statusId, rank } });
}

export function setTaskPriority(store: ProjectStore, task: Task, priority: Priority): void {
  if (task.priority !== priority) store.write({ kind: 'task.update', taskId: task.id, patch: { priority } });
}

export function toggleAssignee(store: ProjectStore, task: Task, userId: string): void {
  const patch = task.assignee_ids.includes(userId)
    ? { remove_assignee_ids: [userId] }
    : { add_assignee_ids: [userId] };
  store.write({ kind: 'task.update', taskId: task.id, patch });
}

export function toggleLabel(store: ProjectStore, task: Task, labelId: string): void {
  const patch = task.label_ids.includes(labelId)
    ? { remove_label_ids: [labelId] }
    : { add_label_ids: [labelId] };
  store.write({ kind: 'task.update', taskId: task.id, patch });
}

const NEW_LABEL_COLORS = [
  'blue',
  'green',
  'amber',
  'violet',
  'pink',
  'teal',
  'orange',
  'sky',
  'red',
  'lime',
] as const;

/** Makes a label and puts it on a task. */
export function addNewLabel(store: ProjectStore, task: Task, name: string): void {
  const id = newId('label');
  const color: Label['color'] = NEW_LABEL_COLORS[store.view.labels.size % NEW_LABEL_COLORS.length] ?? 'blue';
  store.write({ kind: 'label.create', label: { id, name: name.slice(0, 60), color } });
  store.write({ kind: 'task.update', taskId: task.id, patch: { add_label_ids: [id] } });
}

export function setDueDate(store: ProjectStore, task: Task, due: string | null): void {
  if (task.due_date !== due) store.write({ kind: 'task.update', taskId: task.id, patch: { due_date: due } });
}

/** The name of a task for messages: its key, or its title while it has none yet. */
export function taskName(task: Pick<Task, 'key' | 'title'>): string {
  return task.key || `“${task.title}”`;
}
