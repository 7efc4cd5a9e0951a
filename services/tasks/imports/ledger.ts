import type { Ledger, LedgerRow } from '@gantry/contracts/tasks';
import { recount } from './ledger-recount.ts';
import type { Fate, Source } from './source.ts';

/** A file may invent any number of fields; rows beyond this are added up in one. */
const MAX_ROWS = 2_000;
const MAX_NOTES = 3;

type Row = LedgerRow & { notes: Set<string> };

/**
 * The loss ledger: every object and every field with a value, in one of three columns. `reconciled` compares each
 * row with a recount of the file that knows nothing of how it was read.
 */
export function buildLedger(sources: Iterable<Source>, file: unknown): Ledger {
  const rows = new Map<string, Map<string, Row>>();
  for (const source of sources) {
    tally(rows, source.kind, '*', source.fate.fate, source.fate.note);
    for (const { field, fate, note } of source.accounts()) tally(rows, source.kind, field, fate, note);
  }
  const all = [...rows.values()].flatMap((fields) => [...fields.values()]);
  const expected = recount(file);
  const reconciled =
    [...expected.values()].reduce((n, fields) => n + fields.size, 0) === all.length &&
    all.every(
      (row) =>
        row.found === row.mapped + row.kept_raw + row.lost &&
        row.found === expected.get(row.object)?.get(row.field),
    );
  const total = (column: 'found' | Fate, wanted: (row: Row) => boolean = () => true) =>
    all.reduce((n, row) => (wanted(row) ? n + row[column] : n), 0);
  return {
    rows: readable(all),
    totals: {
      objects: total('found', (row) => row.field === '*'),
      fields: total('found', (row) => row.field !== '*'),
      mapped: total('mapped'),
      kept_raw: total('kept_raw'),
      lost: total('lost'),
      reconciled,
    },
  };
}

function tally(
  rows: Map<string, Map<string, Row>>,
  object: string,
  field: string,
  fate: Fate,
  note: string | null,
) {
  const fields = rows.get(object) ?? new Map<string, Row>();
  if (fields.size === 0) rows.set(object, fields);
  const row = fields.get(field) ?? {
    object,
    field,
    found: 0,
    mapped: 0,
    kept_raw: 0,
    lost: 0,
    note: null,
    notes: new Set<string>(),
  };
  row.found++;
  row[fate]++;
  if (note !== null && row.notes.size < MAX_NOTES) row.notes.add(note);
  fields.set(field, row);
}

/** Rows by object in the order of the file, names made printable, the rarest added up if there are too many. */
function readable(all: readonly Row[]): LedgerRow[] {
  const shown = all.length <= MAX_ROWS ? all : all.toSorted((a, b) => b.found - a.found).slice(0, MAX_ROWS);
  const rows = shown.map(({ notes, ...row }) => ({
    ...row,
    object: printable(row.object),
    field: printable(row.field),
    note: notes.size === 0 ? null : [...notes].join('; '),
  }));
  if (shown === all) return rows;
  const folded = new Set(shown);
  const rest = all.filter((row) => !folded.has(row));
  const add = (column: 'found' | Fate) => rest.reduce((n, row) => n + row[column], 0);
  return [
    ...rows,
    {
      object: '(others)',
      field: '(others)',
      found: add('found'),
      mapped: add('mapped'),
      kept_raw: add('kept_raw'),
      lost: add('lost'),
      note: `${rest.length} more kinds of field`,
    },
  ];
}

function printable(name: string): string {
  const text = name.toWellFormed().replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '\u{fffd}');
  return text.length <= 80 ? text : `${text.slice(0, 79).toWellFormed()}…`;
}
