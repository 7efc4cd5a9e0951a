import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineContract, type Id, newId, type ProjectRole } from '@gantry/contracts';
import { projectsRoutes } from '@gantry/contracts/projects';
import { usersRoutes } from '@gantry/contracts/users';
import {
  defineService,
  fail,
  handlerFor,
  makeLogger,
  type Runtime,
  type Service,
  startRuntime,
} from '@gantry/kit';
import { testIdentity } from '@gantry/kit/testing';
import { testDatabase } from '../../../../tests/setup/postgres.ts';
import { tasksService } from '../../service.ts';

interface Project {
  workspaceId: Id<'workspace'>;
  roles: Map<string, ProjectRole>;
  status: 'active' | 'archived';
}
interface TestPerson {
  id: Id<'user'>;
  username: string;
  name: string;
  email: string;
}

/** The tasks service over HTTP between stand-ins for users and projects. */
export async function startImportServer(databaseUrl: string, dataDir: string) {
  const identity = await testIdentity();
  const projects = new Map<string, Project>();
  const people: TestPerson[] = [];
  const handle = handlerFor();

  const users = defineService({
    ...identity.users,
    contract: defineContract({
      name: 'users',
      routes: { ...identity.users.contract.routes, findPeople: usersRoutes.findPeople },
    }),
    routes: [
      ...identity.users.routes,
      handle(usersRoutes.findPeople, async () => ({
        people: people.map((person) => ({
          ...person,
          first_name: person.name,
          last_name: '',
          role: 'member' as const,
        })),
      })),
    ],
  });
  const projectsService = defineService({
    name: 'projects',
    contract: defineContract({
      name: 'projects',
      routes: { getProjectAccess: projectsRoutes.getProjectAccess },
    }),
    config: {},
    migrations: null,
    pool: 0,
    calls: {},
    routes: [
      handle(projectsRoutes.getProjectAccess, async (_ctx, { params }) => {
        const project = projects.get(params.project_id);
        if (!project) throw fail('not_found');
        return {
          role: project.roles.get(params.user_id) ?? null,
          workspace_id: project.workspaceId,
          key: 'IMP',
          name: 'Imported',
          status: project.status,
          visibility: 'private' as const,
          fresh_for_ms: 0,
        };
      }),
    ],
  });
  const start = (): Promise<Runtime> =>
    startRuntime({
      // Nobody publishes project.created here.
      services: [users, projectsService, { ...tasksService, subscribers: [] }],
      databaseUrl,
      secret: 'test',
      log: makeLogger('warn', process.stderr),
      dataDir,
      env: { PORT: '0', HOST: '127.0.0.1', GANTRY_VALIDATE_EVENTS: '1' },
    });
  let runtime = await start();

  return {
    url: () => runtime.url,
    service: () => runtime.services.get('tasks') as Service,
    token: (userId: Id<'user'>) => identity.token(userId),
    people,
    /** A new project with this person as its admin. */
    project(admin: Id<'user'>, status: Project['status'] = 'active', id = newId('project')): Id<'project'> {
      projects.set(id, { workspaceId: newId('workspace'), roles: new Map([[admin, 'admin']]), status });
      return id;
    },
    facts: (id: Id<'project'>) => projects.get(id) as Project,
    async restart(): Promise<void> {
      await runtime.stop();
      runtime = await start();
    },
    stop: () => runtime.stop(),
  };
}

/** As startImportServer, on a database and folder of its own that go with it. */
export async function importServer() {
  const database = await testDatabase('imports');
  const dataDir = await mkdtemp(join(tmpdir(), 'gantry-imports-'));
  const server = await startImportServer(database.url, dataDir);
  return {
    ...server,
    async stop(): Promise<void> {
      await server.stop();
      await database.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}
