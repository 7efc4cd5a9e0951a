import { Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { IdOf, Instant, Strict } from '../kernel/schema.ts';
import { userErrors, Workspace, workspaceParams } from './common.ts';

/** A deleted workspace can be taken back for so long; then it is gone for good. */
export const WORKSPACE_TRASH_DAYS = 30;

export const workspaceLifeRoutes = {
  transferWorkspace: defineRoute({
    id: 'transferWorkspace',
    method: 'POST',
    path: '/workspaces/{workspace_id}/transfer',
    status: 200,
    summary: 'Hand my ownership to another member; I become an admin',
    params: workspaceParams,
    body: Strict({ user_id: IdOf('user') }),
    response: Workspace,
    errors: userErrors,
  }),
  deleteWorkspace: defineRoute({
    id: 'deleteWorkspace',
    method: 'DELETE',
    path: '/workspaces/{workspace_id}',
    status: 204,
    scope: 'session',
    summary: 'Delete a workspace with all that is in it; owners can take it back for 30 days',
    params: workspaceParams,
  }),
  restoreWorkspace: defineRoute({
    id: 'restoreWorkspace',
    method: 'POST',
    path: '/workspaces/{workspace_id}/restore',
    status: 200,
    scope: 'session',
    summary: 'Take a deleted workspace back',
    params: workspaceParams,
    response: Workspace,
  }),
} as const;

export const workspaceDeleted = defineEvent({
  name: 'workspace.deleted',
  owner: 'users',
  entity: 'workspace',
  op: 'deleted',
  v: 1,
  after: Type.Object({ deleted_at: Instant }),
});
export const workspaceRestored = defineEvent({
  name: 'workspace.restored',
  owner: 'users',
  entity: 'workspace',
  op: 'restored',
  v: 1,
  after: Type.Object({}),
});
/** It cannot come back: every service deletes what it has of this workspace. */
export const workspacePurged = defineEvent({
  name: 'workspace.purged',
  owner: 'users',
  entity: 'workspace',
  op: 'purged',
  v: 1,
  after: Type.Object({}),
});
