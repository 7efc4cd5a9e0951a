import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiProblem, type Client, createClient } from '@gantry/contracts';
import { projectsRoutes } from '@gantry/contracts/projects';
import { tasksRoutes } from '@gantry/contracts/tasks';
import { usersRoutes } from '@gantry/contracts/users';
import { DEMO_PROJECTS, type DemoProject } from './content.ts';
import { type DemoTask, parseTasks } from './parse.ts';
import { DEMO_EMAIL, DEMO_OWNER, DEMO_PEOPLE, DEMO_WORKSPACE } from './people.ts';

const routes = { ...usersRoutes, ...projectsRoutes, ...tasksRoutes };
type Api = Client<typeof routes>;
type Member = { api: Api; userId: string };

export interface DemoAccount {
  email: string;
  password: string;
}
interface Kept {
  password: string;
  done: boolean;
}

/**
 * Adds the demo workspace through the public API, as people would. What was added is remembered in the data
 * folder; a start that was cut off goes on where it stopped, as every write has its own Idempotency-Key.
 */
export async function addDemo(url: string, dataDir: string): Promise<DemoAccount> {
  const file = join(dataDir, 'demo.json');
  const kept = (await readKept(file)) ?? { password: randomBytes(9).toString('base64url'), done: false };
  const account = { email: DEMO_EMAIL, password: kept.password };
  if (kept.done) return account;
  await keep(file, kept);
  const team = await makeTeam(url, kept.password);
  await Promise.all(DEMO_PROJECTS.map((project) => makeProject(project, team)));
  await keep(file, { ...kept, done: true });
  return account;
}

async function readKept(file: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function keep(file: string, kept: Kept): Promise<void> {
  return writeFile(file, JSON.stringify(kept), { mode: 0o600 });
}

interface Team {
  workspaceId: string;
  members: Map<string, Member>;
}

async function makeTeam(url: string, password: string): Promise<Team> {
  const owner = await enter(url, {
    email: DEMO_EMAIL,
    password,
    ...DEMO_OWNER,
    workspace_name: DEMO_WORKSPACE,
  });
  const { workspaces } = await owner.api.getSession({});
  const workspaceId = workspaces.find((w) => w.name === DEMO_WORKSPACE)?.id;
  if (workspaceId === undefined)
    throw new Error(`The demo account has no workspace "${DEMO_WORKSPACE}" any more.`);
  const members = new Map([['dana', owner]]);
  for (const [name, { role, ...person }] of Object.entries(DEMO_PEOPLE)) {
    const email = `${name}@gantry.example`;
    members.set(name, await enter(url, { email, password, ...person }));
    await owner.api
      .addWorkspaceMember({ params: { workspace_id: workspaceId }, body: { email, role } })
      .catch(unless('already_exists'));
  }
  return { workspaceId, members };
}

interface Entry {
  email: string;
  password: string;
  first_name: string;
  last_name: string;
  workspace_name?: string;
}

/** Signs up, or in if the account is there. */
async function enter(url: string, entry: Entry): Promise<Member> {
  let cookie = '';
  const api = createClient(routes, {
    baseUrl: url,
    headers: () => ({ origin: url, ...(cookie ? { cookie } : {}) }),
    fetch: async (...request) => {
      const answer = await fetch(...request);
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      return answer;
    },
  });
  const session =
    (await api.signUp({ body: entry }).catch(unless('email_taken'))) ??
    (await api.signIn({ body: { login: entry.email, password: entry.password } }));
  return { api, userId: session.user.id };
}

async function makeProject(project: DemoProject, { workspaceId, members }: Team): Promise<void> {
  const owner = memberOf(members, 'dana');
  const { name, key, description } = project;
  const once = (what: string) => ({ idempotencyKey: `demo-${key}-${what}` });
  const { id } = await owner.api.createProject(
    { body: { name, key, description, workspace_id: workspaceId } },
    once('project'),
  );
  const params = { project_id: id };
  const guest = memberOf(members, 'noah');
  await owner.api
    .addProjectMember({ params, body: { user_id: guest.userId, role: 'member' } })
    .catch(unless('already_exists'));
  const labels = new Map<string, string>();
  for (const [label, color] of Object.entries(project.labels)) {
    const made = await owner.api.createLabel(
      { params, body: { name: label, color } },
      once(`label-${label}`),
    );
    labels.set(label, made.id);
  }
  for (const [n, task] of parseTasks(project.tasks).entries()) {
    const author = memberOf(members, task.people[0] ?? 'dana');
    const body = bodyOf(task, members, labels);
    const made = await author.api.createTask({ params, body }, once(`task-${n}`));
    for (const [c, { person, content }] of task.comments.entries()) {
      const writer = memberOf(members, person);
      await writer.api.addComment(
        { params: { task_id: made.id }, body: { content } },
        once(`comment-${n}-${c}`),
      );
    }
  }
}

function bodyOf(task: DemoTask, members: Map<string, Member>, labels: Map<string, string>) {
  return {
    title: task.title,
    description: task.description,
    status: task.status,
    priority: task.priority,
    label_ids: task.labels.map((name) => labels.get(name) ?? ''),
    assignee_ids: task.people.map((name) => memberOf(members, name).userId),
    ...(task.due === null ? {} : { due_date: dayFromNow(task.due) }),
  };
}

function memberOf(members: Map<string, Member>, name: string): Member {
  const member = members.get(name);
  if (!member) throw new Error(`nobody is called ${name} in the demo`);
  return member;
}

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10);
}

/** A catch that lets this code pass as "there already". */
function unless(code: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof ApiProblem) || error.code !== code) throw error;
  };
}
