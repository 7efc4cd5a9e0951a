import {
  effectiveProjectRole,
  encodeId,
  type Id,
  type List,
  type ProjectRole,
  type Visibility,
} from '@gantry/contracts';
import {
  type ProjectMember,
  projectErrors,
  projectMemberDeleted,
  projectMemberUpdated,
} from '@gantry/contracts/projects';
import type { Person } from '@gantry/contracts/users';
import { fail, failWith, field, listOf, pageOf, type Transaction, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import { announceList, projectStream } from '../projects/project-stream.ts';
import {
  deleteMember,
  insertMember,
  listMembers,
  lockMember,
  type MemberRow,
  memberRoles,
  setMemberRole,
} from './members.store.ts';

function memberOf(row: MemberRow, person: Person | null): ProjectMember {
  return {
    project_id: encodeId('project', row.project_id),
    user_id: encodeId('user', row.user_id),
    role: row.role,
    joined_at: row.joined_at,
    person,
  };
}

async function peopleOf(ctx: Ctx, workspaceUuid: string, ids: Id<'user'>[]): Promise<Map<string, Person>> {
  if (ids.length === 0) return new Map();
  const { people } = await ctx.call.users.findPeople({
    body: { workspace_id: encodeId('workspace', workspaceUuid), ids },
  });
  return new Map(people.map(({ email: _, role: __, ...person }) => [person.id, person]));
}

export async function listProjectMembers(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { page?: number; limit?: number },
): Promise<List<ProjectMember>> {
  const { project } = await requireProject(ctx, projectId, 'project.members.view');
  const page = pageOf(query);
  const { rows, total } = await listMembers(ctx.db, project.id, page.limit, page.offset);
  const people = await peopleOf(
    ctx,
    project.workspace_id,
    rows.map((row) => encodeId('user', row.user_id)),
  );
  return listOf(
    rows.map((row) => memberOf(row, people.get(encodeId('user', row.user_id)) ?? null)),
    total,
    page,
  );
}

export async function addProjectMember(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: { user_id: Id<'user'>; role?: ProjectRole },
): Promise<ProjectMember> {
  const { project } = await requireProject(ctx, projectId, 'project.members.manage');
  const person = (await peopleOf(ctx, project.workspace_id, [input.user_id])).get(input.user_id);
  if (!person)
    throw failWith(projectErrors, 'not_in_workspace', {
      fields: [field('body/user_id', 'not_in_workspace', 'This person is not in the workspace.')],
    });
  return ctx.write(async (tx) => {
    const row = await insertMember(tx, project, input.user_id, input.role ?? 'member');
    if (!row)
      throw fail('already_exists', {
        detail: 'This person is a member of the project already; change the role instead.',
      });
    announceList(tx, project.workspace_id);
    return memberOf(row, person);
  });
}

export async function updateProjectMember(
  ctx: Ctx,
  projectId: Id<'project'>,
  userId: Id<'user'>,
  role: ProjectRole,
): Promise<ProjectMember> {
  const { project } = await requireProject(ctx, projectId, 'project.members.manage');
  const person = (await peopleOf(ctx, project.workspace_id, [userId])).get(userId) ?? null;
  return ctx.write(async (tx) => {
    const row = await lockMember(tx, project.id, userId);
    if (!row) throw fail('not_found');
    if (row.role === role) return memberOf(row, person);
    const saved = await setMemberRole(tx, row, role);
    tx.record(projectMemberUpdated, {
      stream: projectStream(project.id),
      workspaceId: encodeId('workspace', project.workspace_id),
      entityId: encodeId('project_member', row.id),
      root: projectId,
      version: saved.version,
      before: { user_id: userId, role: row.role },
      after: { user_id: userId, role },
    });
    announceList(tx, project.workspace_id);
    return memberOf(saved, person);
  });
}

/** Admins remove anybody; everybody may leave. */
export async function removeProjectMember(
  ctx: Ctx,
  projectId: Id<'project'>,
  userId: Id<'user'>,
): Promise<undefined> {
  const { project } = await requireProject(
    ctx,
    projectId,
    userId === ctx.userId ? 'project.view' : 'project.members.manage',
  );
  return ctx.write(async (tx) => {
    const row = await lockMember(tx, project.id, userId);
    if (!row) throw fail('not_found');
    await dropMember(tx, row);
    announceList(tx, project.workspace_id);
    return undefined;
  });
}

/** Deletes a membership and logs it. */
export async function dropMember(tx: Transaction, row: MemberRow): Promise<void> {
  await deleteMember(tx, row);
  const userId = encodeId('user', row.user_id);
  tx.record(projectMemberDeleted, {
    stream: projectStream(row.project_id),
    workspaceId: encodeId('workspace', row.workspace_id),
    entityId: encodeId('project_member', row.id),
    root: encodeId('project', row.project_id),
    version: row.version + 1,
    before: { user_id: userId, role: row.role },
    after: { user_id: userId },
  });
}

/** Everybody who can see the project, with their effective role; 1,000 at most. */
export async function listAssignable(
  ctx: Ctx,
  projectId: Id<'project'>,
): Promise<{ data: (Person & { role: ProjectRole })[] }> {
  const { project } = await requireProject(ctx, projectId, 'project.members.view');
  const [{ people }, roles] = await Promise.all([
    ctx.call.users.findPeople({
      body: { workspace_id: encodeId('workspace', project.workspace_id), all: true },
    }),
    memberRoles(ctx.db, uuidIn('project', projectId)),
  ]);
  const data = people.flatMap(({ email: _, role: workspaceRole, ...person }) => {
    const role = effectiveProjectRole({
      workspaceRole,
      projectRole: roles.get(person.id) ?? null,
      visibility: project.visibility as Visibility,
    });
    return role === null ? [] : [{ ...person, role }];
  });
  return { data };
}
