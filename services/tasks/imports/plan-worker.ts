/** Reads, plans and counts a file away from the main thread, then hands out its tasks in chunks as they are asked for. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PlanTask } from './import-plan.ts';
import type { ChunkRequest, FromWorker, PlanSummary, WorkerInput } from './planner.ts';
import { readJson } from './read-json.ts';
import { ImportRefused } from './refused.ts';
import { parseTrello } from './trello-parse.ts';
import { matchPeople } from './trello-people.ts';
import { planTrello } from './trello-plan.ts';

const MAX_TASKS = 200;

const send = (message: FromWorker) => parentPort?.postMessage(message);

try {
  const { plan, summary } = planned(workerData as WorkerInput);
  send({ type: 'planned', summary });
  parentPort?.on('message', ({ from, changes }: ChunkRequest) => {
    send({ type: 'chunk', tasks: chunk(plan.tasks, from, changes) });
  });
} catch (error) {
  if (!(error instanceof ImportRefused)) throw error;
  send({ type: 'refused', code: error.code, message: error.message });
}

function planned(input: WorkerInput) {
  const bytes = input.bytes ?? readFileSync(input.path ?? '');
  const board = parseTrello(readJson(bytes));
  const matches = input.people ? matchPeople(board.members, input.people) : new Map(input.matches);
  const plan = planTrello(board, { matches, afterRank: input.afterRank });
  const { tasks, ...rest } = plan;
  const summary: PlanSummary = {
    ...rest,
    raw: input.people ? [] : plan.raw,
    matches: [...matches],
    tasks: tasks.length,
  };
  return { plan, summary };
}

/** Tasks from here on that together make about this many changes; at least one. */
function chunk(tasks: readonly PlanTask[], from: number, changes: number): PlanTask[] {
  let weight = 0;
  let to = from;
  while (to < tasks.length && to - from < MAX_TASKS) {
    const task = tasks[to] as PlanTask;
    weight += 1 + task.history.length + task.comments.length;
    if (weight > changes && to > from) break;
    to++;
  }
  return tasks.slice(from, to);
}
