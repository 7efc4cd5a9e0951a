import type { Project } from '@gantry/contracts/projects';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../lib/client.ts';
import { useWorkspace } from './session.ts';

const PAGE = 200;

async function allProjects(workspaceId: string): Promise<Project[]> {
  const all: Project[] = [];
  for (let page = 1; ; page++) {
    const list = await api.listProjects({
      query: { workspace_id: workspaceId, page, limit: PAGE, sort: 'name' },
    });
    all.push(...list.data);
    if (list.data.length < PAGE || all.length >= list.meta.total) return all;
  }
}

/** Projects of a workspace I may see, by name. Kept fresh by the workspace's stream. */
export const projectsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ['projects', workspaceId],
    queryFn: () => allProjects(workspaceId),
    enabled: workspaceId !== '',
    staleTime: 30_000,
  });

export function useProjects() {
  const workspace = useWorkspace();
  return useQuery(projectsQuery(workspace?.id ?? ''));
}

/** Numbers of one project for lists: all tasks and done ones. */
export const taskTotalQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['task-total', projectId],
    queryFn: async () => {
      const list = await api.listTasks({ params: { project_id: projectId }, query: { limit: 1 } });
      return list.meta.total;
    },
    staleTime: 15_000,
  });

/** A colour of its own for each project, from its key. */
export function projectHue(key: string): number {
  let hash = 7;
  for (const char of key) hash = (hash * 33 + char.charCodeAt(0)) % 360;
  return hash;
}
