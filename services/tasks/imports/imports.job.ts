import { setTimeout as pause } from 'node:timers/promises';
import { encodeId, projectAllows } from '@gantry/contracts';
import { taskErrors } from '@gantry/contracts/tasks';
import { asAppError, fail, failWith, type Job, type Service, type Transaction } from '@gantry/kit';
import { type ProjectFacts, projectFacts } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import { fileSource } from './import-file.ts';
import {
  advanceImport,
  beginImport,
  finishImport,
  hasTasks,
  type ImportRow,
  insertRaw,
  lockImport,
  openImports,
  startedBy,
} from './imports.store.ts';
import { closeKeptPlans, type OpenPlan, openPlan, takePlan } from './planner.ts';
import { ImportRefused } from './refused.ts';
import { type WrittenRefs, writeColumns } from './write-columns.ts';
import { draftTasks, writeDrafts } from './write-tasks.ts';

/** The end of a chunk, which holds the project's stream, shall take about this long; other writers wait no longer. */
const HOLD_MS = 40;
const FIRST_CHANGES = 150;
const FEWEST_CHANGES = 20;
const MOST_CHANGES = 500;

/** Services that are stopping: their imports end after the chunk at hand and go on at the next start. */
const stopping = new WeakSet<object>();

/** Makes imports stop at the next chunk when the service stops; give it as the service's `start`. */
export async function startImports(service: Service): Promise<() => Promise<void>> {
  return async () => {
    stopping.add(service);
    await closeKeptPlans();
  };
}

/** Runs imports, oldest first. After a crash the next run goes on where the last committed chunk ended. */
export const importJob: Job = {
  name: 'imports',
  everyMs: 300,
  async run(context) {
    const ctx = context as unknown as Ctx;
    for (const job of await openImports(ctx.db)) {
      if (stopping.has(ctx.service)) return;
      await runImport(ctx, job);
    }
  },
};

const HOUR_MS = 3_600_000;

/** Deletes uploads no open import needs: those whose process ended between taking them in and using them up. */
export const importSweepJob: Job = {
  name: 'imports.sweep',
  everyMs: HOUR_MS,
  async run(context) {
    const ctx = context as unknown as Ctx;
    const uploads = await ctx.files.list('imports');
    const needed = new Set((await openImports(ctx.db)).map((job) => job.file_key));
    for (const { key, ageMs } of uploads)
      if (ageMs > HOUR_MS && !needed.has(key)) await ctx.files.delete(key);
  },
};

async function runImport(ctx: Ctx, job: ImportRow): Promise<void> {
  try {
    if (!(await writeImport(ctx, job))) return;
    await end(ctx, job, null);
  } catch (error) {
    // Trouble that passes, such as a database restart, is tried again at the next run.
    if (asAppError(error)?.code === 'unavailable') throw error;
    const expected = error instanceof ImportRefused ? error : asAppError(error);
    if (!expected)
      ctx.log.error({
        event: 'import_failed',
        import: job.id,
        reason: (error as Error).message,
        stack: (error as Error).stack,
      });
    await end(ctx, job, expected?.message ?? 'Something broke on our side; it has been logged.');
  }
}

async function end(ctx: Ctx, job: ImportRow, error: string | null): Promise<void> {
  await ctx.write((tx) => finishImport(tx, job.id, error));
  if (job.file_key !== null) await ctx.files.delete(job.file_key);
}

/** Writes what is left of an import. False if it was stopped before its end. */
async function writeImport(ctx: Ctx, job: ImportRow): Promise<boolean> {
  if (job.file_key === null) throw new Error('an open import without a file');
  const facts = await allowed(ctx, job);
  const plan =
    takePlan(job.id) ??
    (await openPlan({ ...(await fileSource(ctx.files, job.file_key)), plan: job.plan_input }));
  try {
    let at: ImportRow | null = job.refs === null ? await begin(ctx, job, facts, plan) : job;
    let changes = FIRST_CHANGES;
    while (at !== null && at.next_task < plan.summary.tasks) {
      if (stopping.has(ctx.service)) return false;
      await allowed(ctx, job);
      const chunk = await writeChunk(ctx, at, facts, plan, changes);
      at = chunk.job;
      const fitting = changes * Math.min(1.5, Math.max(0.5, HOLD_MS / chunk.heldMs));
      changes = Math.round(Math.min(MOST_CHANGES, Math.max(FEWEST_CHANGES, fitting)));
      // Whoever waited for the stream gets it now.
      await pause(Math.max(5, chunk.heldMs / 2));
    }
    return true;
  } finally {
    await plan.close();
  }
}

/** Throws if who started the import may no longer do so, or the project is gone or archived. */
async function allowed(ctx: Ctx, job: ImportRow): Promise<ProjectFacts> {
  const { value } = await projectFacts(ctx, encodeId('project', job.project_id), startedBy(job));
  if (!projectAllows(value.role, 'import.run')) throw fail('forbidden');
  if (value.status === 'archived') throw failWith(taskErrors, 'project_archived');
  return value;
}

/** Makes statuses and labels and stores the board's own raw data. Null if the import has ended meanwhile. */
async function begin(
  ctx: Ctx,
  job: ImportRow,
  facts: ProjectFacts,
  plan: OpenPlan,
): Promise<ImportRow | null> {
  const parts = await plan.raw();
  return ctx.write(async (tx) => {
    const locked = await lockImport(tx, job.id);
    if (!locked) return null;
    if (locked.refs !== null) return locked;
    await insertRaw(
      tx,
      job,
      parts.map((part) => ({ ...part, taskUuid: null })),
    );
    const isNew = !(await hasTasks(tx, job.project_id));
    const project = { uuid: job.project_id, workspaceId: facts.workspaceId, isNew };
    return beginImport(tx, job.id, await writeColumns(importing(tx, job), project, plan.summary));
  });
}

/**
 * One transaction: tasks with all that is theirs, and how far the import is. `heldMs` is how long its end took,
 * during which nobody else can write to the project.
 */
async function writeChunk(ctx: Ctx, job: ImportRow, facts: ProjectFacts, plan: OpenPlan, changes: number) {
  const tasks = await plan.tasks(job.next_task, changes);
  const drafts = await draftTasks(ctx.db, job, job.refs as WrittenRefs, facts.key, tasks);
  const done = tasks.reduce((n, task) => n + 1 + task.comments.length, 0);
  const skipped = tasks.length - drafts.drafts.length;
  let ending = performance.now();
  const after = await ctx.write(async (tx) => {
    const locked = await lockImport(tx, job.id);
    if (!locked) return null;
    if (locked.next_task !== job.next_task) return locked;
    await writeDrafts(importing(tx, job), drafts);
    const advanced = await advanceImport(tx, job.id, {
      nextTask: job.next_task + tasks.length,
      done,
      skipped,
    });
    ending = performance.now();
    return advanced;
  });
  return { job: after, heldMs: performance.now() - ending };
}

/** The transaction, with every change in the name of who started the import. */
function importing(tx: Transaction, job: ImportRow): Transaction {
  const author = {
    actor: startedBy(job),
    origin: 'import' as const,
    batchId: job.batch_id === null ? null : encodeId('batch', job.batch_id),
  };
  return { ...tx, record: (event, change) => tx.record(event, { ...change, ...author }) };
}
