import type { Readable } from 'node:stream';
import { type Id, type List, newId, uuidv7 } from '@gantry/contracts';
import { type ImportJob, importBodyLimit, importErrors } from '@gantry/contracts/tasks';
import { failWith, isDuplicate, listOf, one, pageOf, uuidIn } from '@gantry/kit';
import { type ProjectFacts, requireProject } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import { assignablePeople } from './assignable.ts';
import { fileSource, storeUpload } from './import-file.ts';
import {
  findImport,
  hasOpenImport,
  importOf,
  insertImport,
  lastTaskRank,
  listImportRows,
} from './imports.store.ts';
import { keepPlan, type OpenPlan, openPlan } from './planner.ts';
import { ImportRefused } from './refused.ts';

interface ImportInput {
  source: 'trello';
  dry_run?: boolean;
  file_name?: string;
}

/**
 * Takes a file in, checks and plans it; then a dry run is done, and a real one is queued. Throws the errors of the
 * contract before anything is written, and keeps no file of what was refused.
 */
export async function createImport(
  ctx: Ctx,
  projectId: Id<'project'>,
  input: ImportInput,
): Promise<ImportJob> {
  const body = ctx.rawBody;
  try {
    const facts = await requireProject(ctx, projectId, 'import.run');
    if (!input.dry_run && (await hasOpenImport(ctx.db, uuidIn('project', projectId))))
      throw failWith(importErrors, 'import_running');
    return await takeIn(ctx, facts, body, input);
  } catch (error) {
    if (error instanceof ImportRefused)
      throw failWith(importErrors, error.code, { detail: `${error.message} Nothing was imported.` });
    if (isDuplicate(error, 'import_jobs_open')) throw failWith(importErrors, 'import_running');
    throw error;
  } finally {
    // A body that is left unread would keep its connection open for good.
    body.resume();
  }
}

async function takeIn(ctx: Ctx, facts: ProjectFacts, body: Readable, input: ImportInput): Promise<ImportJob> {
  const importId = uuidv7();
  const fileKey = `imports/${importId}.json`;
  const dryRun = input.dry_run ?? false;
  let plan: OpenPlan | null = null;
  let fileIsNeeded = false;
  try {
    await storeUpload(ctx.files, fileKey, body, importBodyLimit);
    plan = await planOf(ctx, facts, fileKey);
    const { input: planInput, tasks, counts, ledger } = plan.summary;
    const job = await ctx.write(async (tx) =>
      importOf(
        await insertImport(tx, {
          id: importId,
          workspace_id: uuidIn('workspace', facts.workspaceId),
          project_id: uuidIn('project', facts.projectId),
          user_id: uuidIn('user', ctx.userId),
          source: input.source,
          file_name: input.file_name ?? null,
          file_key: dryRun ? null : fileKey,
          dry_run: dryRun,
          total: tasks + counts.comments,
          plan_input: planInput,
          counts,
          ledger,
          batch_id: dryRun ? null : uuidIn('batch', newId('batch')),
        }),
      ),
    );
    if (dryRun) return job;
    keepPlan(importId, plan);
    plan = null;
    fileIsNeeded = true;
    return job;
  } finally {
    await plan?.close();
    if (!fileIsNeeded) await ctx.files.delete(fileKey);
  }
}

async function planOf(ctx: Ctx, facts: ProjectFacts, fileKey: string): Promise<OpenPlan> {
  const [people, afterRank, file] = await Promise.all([
    assignablePeople(ctx, facts),
    lastTaskRank(ctx.db, uuidIn('project', facts.projectId)),
    fileSource(ctx.files, fileKey),
  ]);
  return inTurn(() => openPlan({ ...file, people, plan: { matches: [], afterRank } }));
}

let lastTurn: Promise<unknown> = Promise.resolve();

/** One after another in this process: planning a large file needs memory and a processor. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(work);
  lastTurn = turn.catch(() => {});
  return turn;
}

export async function getImport(
  ctx: Ctx,
  projectId: Id<'project'>,
  importId: Id<'import'>,
): Promise<ImportJob> {
  await requireProject(ctx, projectId, 'project.view');
  return importOf(one(await findImport(ctx.db, uuidIn('import', importId), uuidIn('project', projectId))));
}

/** Imports into a project, newest first, without their ledgers. */
export async function listImports(
  ctx: Ctx,
  projectId: Id<'project'>,
  query: { page?: number; limit?: number },
): Promise<List<ImportJob>> {
  await requireProject(ctx, projectId, 'project.view');
  const page = pageOf(query);
  const { rows, total } = await listImportRows(ctx.db, uuidIn('project', projectId), page.limit, page.offset);
  return listOf(
    rows.map((row) => ({ ...importOf(row), ledger: null })),
    total,
    page,
  );
}
