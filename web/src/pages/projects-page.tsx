import { workspaceAllows } from '@gantry/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Import, Plus } from 'lucide-react';
import { useProjects } from '../entities/projects.ts';
import { useWorkspace } from '../entities/session.ts';
import { FirstProject } from '../features/projects/first-project.tsx';
import { ProjectList, ProjectListSkeleton } from '../features/projects/project-list.tsx';
import { runCommand } from '../lib/commands.ts';
import { sentence } from '../lib/problems.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHeader, PageTitle } from '../ui/page-header.tsx';

export function ProjectsPage() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { data: projects, error, refetch } = useProjects();
  const mayCreate = workspaceAllows(workspace?.role ?? null, 'project.create');
  return (
    <>
      <PageHeader title={<PageTitle>Projects</PageTitle>}>
        {mayCreate && projects && projects.length > 0 ? (
          <>
            <Button look="ghost" size="sm" onClick={() => void navigate({ to: '/import' })}>
              <Import size={14} aria-hidden />
              Import
            </Button>
            <Button look="primary" size="sm" onClick={() => runCommand('project.create')}>
              <Plus size={14} aria-hidden />
              Create project
            </Button>
          </>
        ) : null}
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {projects ? (
          projects.length > 0 ? (
            <ProjectList projects={projects} />
          ) : mayCreate ? (
            <FirstProject onCreate={() => runCommand('project.create')} />
          ) : (
            <EmptyState title="No projects for you yet">
              Ask someone to add you to one; it will appear here by itself.
            </EmptyState>
          )
        ) : error ? (
          <EmptyState
            title="The projects could not be read"
            actions={<Button onClick={() => void refetch()}>Try again</Button>}
          >
            {sentence(error)}
          </EmptyState>
        ) : (
          <ProjectListSkeleton />
        )}
      </div>
    </>
  );
}
