import { type Static, Type } from 'typebox';
import { defineErrors } from '../kernel/errors.ts';
import { Enum, IdOf, Instant, Nullable } from '../kernel/schema.ts';

/** Largest import file in bytes: 64 MiB. */
export const importBodyLimit = 64 * 1024 * 1024;

export const importErrors = defineErrors({
  import_not_json: {
    status: 422,
    title: 'The file is not complete JSON',
    detail: 'Export the board again and upload the whole file; nothing was imported.',
  },
  import_not_trello: {
    status: 422,
    title: 'This is not a Trello board export',
    detail: 'In Trello: board menu, More, Print and export, Export as JSON. Nothing was imported.',
  },
  import_too_large: {
    status: 422,
    title: 'The board is larger than an import can hold',
    detail: 'Archive or split the board in Trello and export it again; nothing was imported.',
  },
  import_running: {
    status: 409,
    title: 'An import into this project is running',
    detail: 'Wait until it has ended, then start the next one.',
  },
});

/**
 * One row of the loss ledger: a source field of one kind of object, and what became of each time it had a value.
 * found = mapped + kept_raw + lost, always.
 */
export const LedgerRow = Type.Object({
  object: Type.String({ description: 'Kind of source object: card, list, action.commentCard …' }),
  field: Type.String({ description: 'Field of it; `*` for the objects themselves.' }),
  found: Type.Integer({ description: 'Times it was in the file with a value.' }),
  mapped: Type.Integer({ description: 'Became something here that people see and use.' }),
  kept_raw: Type.Integer({ description: 'Kept word for word with its task or import, not interpreted.' }),
  lost: Type.Integer({ description: 'Not kept.' }),
  note: Nullable(Type.String({ description: 'What it became, or why it was lost.' })),
});
export type LedgerRow = Static<typeof LedgerRow>;

export const Ledger = Type.Object({
  rows: Type.Array(LedgerRow),
  totals: Type.Object({
    objects: Type.Integer(),
    fields: Type.Integer(),
    mapped: Type.Integer(),
    kept_raw: Type.Integer(),
    lost: Type.Integer(),
    reconciled: Type.Boolean({ description: 'Every object and field of the file is in exactly one column.' }),
  }),
});
export type Ledger = Static<typeof Ledger>;

export const ImportCounts = Type.Object({
  statuses: Type.Integer(),
  labels: Type.Integer(),
  tasks: Type.Integer(),
  subtasks: Type.Integer(),
  comments: Type.Integer(),
  history: Type.Integer(),
  links: Type.Integer(),
  people_matched: Type.Integer(),
  people_kept_as_names: Type.Integer(),
});
export type ImportCounts = Static<typeof ImportCounts>;

export const IMPORT_STATES = ['queued', 'running', 'done', 'failed'] as const;
export const ImportJob = Type.Object({
  id: IdOf('import'),
  project_id: IdOf('project'),
  source: Type.String(),
  file_name: Nullable(Type.String()),
  dry_run: Type.Boolean(),
  state: Enum(IMPORT_STATES),
  /** Rows written and to write. */
  done: Type.Integer(),
  total: Type.Integer(),
  skipped: Type.Integer({
    description: 'Tasks that an earlier import of the same board brought; left as they are.',
  }),
  counts: Nullable(ImportCounts),
  ledger: Nullable(Ledger),
  error: Nullable(Type.String()),
  batch_id: Nullable(IdOf('batch')),
  created_at: Instant,
  finished_at: Nullable(Instant),
});
export type ImportJob = Static<typeof ImportJob>;
