import { Worker } from 'node:worker_threads';
import type { ImportPlan, PlanTask } from './import-plan.ts';
import { ImportRefused } from './refused.ts';
import type { Candidate } from './trello-people.ts';

/** A plan without its tasks, and how many there are. */
export type PlanSummary = Omit<ImportPlan, 'tasks'> & { tasks: number; matches: [string, string][] };

export interface WorkerInput {
  /** The file, by path or by content. */
  path?: string;
  bytes?: Uint8Array;
  /** Who to match members with, the first time; afterwards the matches found then. */
  people?: readonly Candidate[];
  matches?: readonly (readonly [string, string])[];
  afterRank: string | null;
}
export interface ChunkRequest {
  from: number;
  /** About how many changes the chunk shall make. */
  changes: number;
}
export type FromWorker =
  | { type: 'planned'; summary: PlanSummary }
  | { type: 'chunk'; tasks: PlanTask[] }
  | { type: 'refused'; code: ImportRefused['code']; message: string };

export interface OpenPlan {
  readonly summary: PlanSummary;
  tasks(request: ChunkRequest): Promise<PlanTask[]>;
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
    if (first.type === 'refused') throw new ImportRefused(first.code, first.message);
    if (first.type !== 'planned') throw new Error('the planning thread answered out of turn');
    return {
      summary: first.summary,
      async tasks(request) {
        const answer = answerOf(worker);
        worker.postMessage(request);
        const chunk = await answer;
        if (chunk.type !== 'chunk') throw new Error('the planning thread answered out of turn');
        return chunk.tasks;
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
    const onMessage = (message: FromWorker) => settle(() => resolve(message));
    const onError = (error: unknown) => settle(() => reject(outOfMemory(error) ?? error));
    const onExit = () => settle(() => reject(new Error('the planning thread ended')));
    const settle = (how: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      how();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function outOfMemory(error: unknown): ImportRefused | null {
  if ((error as { code?: unknown } | null)?.code !== 'ERR_WORKER_OUT_OF_MEMORY') return null;
  return new ImportRefused('import_too_large', 'Reading it needs more memory than an import may use.');
}
