import type { ImportCounts, Ledger, LedgerRow } from '@gantry/contracts/tasks';

const COUNTS: [keyof ImportCounts, string][] = [
  ['statuses', 'statuses'],
  ['labels', 'labels'],
  ['tasks', 'tasks'],
  ['subtasks', 'subtasks'],
  ['comments', 'comments'],
  ['history', 'changes of history'],
  ['links', 'links'],
  ['people_matched', 'people matched'],
  ['people_kept_as_names', 'people kept as names'],
];
const NOTE_WIDTH = 60;

/** What an import did (or would do, where `into` is null), with the whole ledger, as text for a terminal. */
export function report(
  job: { counts: ImportCounts | null; ledger: Ledger | null },
  into: string | null,
): string {
  const { counts, ledger } = job;
  if (counts === null || ledger === null) return 'Nothing to report.\n';
  const said = COUNTS.map(([field, name]) => `${counts[field]} ${name}`).join(', ');
  const { totals } = ledger;
  return [
    into === null
      ? `Dry run, nothing was written. It would make ${said}.`
      : `Imported into ${into}: ${said}.`,
    '',
    ...table(ledger.rows),
    '',
    `${totals.objects} objects and ${totals.fields} fields in the file: ${totals.mapped} mapped, ${totals.kept_raw} kept raw, ${totals.lost} lost.`,
    totals.reconciled
      ? 'The totals agree with a second count of the file.'
      : 'The totals do NOT agree with a second count of the file. Please report this.',
    '',
  ].join('\n');
}

function table(rows: readonly LedgerRow[]): string[] {
  const cells = [
    ['object', 'field', 'found', 'mapped', 'kept raw', 'lost', 'note'],
    ...rows.map((row) => [
      row.object,
      row.field === '*' ? '(itself)' : row.field,
      ...[row.found, row.mapped, row.kept_raw, row.lost].map(String),
      shorten(row.note ?? ''),
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) =>
    row
      .map((cell, i) => (i >= 2 && i <= 5 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function shorten(note: string): string {
  return note.length <= NOTE_WIDTH ? note : `${note.slice(0, NOTE_WIDTH - 1)}…`;
}
