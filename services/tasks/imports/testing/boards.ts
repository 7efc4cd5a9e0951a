import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ImportPlan } from '../import-plan.ts';
import { parseTrello } from '../trello-parse.ts';
import { type PlanOptions, planTrello } from '../trello-plan.ts';

const repository = resolve(import.meta.dirname, '../../../..');

/** Our own board with every feature, as text. */
export function fixtureBoard(): string {
  return readFileSync(resolve(repository, 'tests/fixtures/trello/board-240-cards.json'), 'utf8');
}

/** Path of a genuine export kept outside the repository, or null where that folder is missing. */
export function sharedFile(name: string): string | null {
  const path = resolve(process.env.GANTRY_SHARED_DATA ?? resolve(repository, '../shared/data'), name);
  return existsSync(path) ? path : null;
}

export function planOf(json: unknown, options: Partial<PlanOptions> = {}): ImportPlan {
  return planTrello(parseTrello(json), { matches: new Map(), afterRank: null, ...options });
}

/** Every object some part of the plan keeps word for word: elements of the file's own collections. */
export function keptRaw(plan: ImportPlan): Set<unknown> {
  const kept = new Set<unknown>();
  for (const { raw } of plan.tasks) {
    if (raw === null) continue;
    for (const part of Object.values(raw)) for (const value of [part].flat()) kept.add(value);
  }
  for (const { kind, raw } of plan.raw)
    if (kind !== 'board') for (const value of [raw].flat()) kept.add(value);
  return kept;
}
