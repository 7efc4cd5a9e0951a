import { byRank } from '@gantry/contracts';
import type { Task } from '@gantry/contracts/tasks';
import type { ProjectState, Touched } from './project-state.ts';

interface Place {
  column: string | null;
  parent: string | null;
  status: string;
  rank: string;
}

const NONE: readonly string[] = [];
/** More than this at once: sorting everything anew is cheaper than single insertions. */
const REBUILD_ABOVE = 200;

/** Where a task shows on the board: subtasks and archived tasks are in no column. */
function placeOf(task: Task): Place {
  const shown = !task.archived && task.parent_id === null;
  return {
    column: shown ? task.status_id : null,
    parent: task.parent_id,
    status: task.status_id,
    rank: task.rank,
  };
}

/** Sorted task ids by column and by parent, kept up to date by what was touched. */
export class BoardIndex {
  private readonly columns = new Map<string, readonly string[]>();
  private readonly children = new Map<string, readonly string[]>();
  private readonly places = new Map<string, Place>();
  private readonly keys = new Map<string, string>();

  column(statusId: string): readonly string[] {
    return this.columns.get(statusId) ?? NONE;
  }

  childrenOf(taskId: string): readonly string[] {
    return this.children.get(taskId) ?? NONE;
  }

  /** The id of the task with this readable key. */
  byKey(key: string): string | undefined {
    return this.keys.get(key);
  }

  rebuild(state: ProjectState): void {
    this.columns.clear();
    this.children.clear();
    this.places.clear();
    this.keys.clear();
    const columns = new Map<string, Task[]>();
    const children = new Map<string, Task[]>();
    for (const task of state.tasks.values()) {
      const place = placeOf(task);
      this.places.set(task.id, place);
      if (task.key) this.keys.set(task.key, task.id);
      if (place.column) push(columns, place.column, task);
      if (place.parent) push(children, place.parent, task);
    }
    for (const [id, tasks] of columns)
      this.columns.set(
        id,
        tasks.sort(byRank).map((task) => task.id),
      );
    for (const [id, tasks] of children)
      this.children.set(
        id,
        tasks.sort(byRank).map((task) => task.id),
      );
  }

  /** Takes in the touched tasks; returns the keys of lists that changed: `column:…`, `children:…`. */
  update(state: ProjectState, touched: Touched): Set<string> {
    const changed = new Set<string>();
    if (touched.size > REBUILD_ABOVE) {
      for (const id of this.columns.keys()) changed.add(`column:${id}`);
      for (const id of this.children.keys()) changed.add(`children:${id}`);
      this.rebuild(state);
      for (const id of this.columns.keys()) changed.add(`column:${id}`);
      for (const id of this.children.keys()) changed.add(`children:${id}`);
      return changed;
    }
    for (const id of touched) this.updateOne(state, id, changed);
    return changed;
  }

  private updateOne(state: ProjectState, id: string, changed: Set<string>): void {
    const task = state.tasks.get(id);
    const old = this.places.get(id);
    if (!task && !old) return;
    const place = task ? placeOf(task) : null;
    if (task?.key) this.keys.set(task.key, id);
    const sameRank = old?.rank === place?.rank;
    if (old?.column !== place?.column || !sameRank) {
      if (old?.column) this.take(this.columns, 'column', old.column, id, changed);
      if (place?.column) this.insert(this.columns, 'column', place.column, id, state, changed);
    }
    if (old?.parent !== place?.parent || !sameRank) {
      if (old?.parent) this.take(this.children, 'children', old.parent, id, changed);
      if (place?.parent) this.insert(this.children, 'children', place.parent, id, state, changed);
    } else if (old?.parent && old.status !== place?.status) changed.add(`children:${old.parent}`);
    if (place) this.places.set(id, place);
    else this.places.delete(id);
  }

  private take(
    lists: Map<string, readonly string[]>,
    name: string,
    key: string,
    id: string,
    changed: Set<string>,
  ): void {
    lists.set(
      key,
      (lists.get(key) ?? NONE).filter((other) => other !== id),
    );
    changed.add(`${name}:${key}`);
  }

  private insert(
    lists: Map<string, readonly string[]>,
    name: string,
    key: string,
    id: string,
    state: ProjectState,
    changed: Set<string>,
  ): void {
    const task = state.tasks.get(id);
    if (!task) return;
    const list = (lists.get(key) ?? NONE).filter((other) => other !== id && state.tasks.has(other));
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = state.tasks.get(list[middle] as string);
      if (other && byRank(other, task) < 0) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, id);
    lists.set(key, list);
    changed.add(`${name}:${key}`);
  }
}

function push(map: Map<string, Task[]>, key: string, task: Task): void {
  const list = map.get(key);
  if (list) list.push(task);
  else map.set(key, [task]);
}
