import { useWorkspace } from '../entities/session.ts';
import { WorkspaceMembers } from '../features/members/workspace-members.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHeader, PageTitle } from '../ui/page-header.tsx';

export function MembersPage() {
  const workspace = useWorkspace();
  return (
    <>
      <PageHeader title={<PageTitle>Members</PageTitle>} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-190 px-6 py-8 phone:px-4">
          {workspace ? (
            <WorkspaceMembers key={workspace.id} workspace={workspace} />
          ) : (
            <EmptyState title="You are in no workspace">Create one from the menu at the top left.</EmptyState>
          )}
        </div>
      </div>
    </>
  );
}
