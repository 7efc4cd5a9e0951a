import { encodeId, type Id, newId, ranksAfter } from '@gantry/contracts';
import { type StatusCategory, statusUpdated } from '@gantry/contracts/tasks';
import type { Transaction } from '@gantry/kit';
import { tasksStream } from '../context.ts';
import { insertLabel, listLabelRows } from '../labels/labels.store.ts';
import {
  insertStatus,
  lockStatuses,
  type StatusRow,
  saveStatus,
  seedStatuses,
} from '../statuses/statuses.store.ts';
import { statusKey } from '../statuses/statuses.ts';
import { DONE_STATUS, OPEN_STATUS, type PlanLabel, type PlanStatus } from './import-plan.ts';

/** What the statuses and labels of a plan are here, by their refs. */
export interface WrittenRefs {
  statuses: Record<string, { id: Id<'status'>; key: string; done: boolean }>;
  labels: Record<string, Id<'label'>>;
}

interface Project {
  uuid: string;
  workspaceId: Id<'workspace'>;
  /** It has no tasks: its first statuses are still those every project gets. */
  isNew: boolean;
}

const FALLBACKS: [ref: string, categories: StatusCategory[], name: string][] = [
  [OPEN_STATUS, ['unstarted', 'backlog', 'started'], 'To do'],
  [DONE_STATUS, ['done'], 'Done'],
];

/** Makes the statuses and labels the project does not have by name, and logs them. */
export async function writeColumns(
  tx: Transaction,
  project: Project,
  plan: { statuses: readonly PlanStatus[]; labels: readonly PlanLabel[] },
): Promise<WrittenRefs> {
  // Statuses last: their lock makes everybody wait who adds a task.
  const labels = await writeLabels(tx, project, plan.labels);
  return { statuses: await writeStatuses(tx, project, plan.statuses), labels };
}

async function writeStatuses(
  tx: Transaction,
  project: Project,
  planned: readonly PlanStatus[],
): Promise<WrittenRefs['statuses']> {
  const projectId = encodeId('project', project.uuid);
  let all = await lockStatuses(tx, project.uuid);
  if (all.length === 0) {
    await seedStatuses(tx, projectId, project.workspaceId);
    all = await lockStatuses(tx, project.uuid);
  }
  const before = [...all];
  const ranks = ranksAfter(all.at(-1)?.rank ?? null, planned.length + FALLBACKS.length);
  const make = async (status: Omit<PlanStatus, 'ref'>): Promise<StatusRow> => {
    const { name, category, color, archived } = status;
    const key = statusKey(name, new Set(all.map((s) => s.key)));
    const made = await insertStatus(
      tx,
      {
        id: newId('status'),
        project_id: projectId,
        key,
        name,
        category,
        color,
        archived,
        rank: ranks.shift() as string,
      },
      project.workspaceId,
    );
    if (!made) throw new Error(`the status key ${key} was taken although the statuses are locked`);
    all.push(made);
    return made;
  };

  const byRef = new Map<string, StatusRow>();
  for (const status of planned) {
    const there = before.find((row) => row.name.toLowerCase() === status.name.toLowerCase());
    if (there === undefined) byRef.set(status.ref, await make(status));
    else if (project.isNew)
      byRef.set(
        status.ref,
        await change(tx, project, there, { name: status.name, rank: ranks.shift() as string }),
      );
    else byRef.set(status.ref, there);
  }
  for (const [ref, categories, name] of FALLBACKS) {
    const fits = (rows: readonly StatusRow[]) =>
      categories.flatMap((c) => rows.filter((row) => row.category === c && !row.archived))[0];
    const [category] = categories as [StatusCategory];
    byRef.set(
      ref,
      fits([...byRef.values()]) ??
        fits(all) ??
        (await make({ name, category, color: 'gray', archived: false })),
    );
  }
  if (project.isNew && planned.some((status) => !status.archived))
    await retire(tx, project, before, [...byRef.values()]);
  return Object.fromEntries(
    [...byRef].map(([ref, row]) => [
      ref,
      { id: encodeId('status', row.id), key: row.key, done: row.category === 'done' },
    ]),
  );
}

/** In a project without tasks the board's columns take the place of the first ones, which are archived. */
async function retire(
  tx: Transaction,
  project: Project,
  before: StatusRow[],
  used: StatusRow[],
): Promise<void> {
  const kept = new Set(used.map((row) => row.id));
  for (const row of before)
    if (!kept.has(row.id) && !row.archived) await change(tx, project, row, { archived: true });
}

/** Saves and logs fields of a status. */
async function change(
  tx: Transaction,
  project: Project,
  row: StatusRow,
  fields: Partial<Pick<StatusRow, 'name' | 'rank' | 'archived'>>,
): Promise<StatusRow> {
  const saved = await saveStatus(tx, { ...row, ...fields });
  const names = Object.keys(fields) as (keyof typeof fields)[];
  tx.record(statusUpdated, {
    stream: tasksStream(project.uuid),
    workspaceId: project.workspaceId,
    entityId: encodeId('status', row.id),
    root: encodeId('project', project.uuid),
    version: saved.version,
    before: Object.fromEntries(names.map((name) => [name, row[name]])),
    after: fields,
  });
  return saved;
}

async function writeLabels(
  tx: Transaction,
  project: Project,
  planned: readonly PlanLabel[],
): Promise<WrittenRefs['labels']> {
  const there = new Map(
    (await listLabelRows(tx, project.uuid)).map((row) => [row.name.toLowerCase(), encodeId('label', row.id)]),
  );
  const refs: WrittenRefs['labels'] = {};
  for (const { ref, name, color } of planned) {
    const id = there.get(name.toLowerCase()) ?? newId('label');
    if (!there.has(name.toLowerCase()))
      await insertLabel(
        tx,
        { id, project_id: encodeId('project', project.uuid), name, color },
        project.workspaceId,
      );
    there.set(name.toLowerCase(), id);
    refs[ref] = id;
  }
  return refs;
}
