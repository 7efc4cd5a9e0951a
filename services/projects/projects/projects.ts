import {
  effectiveProjectRole,
  encodeId,
  type Id,
  type List,
  newId,
  type ProjectRole,
  type Visibility,
} from '@gantry/contracts';
import {
  type Project,
  projectCreated,
  projectDeleted,
  projectErrors,
  projectUpdated,
} from '@gantry/contracts/projects';
import { fail, failWith, field, isDuplicate, listOf, pageOf, parseSort, uuidIn } from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { membershipsOf, requireWorkspace } from '../access/workspace-access.ts';
import type { Ctx } from '../context.ts';
import { insertMember } from '../members/members.store.ts';
import { freeKey, keyFromName } from './project-key.ts';
import { announceList, projectStream } from './project-stream.ts';
import {
  insertProject,
  keysLike,
  listVisibleProjects,
  lockProject,
  type ProjectRow,
  projectOf,
  saveProject,
  trashProject,
} from './projects.store.ts';

const EDITABLE = ['name', 'description', 'status', 'visibility'] as const;
type Edit = Partial<Pick<Project, (typeof EDITABLE)[number]>>;

export async function listProjects(
  ctx: Ctx,
  query: {
    workspace_id?: Id<'workspace'>;
    status?: string;
    q?: string;
    sort?: string;
    page?: number;
    limit?: number;
  },
): Promise<List<Project>> {
  const memberships = await membershipsOf(ctx, ctx.userId);
  const page = pageOf(query);
  const roleIn = new Map(memberships.map((m) => [m.workspace_id, m.role]));
  const uuids = (wanted: (role: string) => boolean) =>
    memberships.filter((m) => wanted(m.role)).map((m) => uuidIn('workspace', m.workspace_id));
  const { rows, total } = await listVisibleProjects(ctx.db, {
    userId: ctx.userId,
    adminOf: uuids((role) => role === 'owner' || role === 'admin'),
    memberOf: uuids((role) => role === 'member'),
    guestOf: uuids((role) => role === 'guest'),
    workspaceId: query.workspace_id,
    status: query.status,
    q: query.q,
    sort: parseSort(query.sort, 'name'),
    limit: page.limit,
    offset: page.offset,
  });
  const data = rows.map((row) => {
    const role = effectiveProjectRole({
      workspaceRole: roleIn.get(encodeId('workspace', row.workspace_id)) ?? null,
      projectRole: row.member_role,
      visibility: row.visibility as Visibility,
    });
    return projectOf(row, role as ProjectRole);
  });
  return listOf(data, total, page);
}

export interface NewProject extends Edit {
  id?: Id<'project'>;
  workspace_id?: Id<'workspace'>;
  name: string;
  key?: string;
}

export async function createProject(ctx: Ctx, input: NewProject): Promise<Project> {
  const workspaceId = input.workspace_id ?? (await onlyWorkspace(ctx));
  await requireWorkspace(ctx, workspaceId, 'project.create');
  try {
    return await ctx.write(async (tx) => {
      const key =
        input.key ??
        freeKey(
          keyFromName(input.name),
          await keysLike(tx, workspaceId, keyFromName(input.name).slice(0, 8)),
        );
      const row = await insertProject(tx, {
        id: input.id ?? newId('project'),
        workspace_id: workspaceId,
        key,
        name: input.name,
        description: input.description ?? '',
        status: input.status ?? 'active',
        visibility: input.visibility ?? 'workspace',
        owner_id: ctx.userId,
      });
      const { role: _, version, ...after } = projectOf(row, 'admin');
      tx.record(projectCreated, {
        stream: projectStream(row.id),
        workspaceId,
        entityId: after.id,
        version,
        after,
      });
      // The maker stays an admin of the project whatever their role in the workspace becomes.
      await insertMember(tx, row, ctx.userId, 'admin');
      announceList(tx, row.workspace_id);
      return projectOf(row, 'admin');
    });
  } catch (error) {
    if (isDuplicate(error, 'projects_key'))
      throw failWith(projectErrors, 'key_taken', {
        fields: [field('body/key', 'key_taken', 'Another project uses this key.')],
      });
    throw error;
  }
}

async function onlyWorkspace(ctx: Ctx): Promise<Id<'workspace'>> {
  const memberships = (await membershipsOf(ctx, ctx.userId)).filter((m) => m.role !== 'guest');
  const [only] = memberships;
  if (!only || memberships.length > 1)
    throw failWith(projectErrors, 'workspace_required', {
      fields: [field('body/workspace_id', 'required', 'This field is required.')],
    });
  return only.workspace_id;
}

export async function getProject(ctx: Ctx, id: Id<'project'>): Promise<Project> {
  const { project, role } = await requireProject(ctx, id, 'project.view');
  return projectOf(project, role);
}

export async function updateProject(ctx: Ctx, id: Id<'project'>, edit: Edit): Promise<Project> {
  const { role } = await requireProject(ctx, id, 'project.edit');
  return ctx.write(async (tx) => {
    const row = await lockProject(tx, uuidIn('project', id));
    if (!row) throw fail('not_found');
    ctx.checkVersion(row.version);
    const changed = EDITABLE.filter((name) => edit[name] !== undefined && edit[name] !== row[name]);
    if (changed.length === 0) return projectOf(row, role);
    const saved = await saveProject(tx, {
      ...row,
      ...Object.fromEntries(changed.map((name) => [name, edit[name]])),
    });
    const pick = (from: ProjectRow) => Object.fromEntries(changed.map((name) => [name, from[name]]));
    tx.record(projectUpdated, {
      stream: projectStream(row.id),
      workspaceId: encodeId('workspace', row.workspace_id),
      entityId: id,
      version: saved.version,
      before: pick(row),
      after: { ...pick(saved), updated_at: saved.updated_at },
    });
    announceList(tx, row.workspace_id);
    return projectOf(saved, role);
  });
}

/** PUT: what is left out returns to its default. */
export function replaceProject(ctx: Ctx, id: Id<'project'>, body: Edit & { name: string }): Promise<Project> {
  return updateProject(ctx, id, { description: '', status: 'active', visibility: 'workspace', ...body });
}

export async function deleteProject(ctx: Ctx, id: Id<'project'>): Promise<undefined> {
  await requireProject(ctx, id, 'project.delete');
  return ctx.write(async (tx) => {
    const row = await lockProject(tx, uuidIn('project', id));
    if (!row) throw fail('not_found');
    ctx.checkVersion(row.version);
    const { version, deleted_at } = await trashProject(tx, row.id);
    tx.record(projectDeleted, {
      stream: projectStream(row.id),
      workspaceId: encodeId('workspace', row.workspace_id),
      entityId: id,
      version,
      after: { deleted_at },
    });
    announceList(tx, row.workspace_id);
    return undefined;
  });
}
