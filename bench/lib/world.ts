import { closeSync, openSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Status } from '@gantry/contracts/tasks';
import { startEmbeddedPostgres } from '@gantry/kit/embedded';
import pg from 'pg';
import { type Browser, signUp } from './api.ts';
import { BARE_TABLES } from './bare-sql.ts';
import { type Child, startChild } from './child.ts';
import type { WatchJob, WatchReport } from './live-watch.ts';
import type { LoadJob, LoadReport } from './load.ts';
import { postgresCpu } from './processor-time.ts';
import { type SeedProject, seedTasks, settled } from './seed.ts';

/** Tasks of the large project, and how many small ones there are beside it. */
export const LARGE = 10_000;
export const SMALL_PROJECTS = 32;
/** Connections the tasks service has; the ceiling gets as many. */
const POOL = 8;

export interface Usage {
  rss: number;
  cpu: { user: number; system: number };
}

/** A report with the processor microseconds each request cost: in the server asked, and in PostgreSQL. */
export interface CostReport extends LoadReport {
  serverCpu: number;
  postgresCpu: number;
}

/** A platform with data in it, its ceiling beside it on the same database, and a process that drives load. */
export interface World {
  folder: string;
  databaseUrl: string;
  db: pg.Client;
  gantry: Child;
  ceiling: Child;
  urls: { gantry: string; ceiling: string };
  browser: Browser;
  userId: string;
  workspaceId: string;
  large: SeedProject & { taskIds: string[] };
  small: SeedProject[];
  load(job: LoadJob): Promise<LoadReport>;
  /** As `load`, at one of the two, with what it cost. Counts everything the two processes did meanwhile. */
  loadAt(side: 'gantry' | 'ceiling', job: Omit<LoadJob, 'url'>): Promise<CostReport>;
  watch(job: WatchJob): Promise<WatchReport>;
  usage(of: 'gantry' | 'ceiling'): Promise<Usage>;
  newProject(name: string): Promise<SeedProject>;
  settle(): Promise<void>;
  /** Largest share of one processor the load process ever used; near 1 would spoil the figures. */
  generatorCpu(): number;
  close(): Promise<void>;
}

export async function openWorld(say: (line: string) => void): Promise<World> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch((error: Error) => say(error.message));
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o755);
    say('Starting PostgreSQL and the platform…');
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    undo.push(postgres.stop);
    const databaseUrl = postgres.url;
    const output = openSync(join(folder, 'gantry.log'), 'w');
    undo.push(async () => closeSync(output));
    const gantry = await startChild('./gantry-process.ts', {
      output,
      env: {
        DATABASE_URL: databaseUrl,
        GANTRY_DATA: join(folder, 'data'),
        PORT: '0',
        HOST: '127.0.0.1',
        SERVICES: 'all',
        NODE_ENV: 'production',
      },
    });
    undo.push(gantry.stop);
    const url = await gantry.call<string>('start');
    const db = new pg.Client({ connectionString: databaseUrl });
    await db.connect();
    undo.push(() => db.end());

    say(`Making a project of ${LARGE} tasks and ${SMALL_PROJECTS} small ones…`);
    const { browser, userId, workspaceId } = await signUp(url.replace('localhost', '127.0.0.1'));
    const newProject = (name: string) => makeProject(browser, workspaceId, name);
    const large = await newProject('Large');
    const small: SeedProject[] = [];
    for (let n = 1; n <= SMALL_PROJECTS; n++) small.push(await newProject(`Small ${n}`));
    const taskIds = await seedTasks(db, large, { workspaceId, userId }, LARGE);
    await settled(db);
    for (const statement of BARE_TABLES.split(';')) if (statement.trim()) await db.query(statement);
    await db.query('checkpoint');

    const ceiling = await startChild('./ceiling-process.ts');
    undo.push(ceiling.stop);
    const ceilingUrl = await ceiling.call<string>('start', { databaseUrl, role: 'gantry_tasks', max: POOL });
    const loader = await startChild('./load-process.ts');
    undo.push(loader.stop);
    let generatorCpu = 0;
    const children = { gantry, ceiling };
    const urls = { gantry: browser.url, ceiling: ceilingUrl };
    const usage = (of: 'gantry' | 'ceiling') => children[of].call<Usage>('usage');
    const load = async (job: LoadJob) => {
      const report = await loader.call<LoadReport & { generatorCpu: number }>('load', job);
      generatorCpu = Math.max(generatorCpu, report.generatorCpu);
      if (report.errors > 0)
        throw new Error(`${report.errors} of ${report.requests} requests failed: ${report.firstError}`);
      return report;
    };
    return {
      folder,
      databaseUrl,
      db,
      gantry,
      ceiling,
      urls,
      browser,
      userId,
      workspaceId,
      large: { ...large, taskIds },
      small,
      newProject,
      load,
      async loadAt(side, job) {
        const before = await Promise.all([usage(side), postgresCpu(postgres.pid())]);
        const report = await load({ ...job, url: urls[side] });
        const after = await Promise.all([usage(side), postgresCpu(postgres.pid())]);
        const spent = (u: Usage) => u.cpu.user + u.cpu.system;
        return {
          ...report,
          serverCpu: (spent(after[0]) - spent(before[0])) / report.requests,
          postgresCpu: ((after[1] - before[1]) * 1000) / report.requests,
        };
      },
      watch: (job) => loader.call('watch', job),
      usage,
      settle: () => settled(db),
      generatorCpu: () => generatorCpu,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeProject(browser: Browser, workspaceId: string, name: string): Promise<SeedProject> {
  const project = await browser.post<{ id: string; key: string }>('/projects', {
    workspace_id: workspaceId,
    name,
  });
  const { data } = await browser.get<{ data: Status[] }>(`/projects/${project.id}/statuses`);
  return { id: project.id, key: project.key, statuses: data };
}
