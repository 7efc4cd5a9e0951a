import { type Client, createClient, type RouteContract, type Routes } from '@gantry/contracts';
import type { projectsRoutes } from '@gantry/contracts/projects';
import type { tasksRoutes } from '@gantry/contracts/tasks';
import type { usersRoutes } from '@gantry/contracts/users';

/**
 * Method and path of every route the app calls, held to the contracts by their types: a path that drifts does
 * not compile. The contracts themselves would bring 22 kB (gzip) of schemas that only the server needs.
 */
type Signatures<R extends Routes> = {
  [K in keyof R as R[K] extends { auth: 'service' } ? never : K]: `${R[K]['method']} ${R[K]['path']}`;
};

const users = {
  signUp: 'POST /auth/sign-up',
  signIn: 'POST /auth/sign-in',
  signOut: 'POST /auth/sign-out',
  getSession: 'GET /auth/session',
  updateMe: 'PATCH /me',
  createWorkspace: 'POST /workspaces',
  updateWorkspace: 'PATCH /workspaces/{workspace_id}',
  listWorkspaceMembers: 'GET /workspaces/{workspace_id}/members',
  addWorkspaceMember: 'POST /workspaces/{workspace_id}/members',
  updateWorkspaceMember: 'PATCH /workspaces/{workspace_id}/members/{user_id}',
  removeWorkspaceMember: 'DELETE /workspaces/{workspace_id}/members/{user_id}',
} as const satisfies Partial<Signatures<typeof usersRoutes>>;

const projects = {
  listProjects: 'GET /projects',
  createProject: 'POST /projects',
  updateProject: 'PATCH /projects/{project_id}',
  deleteProject: 'DELETE /projects/{project_id}',
  listProjectMembers: 'GET /projects/{project_id}/members',
  addProjectMember: 'POST /projects/{project_id}/members',
  updateProjectMember: 'PATCH /projects/{project_id}/members/{user_id}',
  removeProjectMember: 'DELETE /projects/{project_id}/members/{user_id}',
  listAssignable: 'GET /projects/{project_id}/people',
} as const satisfies Partial<Signatures<typeof projectsRoutes>>;

const tasks = {
  listTasks: 'GET /projects/{project_id}/tasks',
  createTask: 'POST /projects/{project_id}/tasks',
  getTask: 'GET /tasks/{task_id}',
  updateTask: 'PATCH /tasks/{task_id}',
  deleteTask: 'DELETE /tasks/{task_id}',
  restoreTask: 'POST /tasks/{task_id}/restore',
  getTaskHistory: 'GET /tasks/{task_id}/history',
  listComments: 'GET /tasks/{task_id}/comments',
  addComment: 'POST /tasks/{task_id}/comments',
  updateComment: 'PATCH /tasks/{task_id}/comments/{comment_id}',
  deleteComment: 'DELETE /tasks/{task_id}/comments/{comment_id}',
  createLabel: 'POST /projects/{project_id}/labels',
  getSnapshot: 'GET /projects/{project_id}/snapshot',
  getChanges: 'GET /projects/{project_id}/changes',
  createImport: 'POST /projects/{project_id}/imports',
  listImports: 'GET /projects/{project_id}/imports',
  getImport: 'GET /projects/{project_id}/imports/{import_id}',
} as const satisfies Partial<Signatures<typeof tasksRoutes>>;

function thin(table: Record<string, string>): Routes {
  return Object.fromEntries(
    Object.entries(table).map(([id, signature]): [string, RouteContract] => {
      const [method, path] = signature.split(' ') as [RouteContract['method'], string];
      const raw = id === 'getSnapshot' ? { raw: { response: 'ndjson' as const } } : {};
      return [id, { id, method, path, status: 200, summary: '', ...raw }];
    }),
  );
}

export type Api = Client<
  Pick<typeof usersRoutes, keyof typeof users> &
    Pick<typeof projectsRoutes, keyof typeof projects> &
    Pick<typeof tasksRoutes, keyof typeof tasks>
>;

/** The public API, typed. Same origin, session cookie. */
export const api = createClient(thin({ ...users, ...projects, ...tasks }), { baseUrl: '' }) as unknown as Api;
