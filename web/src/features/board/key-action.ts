import type { Task } from '@gantry/contracts/tasks';
import type { TaskField } from '../../entities/task-picker.tsx';
import type { ColumnHandle } from './board-context.ts';

/** Where in a column. */
export type Place = 'start' | 'end' | { before: string } | { after: string };

/** What a key asks for. */
export type KeyAction =
  | { kind: 'focus'; statusId: string; taskId: string }
  | { kind: 'move'; statusId: string; place: Place }
  | { kind: 'pick'; field: TaskField }
  | { kind: 'edit' };

interface KeyContext {
  task: Task;
  columns: readonly string[];
  handles: ReadonlyMap<string, ColumnHandle>;
  mayEdit: boolean;
}

const FIELDS: Record<string, TaskField> = { s: 'status', p: 'priority', a: 'assignees', l: 'labels' };
const STEPS: Record<string, [number, number]> = {
  ArrowDown: [0, 1],
  j: [0, 1],
  ArrowUp: [0, -1],
  k: [0, -1],
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
};

/** What a key does on a focused card, or null. */
export function keyAction(combo: string, context: KeyContext): KeyAction | null {
  const { task, columns, handles, mayEdit } = context;
  const plain = combo.replace(/^(Alt\+)?(Shift\+)?/, '');
  const modified = plain !== combo;
  if (!modified && mayEdit && FIELDS[combo]) return { kind: 'pick', field: FIELDS[combo] };
  if (combo === 'e') return { kind: 'edit' };
  const step = STEPS[plain];
  if (!step || (modified && !plain.startsWith('Arrow'))) return null;
  const [across, down] = step;
  const ids = handles.get(task.status_id)?.ids() ?? [];
  const index = ids.indexOf(task.id);
  if (modified) return mayEdit ? moveAction(context, ids, index, across, down) : null;
  if (down !== 0) {
    const next = ids[index + down];
    return next ? { kind: 'focus', statusId: task.status_id, taskId: next } : null;
  }
  let column = columns.indexOf(task.status_id) + across;
  for (; columns[column]; column += across) {
    const there = handles.get(columns[column] as string)?.ids() ?? [];
    const next = there[Math.min(index, there.length - 1)];
    if (next) return { kind: 'focus', statusId: columns[column] as string, taskId: next };
  }
  return null;
}

function moveAction(
  { task, columns, handles }: KeyContext,
  ids: readonly string[],
  index: number,
  across: number,
  down: number,
): KeyAction | null {
  if (down !== 0) {
    const neighbour = ids[index + down];
    if (!neighbour) return null;
    return {
      kind: 'move',
      statusId: task.status_id,
      place: down < 0 ? { before: neighbour } : { after: neighbour },
    };
  }
  const statusId = columns[columns.indexOf(task.status_id) + across];
  if (!statusId) return null;
  const there = handles.get(statusId)?.ids() ?? [];
  const at = there[index];
  return { kind: 'move', statusId, place: at ? { before: at } : 'end' };
}
