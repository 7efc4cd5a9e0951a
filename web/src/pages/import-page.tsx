import { useNavigate } from '@tanstack/react-router';
import { NewProjectImport } from '../features/import/new-project-import.tsx';
import { PageHeader, PageTitle } from '../ui/page-header.tsx';

export function ImportPage() {
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title={<PageTitle>Import from Trello</PageTitle>} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-160 px-6 py-10 phone:px-4 phone:py-6">
          <p className="mb-5 text-balance text-base text-ink-2">
            Lists become statuses; cards, checklists, comments and their authors and times come along. A dry
            run first shows what will come and what will not.
          </p>
          <NewProjectImport
            onStarted={(project) =>
              void navigate({ to: '/p/$project/import', params: { project: project.key } })
            }
          />
        </div>
      </div>
    </>
  );
}
