import type { Task } from '@gantry/contracts/tasks';
import { useMemo } from 'react';
import type { PersonFace } from '../../entities/people.ts';
import type { ProjectState } from '../../sync/project-state.ts';
import { useAllTasks, useProjectStore } from '../../sync/react.ts';

/** True if every word of the query is in the task's key, title, labels or people. */
export function matchesQuery(
  task: Task,
  words: readonly string[],
  state: Pick<ProjectState, 'labels'>,
  people: ReadonlyMap<string, PersonFace>,
): boolean {
  const text = [
    task.key,
    task.title,
    ...task.label_ids.map((id) => state.labels.get(id)?.name ?? ''),
    ...task.assignee_ids.map((id) => people.get(id)?.name ?? ''),
    ...(task.external?.people ?? []),
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Those of the ids that match; the same array while there is no query. */
export function useFiltered(
  ids: readonly string[],
  query: string,
  people: ReadonlyMap<string, PersonFace>,
): readonly string[] {
  const store = useProjectStore();
  const words = useMemo(() => wordsOf(query), [query]);
  const tasks = useAllTasks(words.length > 0);
  return useMemo(() => {
    if (!tasks) return ids;
    return ids.filter((id) => {
      const task = tasks.get(id);
      return task !== undefined && matchesQuery(task, words, store.view, people);
    });
  }, [ids, words, tasks, store, people]);
}
