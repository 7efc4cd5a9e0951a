import { Worker } from 'node:worker_threads';
import type { ImportPlan, PlanTask } from './import-plan.ts';
import { ImportRefused } from './refused.ts';
import type { Candidate } from './trello-people.ts';

/** A task with its source objects as JSON text. */
export type ChunkTask = Omit<PlanTask, 'raw'> & { raw: string | null };

/** What makes a plan the same again. */
export interface PlanInput {
  /** Member of the board → account here. */
  matches: [string, string][];
  afterRank: string | null;
}

/** A plan without its tasks, and how many there are. */
export type PlanSummary = Omit<ImportPlan, 'tasks' | 'raw'> & { tasks: number; input: PlanInput };

export interface WorkerInput {
  /** The file, by path or by content. */
  path?: string;
  bytes?: Uint8Array;
  /** People to match members with, where the matches are not known yet. */
  people?: readonly Candidate[];
  plan: PlanInput;
}
export type Request =
  /** Tasks from this one on that make about so many changes. */
  | { want: 'tasks'; from: number; changes: number }
  /** The board's own raw data. */
  | { want: 'raw' };
export type FromWorker =
  | { type: 'planned'; summary: PlanSummary }
  | { type: 'tasks'; tasks: ChunkTask[] }
  | { type: 'raw'; parts: { kind: string; raw: string }[] }
  | { type: 'refused'; code: ImportRefused['code']; message: string };

export interface OpenPlan {
  readonly summary: PlanSummary;
  tasks(from: number, changes: number): Promise<ChunkTask[]>;
  raw(): Promise<{ kind: string; raw: string }[]>;
  close(): Promise<void>;
}

/** Largest heap of the planning thread: a file at the size limit needs about half of it. */
const HEAP_MB = 1_024;

/**
 * Plans a file in a thread of its own, so that nothing else waits for it. Throws ImportRefused for a file that
 * cannot be imported. Close it, or the thread stays.
 */
export async function openPlan(input: WorkerInput): Promise<OpenPlan> {
  const worker = new Worker(new URL('./plan-worker.ts', import.meta.url), {
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  try {
    const first = await answerOf(worker);
    if (first.type !== 'planned') throw outOfTurn();
    const ask = async (request: Request) => {
      const answer = answerOf(worker);
      worker.postMessage(request);
      return answer;
    };
    return {
      summary: first.summary,
      async tasks(from, changes) {
        const answer = await ask({ want: 'tasks', from, changes });
        if (answer.type !== 'tasks') throw outOfTurn();
        return answer.tasks;
      },
      async raw() {
        const answer = await ask({ want: 'raw' });
        if (answer.type !== 'raw') throw outOfTurn();
        return answer.parts;
      },
      close: async () => void (await worker.terminate()),
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function answerOf(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromWorker) =>
      settle(() =>
        message.type === 'refused'
          ? reject(new ImportRefused(message.code, message.message))
          : resolve(message),
      );
    const onError = (error: unknown) => settle(() => reject(outOfMemory(error) ?? error));
    const onExit = () => settle(() => reject(new Error('the planning thread ended')));
    const settle = (how: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      how();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

/** Plans made for a request, kept a moment for the job that writes them, so that the file is not read twice. */
const kept = new Map<string, { plan: OpenPlan; timer: NodeJS.Timeout }>();
const KEEP_MS = 10_000;

/** Keeps an open plan for `takePlan`; closes it if nobody comes. */
export function keepPlan(importUuid: string, plan: OpenPlan): void {
  const timer = setTimeout(() => void takePlan(importUuid)?.close(), KEEP_MS);
  timer.unref();
  kept.set(importUuid, { plan, timer });
}

/** The plan kept for this import, now the caller's to close; undefined in another process or later. */
export function takePlan(importUuid: string): OpenPlan | undefined {
  const found = kept.get(importUuid);
  if (found === undefined) return undefined;
  clearTimeout(found.timer);
  kept.delete(importUuid);
  return found.plan;
}

/** Closes what nobody came for; at the stop of the service. */
export async function closeKeptPlans(): Promise<void> {
  await Promise.all([...kept.keys()].map((importUuid) => takePlan(importUuid)?.close()));
}

function outOfTurn(): Error {
  return new Error('the planning thread answered out of turn');
}

function outOfMemory(error: unknown): ImportRefused | null {
  if ((error as { code?: unknown } | null)?.code !== 'ERR_WORKER_OUT_OF_MEMORY') return null;
  return new ImportRefused('import_too_large', 'Reading it needs more memory than an import may use.');
}
