/** Reads, plans and counts a file away from the main thread, then hands out its tasks in chunks as they are asked for. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { ImportPlan, PlanTask } from './import-plan.ts';
import type { ChunkTask, FromWorker, PlanSummary, Request, WorkerInput } from './planner.ts';
import { readJson } from './read-json.ts';
import { ImportRefused } from './refused.ts';
import { parseTrello } from './trello-parse.ts';
import { matchPeople } from './trello-people.ts';
import { planTrello } from './trello-plan.ts';

const MAX_TASKS = 200;
const MAX_CHARACTERS = 1_000_000;

const send = (message: FromWorker) => parentPort?.postMessage(message);

try {
  const { plan, summary } = planned(workerData as WorkerInput);
  send({ type: 'planned', summary });
  parentPort?.on('message', (request: Request) => {
    if (request.want === 'raw')
      send({ type: 'raw', parts: plan.raw.map(({ kind, raw }) => ({ kind, raw: JSON.stringify(raw) })) });
    else send({ type: 'tasks', tasks: chunk(plan.tasks, request.from, request.changes) });
  });
} catch (error) {
  if (!(error instanceof ImportRefused)) throw error;
  send({ type: 'refused', code: error.code, message: error.message });
}

function planned({ path, bytes, people, plan: input }: WorkerInput): {
  plan: ImportPlan;
  summary: PlanSummary;
} {
  const board = parseTrello(readJson(bytes ?? readFileSync(path ?? '')));
  const matches = people ? matchPeople(board.members, people) : new Map(input.matches);
  const plan = planTrello(board, { matches, afterRank: input.afterRank });
  const { tasks, raw: _, ...rest } = plan;
  return { plan, summary: { ...rest, tasks: tasks.length, input: { ...input, matches: [...matches] } } };
}

/** Tasks from here on that make about this many changes and are not too long to send at once; at least one. */
function chunk(tasks: readonly PlanTask[], from: number, changes: number): ChunkTask[] {
  const taken: ChunkTask[] = [];
  let weight = 0;
  let characters = 0;
  for (const task of tasks.slice(from, from + MAX_TASKS)) {
    const raw = task.raw === null ? null : JSON.stringify(task.raw);
    weight += 1 + task.history.length + task.comments.length;
    characters += raw?.length ?? 0;
    if (taken.length > 0 && (weight > changes || characters > MAX_CHARACTERS)) break;
    taken.push({ ...task, raw });
  }
  return taken;
}
