import { type Static, Type } from 'typebox';
import { PROJECT_ROLES, VISIBILITIES } from '../access.ts';
import { defineEvent } from '../kernel/change.ts';
import { defineErrors } from '../kernel/errors.ts';
import { defineContract, defineRoute } from '../kernel/route.ts';
import {
  Enum,
  IdOf,
  Instant,
  Line,
  ListOf,
  Nullable,
  PageQuery,
  SortQuery,
  Strict,
  Text,
} from '../kernel/schema.ts';
import { Person } from '../users/index.ts';

export const PROJECT_STATUSES = ['planned', 'active', 'paused', 'completed', 'archived'] as const;
export type ProjectStatus = (typeof PROJECT_STATUSES)[number];

export const projectErrors = defineErrors({
  key_taken: {
    status: 409,
    title: 'Another project uses this key',
    detail: 'Choose a key no project of the workspace uses.',
  },
  workspace_required: {
    status: 422,
    title: 'Say which workspace',
    detail: 'You belong to several workspaces (or none): give workspace_id.',
  },
  not_in_workspace: {
    status: 422,
    title: 'This person is not in the workspace',
    detail: 'Add them to the workspace first.',
  },
});

const roleSchema = Enum(PROJECT_ROLES);
const keySchema = Type.String({
  pattern: '^[A-Z][A-Z0-9]{1,9}$',
  maxLength: 10,
  description: 'Prefix of task keys: 2 to 10 capitals and digits.',
});

export const Project = Type.Object({
  id: IdOf('project'),
  workspace_id: IdOf('workspace'),
  key: Type.String(),
  name: Type.String(),
  description: Type.String(),
  status: Enum(PROJECT_STATUSES),
  visibility: Enum(VISIBILITIES),
  owner_id: Nullable(IdOf('user')),
  /** My effective role in it. */
  role: roleSchema,
  version: Type.Integer(),
  created_at: Instant,
  updated_at: Instant,
});
export type Project = Static<typeof Project>;

export const ProjectMember = Type.Object({
  project_id: IdOf('project'),
  user_id: IdOf('user'),
  role: roleSchema,
  joined_at: Instant,
  person: Nullable(Person),
});
export type ProjectMember = Static<typeof ProjectMember>;

const projectParams = Strict({ project_id: IdOf('project') });
const memberParams = Strict({ project_id: IdOf('project'), user_id: IdOf('user') });
const editable = {
  name: Line(120),
  description: Text(20_000),
  status: Enum(PROJECT_STATUSES),
  visibility: Enum(VISIBILITIES),
};

export const projectsRoutes = {
  listProjects: defineRoute({
    id: 'listProjects',
    method: 'GET',
    path: '/projects',
    status: 200,
    summary: 'Projects I may see, over all my workspaces',
    query: Strict({
      ...PageQuery,
      workspace_id: Type.Optional(IdOf('workspace')),
      status: Type.Optional(Enum(PROJECT_STATUSES)),
      q: Type.Optional(Line(120, { description: 'Part of the name or key.' })),
      sort: SortQuery(['name', 'key', 'created_at', 'updated_at', 'status']),
    }),
    response: ListOf(Project),
  }),
  createProject: defineRoute({
    id: 'createProject',
    method: 'POST',
    path: '/projects',
    status: 201,
    summary: 'Make a project; I become its owner',
    body: Strict({
      id: Type.Optional(IdOf('project')),
      workspace_id: Type.Optional(
        IdOf('workspace', { description: 'May be left out by those who belong to one workspace only.' }),
      ),
      name: editable.name,
      key: Type.Optional(keySchema),
      description: Type.Optional(editable.description),
      status: Type.Optional(editable.status),
      visibility: Type.Optional(editable.visibility),
    }),
    response: Project,
    errors: projectErrors,
  }),
  getProject: defineRoute({
    id: 'getProject',
    method: 'GET',
    path: '/projects/{project_id}',
    status: 200,
    summary: 'One project',
    params: projectParams,
    response: Project,
  }),
  updateProject: defineRoute({
    id: 'updateProject',
    method: 'PATCH',
    path: '/projects/{project_id}',
    status: 200,
    summary: 'Change the named fields of a project',
    params: projectParams,
    body: Type.Partial(Strict(editable), { additionalProperties: false }),
    response: Project,
    errors: projectErrors,
  }),
  replaceProject: defineRoute({
    id: 'replaceProject',
    method: 'PUT',
    path: '/projects/{project_id}',
    status: 200,
    summary: 'Replace every editable field of a project',
    params: projectParams,
    body: Strict({
      name: editable.name,
      description: Type.Optional(editable.description),
      status: Type.Optional(editable.status),
      visibility: Type.Optional(editable.visibility),
    }),
    response: Project,
    errors: projectErrors,
  }),
  deleteProject: defineRoute({
    id: 'deleteProject',
    method: 'DELETE',
    path: '/projects/{project_id}',
    status: 204,
    summary: 'Move a project to the trash (restorable for 30 days)',
    params: projectParams,
  }),
  listProjectMembers: defineRoute({
    id: 'listProjectMembers',
    method: 'GET',
    path: '/projects/{project_id}/members',
    status: 200,
    summary: 'Explicit members of a project',
    params: projectParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(ProjectMember),
  }),
  addProjectMember: defineRoute({
    id: 'addProjectMember',
    method: 'POST',
    path: '/projects/{project_id}/members',
    status: 201,
    summary: 'Add a member of the workspace to a project',
    params: projectParams,
    body: Strict({ user_id: IdOf('user'), role: Type.Optional(roleSchema) }),
    response: ProjectMember,
    errors: projectErrors,
  }),
  updateProjectMember: defineRoute({
    id: 'updateProjectMember',
    method: 'PATCH',
    path: '/projects/{project_id}/members/{user_id}',
    status: 200,
    summary: "Change a member's role",
    params: memberParams,
    body: Strict({ role: roleSchema }),
    response: ProjectMember,
  }),
  removeProjectMember: defineRoute({
    id: 'removeProjectMember',
    method: 'DELETE',
    path: '/projects/{project_id}/members/{user_id}',
    status: 204,
    summary: 'Remove a member from a project',
    params: memberParams,
  }),
  listAssignable: defineRoute({
    id: 'listAssignable',
    method: 'GET',
    path: '/projects/{project_id}/people',
    status: 200,
    summary: 'Everybody who can see the project: those one may assign or mention, with their effective role',
    params: projectParams,
    response: Type.Object({ data: Type.Array(Type.Object({ ...Person.properties, role: roleSchema })) }),
  }),

  getProjectAccess: defineRoute({
    id: 'getProjectAccess',
    method: 'GET',
    path: '/internal/projects/{project_id}/access/{user_id}',
    auth: 'service',
    status: 200,
    summary: 'What a person may do in a project',
    params: memberParams,
    response: Type.Object({
      role: Nullable(roleSchema),
      workspace_id: IdOf('workspace'),
      key: Type.String(),
      name: Type.String(),
      status: Enum(PROJECT_STATUSES),
      visibility: Enum(VISIBILITIES),
      fresh_for_ms: Type.Integer(),
    }),
  }),
} as const;

export const projectsContract = defineContract({ name: 'projects', routes: projectsRoutes });

/** Fields of a project in the log. */
export const ProjectFields = Type.Partial(
  Type.Object({
    id: IdOf('project'),
    workspace_id: IdOf('workspace'),
    key: Type.String(),
    name: Type.String(),
    description: Type.String(),
    status: Enum(PROJECT_STATUSES),
    visibility: Enum(VISIBILITIES),
    owner_id: Nullable(IdOf('user')),
    created_at: Instant,
    updated_at: Instant,
  }),
);
export const projectCreated = defineEvent({
  name: 'project.created',
  owner: 'projects',
  entity: 'project',
  op: 'created',
  v: 1,
  after: ProjectFields,
});
export const projectUpdated = defineEvent({
  name: 'project.updated',
  owner: 'projects',
  entity: 'project',
  op: 'updated',
  v: 1,
  after: ProjectFields,
});
export const projectDeleted = defineEvent({
  name: 'project.deleted',
  owner: 'projects',
  entity: 'project',
  op: 'deleted',
  v: 1,
  after: Type.Object({ deleted_at: Instant }),
});
const memberFields = Type.Object({ user_id: IdOf('user'), role: roleSchema });
export const projectMemberCreated = defineEvent({
  name: 'project.member.created',
  owner: 'projects',
  entity: 'project_member',
  op: 'created',
  v: 1,
  after: memberFields,
});
export const projectMemberUpdated = defineEvent({
  name: 'project.member.updated',
  owner: 'projects',
  entity: 'project_member',
  op: 'updated',
  v: 1,
  after: memberFields,
});
export const projectMemberDeleted = defineEvent({
  name: 'project.member.deleted',
  owner: 'projects',
  entity: 'project_member',
  op: 'deleted',
  v: 1,
  after: Type.Object({ user_id: IdOf('user') }),
});
/**
 * Content-free, on `projects/workspace:<id>`: the list of projects somebody in the workspace sees has changed.
 * It names no project, because not everybody who may follow the workspace may see each of them.
 */
export const projectsListed = defineEvent({
  name: 'workspace.projects.changed',
  owner: 'projects',
  entity: 'workspace',
  op: 'changed',
  v: 1,
  after: Type.Object({}),
});
