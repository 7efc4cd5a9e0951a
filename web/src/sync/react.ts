import type { Presence } from '@gantry/contracts/notifications';
import type { Comment, Label, Status, Task } from '@gantry/contracts/tasks';
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { ProjectStore, SyncStatus } from './project-store.ts';

const StoreContext = createContext<ProjectStore | null>(null);
export const ProjectStoreProvider = StoreContext.Provider;

export function useProjectStore(): ProjectStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('No project around this component');
  return store;
}

function useKey<T>(key: string, read: (store: ProjectStore) => T): T {
  const store = useProjectStore();
  const subscribe = useCallback((listener: () => void) => store.subscribe(key, listener), [store, key]);
  return useSyncExternalStore(subscribe, () => read(store));
}

export function useTask(id: string): Task | undefined {
  return useKey(id, (store) => store.view.tasks.get(id));
}

/** Ids of a column's tasks, in order. */
export function useColumn(statusId: string): readonly string[] {
  return useKey(`column:${statusId}`, (store) => store.column(statusId));
}

export function useChildren(taskId: string): readonly string[] {
  return useKey(`children:${taskId}`, (store) => store.childrenOf(taskId));
}

/** Done and all subtasks, as text `2/5`, or null: a string so that unchanged progress renders nothing anew. */
export function useSubtaskProgress(taskId: string): string | null {
  return useKey(`children:${taskId}`, (store) => {
    const ids = store.childrenOf(taskId);
    if (ids.length === 0) return null;
    let done = 0;
    for (const id of ids) {
      const task = store.view.tasks.get(id);
      if (task && store.view.statuses.get(task.status_id)?.category === 'done') done++;
    }
    return `${done}/${ids.length}`;
  });
}

/** Statuses in board order. */
export function useStatuses(): readonly Status[] {
  return useKey('statuses', (store) => store.statuses);
}

export function useStatus(id: string): Status | undefined {
  return useKey('statuses', (store) => store.view.statuses.get(id));
}

export function useLabels(): ReadonlyMap<string, Label> {
  return useKey('labels', (store) => store.view.labels);
}

export function useComments(taskId: string): ReadonlyMap<string, Comment> | undefined {
  return useKey(`comments:${taskId}`, (store) => store.view.comments.get(taskId));
}

export function useIsOpen(taskId: string): boolean {
  return useKey(`open:${taskId}`, (store) => store.open === taskId);
}

export function usePresence(): readonly Presence[] {
  return useKey('presence', (store) => store.presence);
}

export function useSync(): SyncStatus {
  return useKey('sync', (store) => store.sync);
}

/** All tasks; renders at every change of any. For filters and search only, and only while they are used. */
export function useAllTasks(active: boolean): ReadonlyMap<string, Task> | null {
  return useKey(active ? 'any' : 'never', (store) => (active ? store.view.tasks : null));
}
