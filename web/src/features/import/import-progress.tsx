import type { ImportJob } from '@gantry/contracts/tasks';
import { ProgressBar } from '../../ui/progress-bar.tsx';

const NUMBER = new Intl.NumberFormat('en');

/** Long work with its counts. */
export function ImportProgress({ job }: { job: ImportJob }) {
  const label = job.dry_run ? 'Counting what is in the file' : 'Importing';
  return (
    <section aria-label={label} className="rounded-xl border border-line bg-raised p-5 shadow-card">
      <div className="mb-3 flex items-baseline justify-between gap-4">
        <h2 className="font-medium text-base text-ink">{label}…</h2>
        <p role="status" className="tnum text-ink-2 text-sm">
          {job.total > 0 ? `${NUMBER.format(job.done)} of ${NUMBER.format(job.total)} rows` : 'Starting'}
        </p>
      </div>
      <ProgressBar done={job.done} total={job.total} label={label} />
      {job.dry_run ? null : (
        <p className="mt-3 text-ink-3 text-sm">
          You can leave this page. The import goes on, and the board fills while it does.
        </p>
      )}
    </section>
  );
}
