import type { ProjectState } from './project-state.ts';
import type { Intent } from './writes.ts';

/** What somebody tried, for a sentence such as "Could not …". */
export function describeIntent(intent: Intent, state: ProjectState): string {
  const keyOf = (id: string) => state.tasks.get(id)?.key || state.trash.get(id)?.key || 'the task';
  switch (intent.kind) {
    case 'task.create':
      return `create “${shorten(intent.task.title)}”`;
    case 'task.update':
      return intent.patch.rank !== undefined
        ? `move ${keyOf(intent.taskId)}`
        : `change ${keyOf(intent.taskId)}`;
    case 'task.delete':
      return `delete ${keyOf(intent.taskId)}`;
    case 'task.restore':
      return `restore ${keyOf(intent.taskId)}`;
    case 'comment.create':
      return `comment on ${keyOf(intent.taskId)}`;
    case 'comment.update':
      return `edit the comment on ${keyOf(intent.taskId)}`;
    case 'comment.delete':
      return `delete the comment on ${keyOf(intent.taskId)}`;
    case 'label.create':
      return `create the label “${intent.label.name}”`;
  }
}

/** The text somebody wrote in it, which must not be lost with it. */
export function textOf(intent: Intent): string | null {
  switch (intent.kind) {
    case 'task.create':
      return intent.task.title;
    case 'task.update':
      return intent.patch.description ?? intent.patch.title ?? null;
    case 'comment.create':
    case 'comment.update':
      return intent.content;
    default:
      return null;
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
