import type { ImportCounts, ImportJob, Ledger, LedgerRow } from '@gantry/contracts/tasks';
import clsx from 'clsx';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';

const NUMBER = new Intl.NumberFormat('en');

const COUNTS: [keyof ImportCounts, string, string][] = [
  ['tasks', 'task', 'tasks'],
  ['subtasks', 'subtask', 'subtasks'],
  ['comments', 'comment', 'comments'],
  ['history', 'history entry', 'history entries'],
  ['statuses', 'status', 'statuses'],
  ['labels', 'label', 'labels'],
  ['links', 'link', 'links'],
  ['people_matched', 'person matched', 'people matched'],
  ['people_kept_as_names', 'name without account', 'names without account'],
];

/** What an import makes, or made: the counts, and the ledger that accounts for all of the file. */
export function ImportReport({ job }: { job: ImportJob }) {
  return (
    <div className="flex flex-col gap-6">
      {job.counts ? <CountsGrid counts={job.counts} /> : null}
      {job.ledger ? <LedgerTable ledger={job.ledger} dryRun={job.dry_run} /> : null}
    </div>
  );
}

function CountsGrid({ counts }: { counts: ImportCounts }) {
  return (
    <dl className="grid grid-cols-3 overflow-hidden rounded-lg border border-line bg-raised phone:grid-cols-2 [&>div]:-mr-px [&>div]:-mb-px [&>div]:border-line [&>div]:border-r [&>div]:border-b">
      {COUNTS.map(([name, one, many]) => (
        <div key={name} className="flex flex-col-reverse px-3.5 py-2.5">
          <dt className="text-ink-3 text-xs">{counts[name] === 1 ? one : many}</dt>
          <dd className={clsx('tnum font-semibold text-lg', counts[name] === 0 ? 'text-ink-3' : 'text-ink')}>
            {NUMBER.format(counts[name])}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function LedgerTable({ ledger, dryRun }: { ledger: Ledger; dryRun: boolean }) {
  const { totals } = ledger;
  const [onlyLost, setOnlyLost] = useState(false);
  const rows = onlyLost ? ledger.rows.filter((row) => row.lost > 0) : ledger.rows;
  const lostRows = ledger.rows.filter((row) => row.lost > 0).length;
  return (
    <section aria-label="Loss ledger">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <div>
          <h2 className="font-medium text-base text-ink">Loss ledger</h2>
          <p className="text-ink-2 text-sm">
            Every object and field of the file, and what {dryRun ? 'becomes' : 'became'} of it.
          </p>
        </div>
        {lostRows > 0 ? (
          <Button size="sm" aria-pressed={onlyLost} onClick={() => setOnlyLost(!onlyLost)}>
            {onlyLost ? 'Show everything' : `Show only losses (${lostRows})`}
          </Button>
        ) : null}
      </div>
      <Reconciled totals={totals} />
      <section
        className="mt-3 max-h-[60vh] overflow-auto rounded-lg border border-line bg-raised"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to
        tabIndex={0}
        aria-label="Ledger rows"
      >
        <table className="w-full border-collapse text-sm">
          <thead className="sticky top-0 z-1 bg-raised text-left text-ink-3 text-xs shadow-[0_1px_0_var(--line)]">
            <tr>
              <Head>In the file</Head>
              <Head number>Found</Head>
              <Head number>Mapped</Head>
              <Head number>Kept raw</Head>
              <Head number>Lost</Head>
              <Head wide>What it {dryRun ? 'becomes' : 'became'}</Head>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <LedgerLine
                key={`${row.object}.${row.field}`}
                row={row}
                newObject={rows[index - 1]?.object !== row.object}
              />
            ))}
          </tbody>
          <tfoot className="sticky bottom-0 bg-raised font-medium shadow-[0_-1px_0_var(--line)]">
            <tr>
              <td className="px-3 py-2">
                <span className="tnum">{NUMBER.format(totals.objects)}</span> objects,{' '}
                <span className="tnum">{NUMBER.format(totals.fields)}</span> fields
              </td>
              <Cell>{totals.objects + totals.fields}</Cell>
              <Cell>{totals.mapped}</Cell>
              <Cell>{totals.kept_raw}</Cell>
              <Cell alarm>{totals.lost}</Cell>
              <td className="phone:hidden" />
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  );
}

function Reconciled({ totals }: { totals: Ledger['totals'] }) {
  const Icon = totals.reconciled ? CircleCheck : CircleAlert;
  return (
    <p
      className={clsx(
        'flex items-center gap-2 rounded-lg px-3 py-2 text-sm',
        totals.reconciled ? 'bg-success-soft text-success' : 'bg-danger-soft text-danger',
      )}
    >
      <Icon size={15} aria-hidden className="shrink-0" />
      {totals.reconciled
        ? 'Reconciled: mapped, kept raw and lost add up to everything in the file.'
        : 'Not reconciled: the columns do not add up to everything in the file.'}
    </p>
  );
}

function LedgerLine({ row, newObject }: { row: LedgerRow; newObject: boolean }) {
  return (
    <tr
      className={clsx(
        'hover:bg-hover',
        newObject ? 'border-line border-t' : '',
        row.lost > 0 && 'bg-danger-soft',
      )}
    >
      <td className="max-w-70 truncate px-3 py-1" title={`${row.object} ${row.field}`}>
        {row.field === '*' ? (
          <span className="font-medium text-ink">{row.object}</span>
        ) : (
          <span className="pl-3 text-ink-2">
            <span className="sr-only">{row.object} </span>
            {row.field}
          </span>
        )}
      </td>
      <Cell>{row.found}</Cell>
      <Cell>{row.mapped}</Cell>
      <Cell>{row.kept_raw}</Cell>
      <Cell alarm>{row.lost}</Cell>
      <td className="min-w-50 px-3 py-1 text-ink-2 text-xs phone:hidden">{row.note}</td>
    </tr>
  );
}

function Head({ children, number, wide }: { children: React.ReactNode; number?: boolean; wide?: boolean }) {
  return (
    <th
      scope="col"
      className={clsx(
        'whitespace-nowrap px-3 py-2 font-medium',
        number && 'text-right',
        wide && 'phone:hidden',
      )}
    >
      {children}
    </th>
  );
}

function Cell({ children, alarm }: { children: number; alarm?: boolean }) {
  return (
    <td
      className={clsx(
        'tnum px-3 py-1 text-right',
        children === 0 ? 'text-ink-3' : alarm ? 'font-medium text-danger' : 'text-ink',
      )}
    >
      {NUMBER.format(children)}
    </td>
  );
}
