import { type Static, Type } from 'typebox';
import { PROJECT_ROLES } from '../access.ts';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Instant, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';
import {
  emailSchema,
  Person,
  roleSchema,
  tokenSchema,
  userErrors,
  Workspace,
  workspaceParams,
} from './common.ts';

/** An invitation works once, for this many days. */
export const INVITATION_DAYS = 7;
/** Invitations of a workspace that wait at the same time. */
export const MAX_PENDING_INVITATIONS = 1000;

const invitedRole = Enum(['admin', 'member', 'guest'] as const);
const invitedProject = Strict({ project_id: IdOf('project'), role: Enum(PROJECT_ROLES) });
export type InvitedProject = Static<typeof invitedProject>;

export const Invitation = Type.Object({
  id: IdOf('invitation'),
  workspace_id: IdOf('workspace'),
  email: Nullable(Type.String({ description: 'Null: by link, for whoever has it.' })),
  role: invitedRole,
  projects: Type.Array(invitedProject),
  invited_by: Nullable(Person),
  created_at: Instant,
  expires_at: Instant,
});
export type Invitation = Static<typeof Invitation>;

export const NewInvitation = Type.Object({
  ...Invitation.properties,
  token: Nullable(
    Type.String({
      description: 'Shown this once, for the link; null for one by mail, where only the mail has it.',
    }),
  ),
});
export type NewInvitation = Static<typeof NewInvitation>;

export const invitationRoutes = {
  createInvitation: defineRoute({
    id: 'createInvitation',
    method: 'POST',
    path: '/workspaces/{workspace_id}/invitations',
    status: 201,
    secret: true,
    summary: 'Invite somebody by mail, or make a link that works once',
    params: workspaceParams,
    body: Strict({
      id: Type.Optional(IdOf('invitation')),
      email: Type.Optional(emailSchema),
      role: Type.Optional(invitedRole),
      projects: Type.Optional(
        Type.Array(invitedProject, { maxItems: 50, description: 'Projects to be in from the start.' }),
      ),
    }),
    response: NewInvitation,
    errors: userErrors,
  }),
  listInvitations: defineRoute({
    id: 'listInvitations',
    method: 'GET',
    path: '/workspaces/{workspace_id}/invitations',
    status: 200,
    summary: 'Invitations that can still be accepted',
    params: workspaceParams,
    query: Strict({ page: PageQuery.page, limit: PageQuery.limit }),
    response: ListOf(Invitation),
  }),
  revokeInvitation: defineRoute({
    id: 'revokeInvitation',
    method: 'DELETE',
    path: '/workspaces/{workspace_id}/invitations/{invitation_id}',
    status: 204,
    summary: 'Withdraw an invitation',
    params: Strict({ workspace_id: IdOf('workspace'), invitation_id: IdOf('invitation') }),
  }),
  readInvitation: defineRoute({
    id: 'readInvitation',
    method: 'POST',
    path: '/invitations/read',
    auth: 'none',
    status: 200,
    summary: 'Whose invitation this is and where to; the token travels in the body to stay out of logs',
    body: Strict({ token: tokenSchema('From the link or the mail.') }),
    response: Type.Object({ workspace_name: Type.String(), inviter_name: Type.String() }),
    errors: userErrors,
  }),
  acceptInvitation: defineRoute({
    id: 'acceptInvitation',
    method: 'POST',
    path: '/invitations/accept',
    status: 200,
    secret: true,
    summary: 'Join the workspace this invitation is for',
    body: Strict({ token: tokenSchema('From the link or the mail.') }),
    response: Workspace,
    errors: userErrors,
  }),
} as const;

/** On the workspace's stream, without the e-mail: guests read it too. */
export const invitationCreated = defineEvent({
  name: 'workspace.invitation.created',
  owner: 'users',
  entity: 'invitation',
  op: 'created',
  v: 1,
  after: Type.Object({ role: roleSchema, by_mail: Type.Boolean() }),
});
export const invitationRevoked = defineEvent({
  name: 'workspace.invitation.revoked',
  owner: 'users',
  entity: 'invitation',
  op: 'revoked',
  v: 1,
  after: Type.Object({}),
});
export const invitationAccepted = defineEvent({
  name: 'workspace.invitation.accepted',
  owner: 'users',
  entity: 'invitation',
  op: 'accepted',
  v: 1,
  after: Type.Object({ user_id: IdOf('user') }),
});
/** On the stream of who accepted: it names projects, which not everybody in the workspace may see. */
export const userInvitationAccepted = defineEvent({
  name: 'user.invitation.accepted',
  owner: 'users',
  entity: 'invitation',
  op: 'accepted',
  v: 1,
  after: Type.Object({
    user_id: IdOf('user'),
    workspace_id: IdOf('workspace'),
    role: roleSchema,
    projects: Type.Array(invitedProject),
  }),
});
