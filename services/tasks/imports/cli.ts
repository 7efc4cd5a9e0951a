import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Client, createClient } from '@gantry/contracts';
import { projectsRoutes } from '@gantry/contracts/projects';
import { type ImportJob, importBodyLimit, tasksRoutes } from '@gantry/contracts/tasks';
import { usersRoutes } from '@gantry/contracts/users';
import { type Command, Option } from 'commander';
import { openPlan } from './planner.ts';
import { ImportRefused } from './refused.ts';
import { report } from './report.ts';

interface Options {
  dryRun?: boolean;
  project?: string;
  new?: string;
  workspace?: string;
  url: string;
  email?: string;
  password?: string;
  token?: string;
}

const routes = { ...usersRoutes, ...projectsRoutes, ...tasksRoutes };
type Api = Client<typeof routes>;
const POLL_MS = 300;

/** Adds `import trello FILE` to the command line. */
export function importTrelloCommand(program: Command): void {
  const group =
    program.commands.find((command) => command.name() === 'import') ??
    program.command('import').description('Bring work over from another tool');
  group
    .command('trello')
    .description('Import a Trello board (menu, Print and export, Export as JSON) into a running Gantry')
    .argument('<file>', 'the exported JSON file')
    .option(
      '--dry-run',
      'only count what would happen; without --project the file is read here, without a server',
    )
    .option('--project <key>', 'import into this project')
    .option('--new <name>', 'make a project of this name first (default: the name of the board)')
    .option('--workspace <id>', 'where to make the project, for members of several workspaces')
    .addOption(
      new Option('--url <url>', 'address of the server').default('http://localhost:3000').env('GANTRY_URL'),
    )
    .addOption(new Option('--email <email>', 'sign in with this e-mail or user name').env('GANTRY_EMAIL'))
    .addOption(new Option('--password <password>', 'better given in the environment').env('GANTRY_PASSWORD'))
    .addOption(new Option('--token <token>', 'a token instead of e-mail and password').env('GANTRY_TOKEN'))
    .action(async (file: string, options: Options) => {
      try {
        await importTrello(file, options);
      } catch (error) {
        process.exitCode = 1;
        process.stderr.write(`${explain(error)}\n`);
      }
    });
}

async function importTrello(file: string, options: Options): Promise<void> {
  if (options.project !== undefined && options.new !== undefined)
    throw new UsageError('Give --project or --new, not both.');
  const blob = await openAsBlob(file).catch(() => {
    throw new UsageError(`Cannot read ${file}.`);
  });
  if (blob.size > importBodyLimit)
    throw new ImportRefused('import_too_large', 'The file is larger than 64 MiB.');
  if (options.dryRun && options.project === undefined) return dryRunHere(file);
  const name = options.new ?? (options.project === undefined ? await boardName(file) : '');
  const api = await signIn(options);
  const project =
    options.project === undefined
      ? await newProject(api, name, options)
      : await projectOf(api, options.project);
  const started = await api.createImport(
    {
      params: { project_id: project.id },
      query: { source: 'trello', dry_run: options.dryRun ?? false, file_name: basename(file).slice(0, 255) },
    },
    { rawBody: blob },
  );
  const job = await finished(api, started);
  if (job.state === 'failed') throw new UsageError(job.error ?? 'The import failed.');
  process.stdout.write(report(job, options.dryRun ? null : `${project.name} (${project.key})`));
}

/** Counts without a server: people are matched by the server only, so all of them are names here. */
async function dryRunHere(file: string): Promise<void> {
  const plan = await openPlan({ path: file, plan: { matches: [], afterRank: null } });
  await plan.close();
  process.stdout.write(report(plan.summary, null));
}

async function boardName(file: string): Promise<string> {
  const plan = await openPlan({ path: file, plan: { matches: [], afterRank: null } });
  await plan.close();
  return plan.summary.name.slice(0, 120).trim();
}

async function signIn(options: Options): Promise<Api> {
  let cookie: string | null = null;
  const headers = (): Record<string, string> =>
    options.token !== undefined
      ? { authorization: `Bearer ${options.token}` }
      : cookie === null
        ? {}
        : { cookie, origin: new URL(options.url).origin };
  const api = createClient(routes, {
    baseUrl: options.url.replace(/\/$/, ''),
    headers,
    fetch: async (...request) => {
      const response = await fetch(...request);
      const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
      if (set.length > 0) cookie = set.join('; ');
      return response;
    },
  });
  if (options.token !== undefined) return api;
  if (options.email === undefined || options.password === undefined)
    throw new UsageError('Say who imports: --email and --password (or GANTRY_PASSWORD), or --token.');
  await api.signIn({ body: { login: options.email, password: options.password } });
  return api;
}

async function projectOf(api: Api, key: string) {
  const { data } = await api.listProjects({ query: { q: key, limit: 200 } });
  const found = data.filter((project) => project.key === key.toUpperCase() || project.id === key);
  if (found.length > 1)
    throw new UsageError(
      `Several workspaces have a project ${key}; give its id: ${found.map((p) => p.id).join(', ')}.`,
    );
  if (found[0] === undefined) throw new UsageError(`There is no project ${key}, or you may not see it.`);
  return found[0];
}

function newProject(api: Api, name: string, options: Options) {
  return api.createProject({
    body: { name, ...(options.workspace === undefined ? {} : { workspace_id: options.workspace }) },
  });
}

/** Follows the job to its end, showing how far it is. */
async function finished(api: Api, started: ImportJob): Promise<ImportJob> {
  let job = started;
  while (job.state === 'queued' || job.state === 'running') {
    if (process.stderr.isTTY) process.stderr.write(`\rImporting: ${job.done} of ${job.total}   `);
    await sleep(POLL_MS);
    job = await api.getImport({ params: { project_id: job.project_id, import_id: job.id } });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return job;
}

/** A mistake of the caller or an answer to pass on as it is. */
class UsageError extends Error {}

function explain(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof ImportRefused) return `Nothing was imported. ${error.message}`;
  if (error instanceof ApiProblem) return `${error.problem.title}. ${error.problem.detail}`;
  throw error;
}
