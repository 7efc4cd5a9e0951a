import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_BASE, type Client, createClient, type WorkspaceRole } from '@gantry/contracts';
import { projectsRoutes } from '@gantry/contracts/projects';
import { tasksRoutes } from '@gantry/contracts/tasks';
import { type Me, type Session, usersRoutes, type Workspace } from '@gantry/contracts/users';
import { type Env, makeLogger, type Runtime, startRuntime } from '@gantry/kit';
import { allServices } from '../../services/main.ts';
import { type TestDatabase, testDatabase } from './postgres.ts';

export type Shape = 'together' | 'apart';

const routes = { ...usersRoutes, ...projectsRoutes, ...tasksRoutes };
export type Api = Client<typeof routes>;

export interface TestPerson {
  user: Me;
  /** Their own first workspace, which they own. */
  workspace: Workspace;
  password: string;
  /** `gantry.session_token=…` */
  cookie: string;
  /** A fresh signed token (JWT) of this person's session. */
  token(): Promise<string>;
  /** Every public route, as this person, by the session cookie. */
  api: Api;
  /** Raw request below the origin (`/api/v1/me`), with this person's cookie. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export interface SignUpInput {
  email?: string;
  password?: string;
  first_name?: string;
  last_name?: string;
  username?: string;
  workspace_name?: string;
}

export interface TestGantry {
  shape: Shape;
  /** Origin of the gateway. */
  url: string;
  databaseUrl: string;
  dataDir: string;
  secret: string;
  /** One when together, one per service when apart. */
  runtimes: Runtime[];
  /** The runtime that runs this service. */
  runtimeOf(service: string): Runtime;
  signUp(input?: SignUpInput): Promise<TestPerson>;
  /** The same session, used through this platform's gateway. */
  personFrom(person: TestPerson): TestPerson;
  /** Adds a person to the owner's workspace (or another one). */
  addToWorkspace(
    owner: TestPerson,
    person: TestPerson,
    role: WorkspaceRole,
    workspace?: string,
  ): Promise<void>;
  /** Starts a service again that was stopped by `runtimeOf(service).stop()`, at the same address. Apart only. */
  startAgain(service: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TestGantryOptions {
  shape?: Shape;
  /** Another platform whose database and files this one works on as well; stop that one last. */
  beside?: TestGantry;
  env?: Env;
  /** Least level of log lines shown; `warn` unless said. */
  logLevel?: string;
}

const SECRET = 'a secret for tests only';
let people = 0;

/**
 * A whole platform on a fresh database: one process's runtime, or one runtime per service that talk real HTTP
 * behind a gateway. The shape is the option's, else GANTRY_TEST_SHAPE's, else together.
 */
export async function startTestGantry(options: TestGantryOptions = {}): Promise<TestGantry> {
  const shape = options.shape ?? (process.env.GANTRY_TEST_SHAPE === 'apart' ? 'apart' : 'together');
  const { beside } = options;
  const database = beside ? null : await testDatabase('gantry');
  const databaseUrl = beside?.databaseUrl ?? (database as TestDatabase).url;
  const dataDir = beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'gantry-test-data-')));
  const runtimes: Runtime[] = [];
  const environments = new Map<string, Env>();
  const start = async (env: Env) => {
    const runtime = await startRuntime({
      services: allServices,
      databaseUrl,
      secret: SECRET,
      dataDir,
      log: makeLogger(options.logLevel ?? 'warn', process.stderr),
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        GANTRY_VALIDATE_EVENTS: '1',
        AUTH_ATTEMPTS_PER_MINUTE: '1000000',
        ...env,
        ...options.env,
      },
    });
    runtimes.push(runtime);
    for (const name of runtime.services.keys()) environments.set(name, env);
    return runtime;
  };
  const runtimeOf = (service: string) =>
    found(
      runtimes.find((r) => r.services.has(service)),
      service,
    );
  const stop = async () => {
    for (const runtime of runtimes.toReversed()) await runtime.stop();
    if (!database) return;
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const gateway = shape === 'together' ? await start({}) : await startApart(start);
    const url = gateway.url.replace('localhost', '127.0.0.1');
    return {
      shape,
      url,
      databaseUrl,
      dataDir,
      secret: SECRET,
      runtimes,
      runtimeOf,
      async startAgain(service) {
        runtimes.splice(runtimes.indexOf(runtimeOf(service)), 1);
        await start(found(environments.get(service), service));
      },
      signUp: (input) => signUp(url, input),
      personFrom: (person) => ({ ...person, ...personOf(url, person.cookie) }),
      addToWorkspace: (owner, person, role, workspace = owner.workspace.id) =>
        addToWorkspace(owner, person, role, workspace),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One runtime per service, each with its own listener; the gateway last. */
async function startApart(start: (env: Env) => Promise<Runtime>): Promise<Runtime> {
  const names = allServices.map((d) => d.name).filter((name) => name !== 'gateway');
  const ports = await Promise.all(names.map(() => freePort()));
  const addresses = Object.fromEntries(
    names.map((name, i) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[i]}`]),
  );
  for (const [i, name] of names.entries())
    await start({ ...addresses, SERVICES: name, PORT: String(ports[i]) });
  return start({ ...addresses, SERVICES: 'gateway' });
}

async function signUp(url: string, input: SignUpInput = {}): Promise<TestPerson> {
  const n = ++people;
  const password = input.password ?? 'correct horse battery';
  const body = {
    email: `person-${process.pid}-${n}@example.com`,
    first_name: 'Person',
    last_name: String(n),
    ...input,
    password,
  };
  const answer = await fetch(`${url}${API_BASE}/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
  const session = (await answer.json()) as Session;
  return {
    ...personOf(url, cookieOf(answer)),
    user: session.user,
    workspace: found(session.workspaces[0], 'workspace'),
    password,
  };
}

/** The session cookie an answer sets. */
export function cookieOf(answer: Response): string {
  return found(answer.headers.getSetCookie()[0]?.split(';')[0], 'cookie');
}

/** Requests in the name of whoever this cookie belongs to. */
export function personOf(
  url: string,
  cookie: string,
): Pick<TestPerson, 'cookie' | 'token' | 'api' | 'fetch'> {
  const headers = { cookie, origin: url };
  const api = createClient(routes, { baseUrl: url, headers: () => headers });
  return {
    cookie,
    api,
    token: async () => (await api.createToken({})).token,
    fetch: (path, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string>) },
      }),
  };
}

async function addToWorkspace(
  owner: TestPerson,
  person: TestPerson,
  role: WorkspaceRole,
  workspace: string,
): Promise<void> {
  const params = { workspace_id: workspace };
  await owner.api.addWorkspaceMember({
    params,
    body: { email: person.user.email, ...(role === 'owner' ? {} : { role }) },
  });
  if (role === 'owner')
    await owner.api.updateWorkspaceMember({ params: { ...params, user_id: person.user.id }, body: { role } });
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`no ${name}`);
  return value;
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
