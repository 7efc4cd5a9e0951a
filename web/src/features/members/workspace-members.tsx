import { type WorkspaceRole, workspaceAllows } from '@gantry/contracts';
import type { Workspace, WorkspaceMember } from '@gantry/contracts/users';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sessionQuery, useSession } from '../../entities/session.ts';
import { api } from '../../lib/client.ts';
import { fieldErrors, sentence } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { TextField } from '../../ui/field.tsx';
import { SelectMenu } from '../../ui/select-menu.tsx';
import { toast } from '../../ui/toast.tsx';
import { MemberList, MemberListSkeleton, MemberRow } from './member-list.tsx';

const PAGE = 200;

const membersQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: ['workspace-members', workspaceId],
    queryFn: async () => {
      const all: WorkspaceMember[] = [];
      for (let page = 1; ; page++) {
        const list = await api.listWorkspaceMembers({
          params: { workspace_id: workspaceId },
          query: { page, limit: PAGE },
        });
        all.push(...list.data);
        if (list.data.length < PAGE || all.length >= list.meta.total) return all;
      }
    },
  });

const ROLES: { value: WorkspaceRole; label: string; hint: string }[] = [
  { value: 'owner', label: 'Owner', hint: 'Everything, including deleting the workspace' },
  { value: 'admin', label: 'Admin', hint: 'People, and every project' },
  { value: 'member', label: 'Member', hint: 'Creates projects, works in open ones' },
  { value: 'guest', label: 'Guest', hint: 'Only the projects they are added to' },
];
const ADDABLE = ROLES.filter((role) => role.value !== 'owner') as {
  value: Exclude<WorkspaceRole, 'owner'>;
  label: string;
  hint: string;
}[];

export function WorkspaceMembers({ workspace }: { workspace: Workspace }) {
  const { user } = useSession();
  const { data: members, error, refetch } = useQuery(membersQuery(workspace.id));
  const manages = workspaceAllows(workspace.role, 'workspace.members.manage');
  const change = useMemberChange(workspace.id);
  const remove = useMemberRemoval(workspace.id);
  if (error)
    return (
      <EmptyState
        title="The members could not be read"
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      >
        {sentence(error)}
      </EmptyState>
    );
  return (
    <>
      {manages ? <AddMemberForm workspaceId={workspace.id} /> : null}
      {members ? (
        <MemberList label="Members" count={members.length}>
          {members.map((member) => (
            <MemberRow
              key={member.user_id}
              id={member.user_id}
              name={member.person.name}
              detail={member.email}
              you={member.user_id === user.id}
              onRemove={
                manages || member.user_id === user.id
                  ? () => remove(member, member.user_id === user.id)
                  : null
              }
              removeText={member.user_id === user.id ? 'Leave the workspace' : `Remove ${member.person.name}`}
            >
              <SelectMenu
                label={`Role of ${member.person.name}`}
                value={member.role}
                choices={
                  workspace.role === 'owner'
                    ? ROLES
                    : ROLES.filter((r) => r.value !== 'owner' || member.role === 'owner')
                }
                disabled={!manages || (member.role === 'owner' && workspace.role !== 'owner')}
                onChange={(role) => change(member, role)}
              />
            </MemberRow>
          ))}
        </MemberList>
      ) : (
        <MemberListSkeleton />
      )}
    </>
  );
}

function AddMemberForm({ workspaceId }: { workspaceId: string }) {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Exclude<WorkspaceRole, 'owner'>>('member');
  const add = useMutation({
    mutationFn: () =>
      api.addWorkspaceMember({ params: { workspace_id: workspaceId }, body: { email: email.trim(), role } }),
    onSuccess: (member) => {
      setEmail('');
      toast({ tone: 'success', title: `${member.person.name} is now in the workspace` });
      return client.invalidateQueries({ queryKey: membersQuery(workspaceId).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const problem = fieldErrors(add.error).email ?? (add.error ? sentence(add.error) : undefined);
  return (
    <form onSubmit={submit} noValidate className="mb-8">
      <div className="flex flex-wrap items-start gap-2">
        <TextField
          label="Add someone by e-mail"
          type="email"
          autoComplete="off"
          spellCheck={false}
          placeholder="name@company.com"
          hint="They need an account on this server already."
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={problem}
          className="min-w-56 flex-1"
        />
        <div className="flex gap-2 pt-5">
          <SelectMenu label="Role" value={role} choices={ADDABLE} onChange={setRole} />
          <Button look="primary" type="submit" busy={add.isPending} disabled={!email.trim()}>
            Add
          </Button>
        </div>
      </div>
    </form>
  );
}

function useMemberChange(workspaceId: string) {
  const client = useQueryClient();
  const { queryKey } = membersQuery(workspaceId);
  const mutation = useMutation({
    mutationFn: ({ member, role }: { member: WorkspaceMember; role: WorkspaceRole }) =>
      api.updateWorkspaceMember({
        params: { workspace_id: workspaceId, user_id: member.user_id },
        body: { role },
      }),
    onMutate: ({ member, role }) => {
      client.setQueryData(queryKey, (old) =>
        old?.map((m) => (m.user_id === member.user_id ? { ...m, role } : m)),
      );
    },
    onError: (error, { member }) =>
      toast({
        tone: 'problem',
        title: `Could not change the role of ${member.person.name}`,
        detail: sentence(error),
      }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (member: WorkspaceMember, role: WorkspaceRole) => mutation.mutate({ member, role });
}

function useMemberRemoval(workspaceId: string) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ member }: { member: WorkspaceMember; leaving: boolean }) =>
      api.removeWorkspaceMember({ params: { workspace_id: workspaceId, user_id: member.user_id } }),
    onSuccess: async (_, { member, leaving }) => {
      await client.invalidateQueries({
        queryKey: leaving ? sessionQuery.queryKey : membersQuery(workspaceId).queryKey,
      });
      toast({ title: leaving ? 'You left the workspace' : `Removed ${member.person.name}` });
    },
    onError: (error, { member }) =>
      toast({ tone: 'problem', title: `Could not remove ${member.person.name}`, detail: sentence(error) }),
  });
  return (member: WorkspaceMember, leaving: boolean) => mutation.mutate({ member, leaving });
}
