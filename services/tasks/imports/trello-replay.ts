import type { PlanChange, PlanTask, TaskState } from './import-plan.ts';
import { backward, type Facts, forward, type Step } from './trello-history.ts';

export interface Times {
  created: string | null;
  completed: string | null;
  lastActivity: string | null;
}

/**
 * History that leads without a gap from the task as it was made to the task as the file has it: the first state is
 * found by taking the steps back from the last, then they are taken forward again. An export holds only the newest
 * actions, so where they do not add up a last change without author leads to the state of the file.
 */
export function replay(
  last: Facts,
  steps: readonly Step[],
  times: Times,
  toState: (facts: Facts, completedAt: string | null) => TaskState,
  isDone: (facts: Facts) => boolean,
): Pick<PlanTask, 'initial' | 'final' | 'history'> {
  const known = times.completed ?? times.lastActivity ?? times.created;
  let facts = steps.reduceRight(backward, last);
  const initial = toState(facts, isDone(facts) ? known : null);
  let state = initial;
  const history: PlanChange[] = [];
  for (const step of steps) {
    facts = forward(facts, step);
    const next = toState(facts, isDone(facts) ? (state.completed_at ?? step.at) : null);
    const change = difference(state, next);
    if (change === null) step.action.source.reject('changed nothing that is shown');
    else history.push({ at: step.at, actor: step.actor, ...change });
    state = next;
  }
  const final = toState(last, isDone(last) ? (times.completed ?? state.completed_at ?? known) : null);
  const rest = difference(state, final);
  if (rest)
    history.push({ at: times.lastActivity ?? history.at(-1)?.at ?? times.created, actor: null, ...rest });
  return { initial, final, history };
}

function difference(a: TaskState, b: TaskState): Pick<PlanChange, 'before' | 'after'> | null {
  const changed = (Object.keys(b) as (keyof TaskState)[]).filter((field) => !same(a[field], b[field]));
  if (changed.length === 0) return null;
  return { before: pick(a, changed), after: pick(b, changed) };
}

function same(a: TaskState[keyof TaskState], b: TaskState[keyof TaskState]): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function pick(state: TaskState, fields: readonly (keyof TaskState)[]): Partial<TaskState> {
  return Object.fromEntries(fields.map((field) => [field, state[field]]));
}
