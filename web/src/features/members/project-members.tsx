import type { ProjectRole } from '@gantry/contracts';
import type { Project, ProjectMember } from '@gantry/contracts/projects';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { nameOf, peopleQuery, usePeople } from '../../entities/people.ts';
import { useMay } from '../../entities/project-context.tsx';
import { useSession } from '../../entities/session.ts';
import { UserAvatar } from '../../entities/user-avatar.tsx';
import { api } from '../../lib/client.ts';
import { sentence } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Picker } from '../../ui/picker.tsx';
import { SelectMenu } from '../../ui/select-menu.tsx';
import { toast } from '../../ui/toast.tsx';
import { MemberList, MemberListSkeleton, MemberRow } from './member-list.tsx';

const projectMembersQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['project-members', projectId],
    queryFn: async () =>
      (await api.listProjectMembers({ params: { project_id: projectId }, query: { limit: 200 } })).data,
  });

const ROLES: { value: ProjectRole; label: string; hint: string }[] = [
  { value: 'admin', label: 'Admin', hint: 'Settings, people, imports' },
  { value: 'member', label: 'Member', hint: 'Creates and changes tasks' },
  { value: 'commenter', label: 'Commenter', hint: 'Reads and comments' },
  { value: 'viewer', label: 'Viewer', hint: 'Only reads' },
];

export function ProjectMembers({ project }: { project: Project }) {
  const { user } = useSession();
  const manages = useMay('project.members.manage');
  const people = usePeople(project.id);
  const { data: members, error, refetch } = useQuery(projectMembersQuery(project.id));
  const actions = useProjectMemberActions(project.id);
  if (error)
    return (
      <EmptyState
        title="The members could not be read"
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      >
        {sentence(error)}
      </EmptyState>
    );
  if (!members) return <MemberListSkeleton />;
  const named = (member: ProjectMember) => member.person?.name ?? nameOf(people, member.user_id);
  return (
    <>
      <div className="mb-6 flex items-start justify-between gap-4">
        <p className="max-w-100 text-ink-2 text-sm">
          {project.visibility === 'workspace'
            ? 'Every member of the workspace can see this project and work in it. Add people here to give them another role.'
            : 'Only the people below, and admins of the workspace, can see this project.'}
        </p>
        {manages ? <AddPerson project={project} members={members} onAdd={actions.add} /> : null}
      </div>
      {members.length > 0 ? (
        <MemberList label="Project members" count={members.length}>
          {members.map((member) => (
            <MemberRow
              key={member.user_id}
              id={member.user_id}
              name={named(member)}
              you={member.user_id === user.id}
              onRemove={manages ? () => actions.remove(member.user_id, named(member)) : null}
              removeText={`Remove ${named(member)} from the project`}
            >
              <SelectMenu
                label={`Role of ${named(member)}`}
                value={member.role}
                choices={ROLES}
                disabled={!manages}
                onChange={(role) => actions.change(member.user_id, role)}
              />
            </MemberRow>
          ))}
        </MemberList>
      ) : (
        <p className="rounded-lg border border-line border-dashed p-6 text-center text-ink-3 text-sm">
          Nobody has a role of their own here.
        </p>
      )}
    </>
  );
}

interface AddPersonProps {
  project: Project;
  members: readonly ProjectMember[];
  onAdd: (userId: string) => void;
}

function AddPerson({ project, members, onAdd }: AddPersonProps) {
  const { data: candidates = [] } = useQuery({
    queryKey: ['workspace-members', project.workspace_id, 'first'],
    queryFn: async () =>
      (
        await api.listWorkspaceMembers({
          params: { workspace_id: project.workspace_id },
          query: { limit: 200 },
        })
      ).data,
  });
  const held = new Set(members.map((member) => member.user_id));
  return (
    <Picker
      label="Add a person"
      align="end"
      selected={[]}
      options={candidates
        .filter((candidate) => !held.has(candidate.user_id))
        .map((candidate) => ({
          value: candidate.user_id,
          label: candidate.person.name,
          words: candidate.email,
          icon: <UserAvatar seed={candidate.user_id} name={candidate.person.name} size={18} silent />,
        }))}
      onPick={onAdd}
      empty="Everybody of the workspace is here already."
      trigger={
        <Button look="primary">
          <UserPlus size={14} aria-hidden />
          Add person
        </Button>
      }
    />
  );
}

function useProjectMemberActions(projectId: string) {
  const client = useQueryClient();
  const params = (userId: string) => ({ project_id: projectId, user_id: userId });
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: projectMembersQuery(projectId).queryKey }),
      client.invalidateQueries({ queryKey: peopleQuery(projectId).queryKey }),
    ]);
  const { mutate } = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onError: (error) =>
      toast({ tone: 'problem', title: 'The members were not changed', detail: sentence(error) }),
    onSettled: refresh,
  });
  return {
    add: (userId: string) =>
      mutate(() =>
        api.addProjectMember({
          params: { project_id: projectId },
          body: { user_id: userId, role: 'member' },
        }),
      ),
    change: (userId: string, role: ProjectRole) =>
      mutate(() => api.updateProjectMember({ params: params(userId), body: { role } })),
    remove: (userId: string, name: string) =>
      mutate(async () => {
        await api.removeProjectMember({ params: params(userId) });
        toast({ title: `Removed ${name} from the project` });
      }),
  };
}
