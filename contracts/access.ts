/** The one table of who may do what. Every policy, the web app and the isolation matrix derive from it. */

export const WORKSPACE_ROLES = ['owner', 'admin', 'member', 'guest'] as const;
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];
export const PROJECT_ROLES = ['admin', 'member', 'commenter', 'viewer'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];
export const VISIBILITIES = ['workspace', 'private'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** What a role in a workspace allows. */
export const WORKSPACE_ACCESS = {
  'workspace.view': ['owner', 'admin', 'member', 'guest'],
  'workspace.edit': ['owner', 'admin'],
  'workspace.delete': ['owner'],
  'workspace.transfer': ['owner'],
  'workspace.members.view': ['owner', 'admin', 'member', 'guest'],
  'workspace.members.manage': ['owner', 'admin'],
  'project.create': ['owner', 'admin', 'member'],
} as const satisfies Record<string, readonly WorkspaceRole[]>;
export type WorkspaceVerb = keyof typeof WORKSPACE_ACCESS;

/** What an effective role in a project allows. */
export const PROJECT_ACCESS = {
  'project.view': ['admin', 'member', 'commenter', 'viewer'],
  'project.edit': ['admin'],
  'project.delete': ['admin'],
  'project.members.view': ['admin', 'member', 'commenter', 'viewer'],
  'project.members.manage': ['admin'],
  'task.view': ['admin', 'member', 'commenter', 'viewer'],
  'task.create': ['admin', 'member'],
  'task.edit': ['admin', 'member'],
  'task.delete': ['admin', 'member'],
  'status.manage': ['admin'],
  'label.manage': ['admin', 'member'],
  'comment.view': ['admin', 'member', 'commenter', 'viewer'],
  'comment.create': ['admin', 'member', 'commenter'],
  'comment.edit.own': ['admin', 'member', 'commenter'],
  'comment.delete.any': ['admin'],
  'import.run': ['admin'],
} as const satisfies Record<string, readonly ProjectRole[]>;
export type ProjectVerb = keyof typeof PROJECT_ACCESS;

export function workspaceAllows(role: WorkspaceRole | null, verb: WorkspaceVerb): boolean {
  return role !== null && (WORKSPACE_ACCESS[verb] as readonly string[]).includes(role);
}

export function projectAllows(role: ProjectRole | null, verb: ProjectVerb): boolean {
  return role !== null && (PROJECT_ACCESS[verb] as readonly string[]).includes(role);
}

/**
 * The role a person has in a project, or null if they may not see it.
 * Owners and admins of the workspace are admins everywhere in it; an explicit project role counts next; other
 * members (never guests) are `member` in projects the workspace can see. No workspace role, no access.
 */
export function effectiveProjectRole(facts: {
  workspaceRole: WorkspaceRole | null;
  projectRole: ProjectRole | null;
  visibility: Visibility;
}): ProjectRole | null {
  const { workspaceRole, projectRole, visibility } = facts;
  if (workspaceRole === null) return null;
  if (workspaceRole === 'owner' || workspaceRole === 'admin') return 'admin';
  if (projectRole !== null) return projectRole;
  return workspaceRole === 'member' && visibility === 'workspace' ? 'member' : null;
}
