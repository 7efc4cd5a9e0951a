import { Type } from 'typebox';
import type { WorkspaceRole } from '../access.ts';
import { defineEvent } from '../kernel/change.ts';
import { defineContract, defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Line, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';
import { apiKeyRoutes } from './api-keys.ts';
import {
  emailSchema,
  Me,
  Person,
  passwordSchema,
  roleSchema,
  Session,
  tokenSchema,
  userErrors,
  usernameSchema,
  Workspace,
  WorkspaceMember,
  workspaceParams,
} from './common.ts';
import { credentialRoutes } from './credentials.ts';
import { invitationRoutes } from './invitations.ts';
import { platformRoutes } from './platform.ts';
import { sessionRoutes } from './sessions.ts';
import { workspaceLifeRoutes } from './workspace-life.ts';

export * from './api-keys.ts';
export { Me, Person, Session, userErrors, Workspace, WorkspaceMember } from './common.ts';
export * from './credentials.ts';
export * from './invitations.ts';
export * from './platform.ts';
export * from './sessions.ts';
export * from './workspace-life.ts';

export const usersRoutes = {
  ...invitationRoutes,
  ...apiKeyRoutes,
  ...credentialRoutes,
  ...sessionRoutes,
  ...platformRoutes,
  ...workspaceLifeRoutes,
  signUp: defineRoute({
    id: 'signUp',
    method: 'POST',
    path: '/auth/sign-up',
    auth: 'none',
    status: 201,
    summary: 'Make an account and its first workspace, and sign in (sets the session cookie)',
    body: Strict({
      email: emailSchema,
      password: passwordSchema,
      first_name: Line(80),
      last_name: Type.Optional(Line(80, { min: 0 })),
      username: Type.Optional(usernameSchema),
      workspace_name: Type.Optional(
        Line(80, { description: 'Name of the first workspace; from the first name if left out.' }),
      ),
      invitation_token: Type.Optional(
        tokenSchema(
          'From an invitation: accepts it together. No workspace of your own is made unless named.',
        ),
      ),
    }),
    response: Session,
    errors: userErrors,
  }),
  signIn: defineRoute({
    id: 'signIn',
    method: 'POST',
    path: '/auth/sign-in',
    auth: 'none',
    status: 200,
    summary: 'Sign in by e-mail or username (sets the session cookie)',
    body: Strict({
      login: Line(254, { description: 'E-mail or username.' }),
      password: Type.String({ minLength: 1, maxLength: 128 }),
    }),
    response: Session,
    errors: userErrors,
  }),
  signOut: defineRoute({
    id: 'signOut',
    method: 'POST',
    path: '/auth/sign-out',
    auth: 'none',
    status: 204,
    summary: 'End this session',
  }),
  getSession: defineRoute({
    id: 'getSession',
    method: 'GET',
    path: '/auth/session',
    status: 200,
    scope: 'session',
    summary: 'Who is signed in, and their workspaces',
    response: Session,
  }),
  createToken: defineRoute({
    id: 'createToken',
    method: 'POST',
    path: '/auth/token',
    status: 200,
    scope: 'session',
    secret: true,
    summary: 'A short-lived signed token (JWT) for this session, for programs',
    response: Type.Object({ token: Type.String(), expires_in: Type.Integer({ description: 'Seconds.' }) }),
  }),
  getJwks: defineRoute({
    id: 'getJwks',
    method: 'GET',
    path: '/auth/jwks',
    auth: 'none',
    status: 200,
    summary: 'Public keys that verify our tokens (JWKS, RFC 7517)',
    response: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
  }),
  getMe: defineRoute({
    id: 'getMe',
    method: 'GET',
    path: '/me',
    status: 200,
    summary: 'My profile',
    response: Me,
  }),
  updateMe: defineRoute({
    id: 'updateMe',
    method: 'PATCH',
    path: '/me',
    status: 200,
    summary: 'Change my profile',
    body: Strict({
      first_name: Type.Optional(Line(80)),
      last_name: Type.Optional(Line(80, { min: 0 })),
      username: Type.Optional(usernameSchema),
    }),
    response: Me,
    errors: userErrors,
  }),
  listWorkspaces: defineRoute({
    id: 'listWorkspaces',
    method: 'GET',
    path: '/workspaces',
    status: 200,
    summary: 'Workspaces I belong to',
    query: Strict({ ...PageQuery }),
    response: ListOf(Workspace),
  }),
  createWorkspace: defineRoute({
    id: 'createWorkspace',
    method: 'POST',
    path: '/workspaces',
    status: 201,
    summary: 'Make a workspace; I become its owner',
    body: Strict({ id: Type.Optional(IdOf('workspace')), name: Line(80) }),
    response: Workspace,
  }),
  getWorkspace: defineRoute({
    id: 'getWorkspace',
    method: 'GET',
    path: '/workspaces/{workspace_id}',
    status: 200,
    summary: 'One workspace',
    params: workspaceParams,
    response: Workspace,
  }),
  updateWorkspace: defineRoute({
    id: 'updateWorkspace',
    method: 'PATCH',
    path: '/workspaces/{workspace_id}',
    status: 200,
    summary: 'Rename a workspace',
    params: workspaceParams,
    body: Strict({ name: Type.Optional(Line(80)) }),
    response: Workspace,
  }),
  listWorkspaceMembers: defineRoute({
    id: 'listWorkspaceMembers',
    method: 'GET',
    path: '/workspaces/{workspace_id}/members',
    status: 200,
    summary: 'Members of a workspace',
    params: workspaceParams,
    query: Strict({ ...PageQuery }),
    response: ListOf(WorkspaceMember),
  }),
  addWorkspaceMember: defineRoute({
    id: 'addWorkspaceMember',
    method: 'POST',
    path: '/workspaces/{workspace_id}/members',
    status: 201,
    summary: 'Add a person who has an account, by e-mail',
    params: workspaceParams,
    body: Strict({ email: emailSchema, role: Type.Optional(Enum(['admin', 'member', 'guest'] as const)) }),
    response: WorkspaceMember,
    errors: userErrors,
  }),
  updateWorkspaceMember: defineRoute({
    id: 'updateWorkspaceMember',
    method: 'PATCH',
    path: '/workspaces/{workspace_id}/members/{user_id}',
    status: 200,
    summary: "Change a member's role",
    params: Strict({ workspace_id: IdOf('workspace'), user_id: IdOf('user') }),
    body: Strict({ role: roleSchema }),
    response: WorkspaceMember,
    errors: userErrors,
  }),
  removeWorkspaceMember: defineRoute({
    id: 'removeWorkspaceMember',
    method: 'DELETE',
    path: '/workspaces/{workspace_id}/members/{user_id}',
    status: 204,
    summary: 'Remove a member, or leave',
    params: Strict({ workspace_id: IdOf('workspace'), user_id: IdOf('user') }),
    errors: userErrors,
  }),

  exchangeCredential: defineRoute({
    id: 'exchangeCredential',
    method: 'POST',
    path: '/internal/users/exchange',
    auth: 'service',
    status: 200,
    summary: 'Turn a cookie or token into a fresh short-lived JWT',
    body: Strict({
      cookie: Type.Optional(Type.String({ maxLength: 8192 })),
      authorization: Type.Optional(Type.String({ maxLength: 8192 })),
    }),
    response: Type.Object({
      token: Nullable(Type.String({ description: 'Null: nobody.' })),
      fresh_for_ms: Type.Integer(),
    }),
  }),
  getMembership: defineRoute({
    id: 'getMembership',
    method: 'GET',
    path: '/internal/users/workspaces/{workspace_id}/members/{user_id}',
    auth: 'service',
    status: 200,
    summary: 'The role of a person in a workspace',
    params: Strict({ workspace_id: IdOf('workspace'), user_id: IdOf('user') }),
    response: Type.Object({ role: Nullable(roleSchema), fresh_for_ms: Type.Integer() }),
  }),
  listMemberships: defineRoute({
    id: 'listMemberships',
    method: 'GET',
    path: '/internal/users/{user_id}/memberships',
    auth: 'service',
    status: 200,
    summary: 'All workspaces of a person with their roles',
    params: Strict({ user_id: IdOf('user') }),
    response: Type.Object({
      memberships: Type.Array(Type.Object({ workspace_id: IdOf('workspace'), role: roleSchema })),
      fresh_for_ms: Type.Integer(),
    }),
  }),
  findPeople: defineRoute({
    id: 'findPeople',
    method: 'POST',
    path: '/internal/users/people',
    auth: 'service',
    status: 200,
    summary: 'Profiles of members of a workspace by id, e-mail or username; others are left out',
    body: Strict({
      workspace_id: IdOf('workspace'),
      ids: Type.Optional(Type.Array(IdOf('user'), { maxItems: 1000 })),
      emails: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })),
      usernames: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })),
      all: Type.Optional(Type.Boolean({ description: 'Every member, 1,000 at most.' })),
    }),
    response: Type.Object({
      people: Type.Array(Type.Object({ ...Person.properties, email: Type.String(), role: roleSchema })),
    }),
  }),
} as const;

export const usersContract = defineContract({ name: 'users', routes: usersRoutes });

export const userCreated = defineEvent({
  name: 'user.created',
  owner: 'users',
  entity: 'user',
  op: 'created',
  v: 1,
  after: Type.Partial(Me),
});
export const userUpdated = defineEvent({
  name: 'user.updated',
  owner: 'users',
  entity: 'user',
  op: 'updated',
  v: 1,
  after: Type.Partial(Me),
});
export const workspaceCreated = defineEvent({
  name: 'workspace.created',
  owner: 'users',
  entity: 'workspace',
  op: 'created',
  v: 1,
  after: Type.Object({ name: Type.String(), slug: Type.String() }),
});
export const workspaceUpdated = defineEvent({
  name: 'workspace.updated',
  owner: 'users',
  entity: 'workspace',
  op: 'updated',
  v: 1,
  after: Type.Object({ name: Type.Optional(Type.String()) }),
});
const membershipFields = Type.Object({ user_id: IdOf('user'), role: roleSchema });
export const membershipCreated = defineEvent({
  name: 'workspace.member.created',
  owner: 'users',
  entity: 'membership',
  op: 'created',
  v: 1,
  after: membershipFields,
});
export const membershipUpdated = defineEvent({
  name: 'workspace.member.updated',
  owner: 'users',
  entity: 'membership',
  op: 'updated',
  v: 1,
  after: membershipFields,
});
export const membershipDeleted = defineEvent({
  name: 'workspace.member.deleted',
  owner: 'users',
  entity: 'membership',
  op: 'deleted',
  v: 1,
  after: Type.Object({ user_id: IdOf('user') }),
});

export type { WorkspaceRole };
