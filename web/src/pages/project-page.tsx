import type { Project } from '@gantry/contracts/projects';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ProjectProvider } from '../entities/project-context.tsx';
import { useProjects } from '../entities/projects.ts';
import { chooseWorkspace } from '../entities/session.ts';
import { api } from '../lib/client.ts';
import { sentence } from '../lib/problems.ts';
import { useLive } from '../sync/live.ts';
import { ProjectStoreProvider } from '../sync/react.ts';
import { BoardSkeleton } from '../ui/board-skeleton.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';

/** Finds the project an address means and puts its live copy around the screens below. */
export function ProjectPage() {
  const { project: address } = useParams({ from: '/app/p/$project' });
  const { project, searching, error } = useProjectAt(address);
  const navigate = useNavigate();
  const live = useLive();
  if (project)
    return (
      <ProjectProvider value={project}>
        <ProjectStoreProvider value={live.project(project)}>
          <Outlet />
        </ProjectStoreProvider>
      </ProjectProvider>
    );
  if (searching) return <BoardSkeleton />;
  return (
    <EmptyState
      page
      title={error ? 'The project could not be read' : `There is no project “${address}”`}
      actions={<Button onClick={() => void navigate({ to: '/projects' })}>Go to projects</Button>}
    >
      {error ? sentence(error) : 'It may have been deleted, or you may not see it with this account.'}
    </EmptyState>
  );
}

/** Looks in the workspace at hand first, then in all of them. */
function useProjectAt(address: string): { project: Project | undefined; searching: boolean; error: unknown } {
  const here = useProjects();
  const matches = (project: Project) => project.id === address || project.key === address.toUpperCase();
  const found = here.data?.find(matches);
  const elsewhere = useQuery({
    queryKey: ['project-at', address],
    queryFn: async () => (await api.listProjects({ query: { limit: 200 } })).data.find(matches) ?? null,
    enabled: here.data !== undefined && !found,
    staleTime: 0,
  });
  const other = found ? undefined : (elsewhere.data ?? undefined);
  useEffect(() => {
    if (other) chooseWorkspace(other.workspace_id);
  }, [other]);
  return {
    project: found ?? other,
    searching: here.isPending || elsewhere.isLoading,
    error: here.error ?? elsewhere.error,
  };
}
