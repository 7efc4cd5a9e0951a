import { useProject } from '../entities/project-context.tsx';
import { ProjectMark } from '../entities/project-mark.tsx';
import { ProjectMembers } from '../features/members/project-members.tsx';
import { BackToProject } from '../ui/back-to.tsx';
import { PageHeader, PageTitle } from '../ui/page-header.tsx';

export function ProjectMembersPage() {
  const project = useProject();
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
            <PageTitle>Members</PageTitle>
          </>
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-190 px-6 py-8 phone:px-4">
          <ProjectMembers project={project} />
        </div>
      </div>
    </>
  );
}
