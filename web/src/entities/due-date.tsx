import clsx from 'clsx';
import { Calendar } from 'lucide-react';
import { daysUntil, shortDate } from '../lib/dates.ts';

/** A due date; what is late or close says so in words too. */
export function DueDate({ date, done, plain }: { date: string; done: boolean; plain?: boolean }) {
  const days = daysUntil(date);
  const late = !done && days < 0;
  const soon = !done && days >= 0 && days <= 2;
  const words = late ? 'overdue' : days === 0 ? 'due today' : soon ? 'due soon' : 'due';
  return (
    <span
      className={clsx(
        'tnum inline-flex h-5 items-center gap-1 whitespace-nowrap text-2xs',
        plain ? '' : 'rounded-full border px-1.75',
        late
          ? 'border-danger/35 text-danger'
          : soon
            ? 'border-warning/40 text-warning'
            : 'border-line text-ink-2',
      )}
      title={`${words} ${date}`}
    >
      <Calendar size={11} aria-hidden />
      <span className="sr-only">{words} </span>
      {shortDate(date)}
    </span>
  );
}
