import { useNavigate } from '@tanstack/react-router';
import { useMay, useProject } from '../entities/project-context.tsx';
import { ProjectMark } from '../entities/project-mark.tsx';
import { ProjectImport } from '../features/import/project-import.tsx';
import { BackToProject } from '../ui/back-to.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHeader, PageTitle } from '../ui/page-header.tsx';

export function ProjectImportPage() {
  const project = useProject();
  const mayImport = useMay('import.run');
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title={
          <>
            <BackToProject projectKey={project.key}>
              <ProjectMark projectKey={project.key} size={20} />
              <span className="truncate" dir="auto">
                {project.name}
              </span>
            </BackToProject>
            <PageTitle>Import</PageTitle>
          </>
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-220 px-6 py-8 phone:px-4 phone:py-6">
          {mayImport ? (
            <ProjectImport
              project={project}
              onOpenBoard={() => void navigate({ to: '/p/$project', params: { project: project.key } })}
            />
          ) : (
            <EmptyState title="Only admins of the project can import into it">
              Ask one of them, or import into a new project.
            </EmptyState>
          )}
        </div>
      </div>
    </>
  );
}
