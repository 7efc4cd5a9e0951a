import type { Status, StatusCategory } from '@gantry/contracts/tasks';

interface StatusIconProps {
  category: StatusCategory;
  color: Status['color'];
  /** How far a started status is along its kind, 0 to 1. */
  progress?: number;
  size?: number;
}

/** The state of work as a shape first and a colour second: dashed, open, partly filled, ticked, crossed. */
export function StatusIcon({ category, color, progress = 0.5, size = 14 }: StatusIconProps) {
  const paint = `var(--c-${color})`;
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" aria-hidden focusable="false" className="shrink-0">
      {category === 'backlog' ? (
        <circle
          cx="7"
          cy="7"
          r="5.75"
          fill="none"
          stroke={paint}
          strokeWidth="1.5"
          strokeDasharray="2.2 2.32"
        />
      ) : category === 'unstarted' ? (
        <circle cx="7" cy="7" r="5.75" fill="none" stroke={paint} strokeWidth="1.5" />
      ) : category === 'started' ? (
        <>
          <circle cx="7" cy="7" r="5.75" fill="none" stroke={paint} strokeWidth="1.5" />
          <circle
            cx="7"
            cy="7"
            r="1.75"
            fill="none"
            stroke={paint}
            strokeWidth="3.5"
            strokeDasharray={`${progress * 11} 11`}
            transform="rotate(-90 7 7)"
          />
        </>
      ) : category === 'done' ? (
        <>
          <circle cx="7" cy="7" r="6.5" fill={paint} />
          <path
            d="M4.2 7.2 6.2 9.2 9.9 5.2"
            fill="none"
            stroke="var(--surface)"
            strokeWidth="1.6"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </>
      ) : (
        <>
          <circle cx="7" cy="7" r="6.5" fill={paint} />
          <path
            d="m4.9 4.9 4.2 4.2m0-4.2-4.2 4.2"
            stroke="var(--surface)"
            strokeWidth="1.6"
            strokeLinecap="round"
          />
        </>
      )}
    </svg>
  );
}

/** Share of the way of each started status, in board order: a third, two thirds … */
export function startedProgress(statuses: readonly Status[], status: Status): number {
  const started = statuses.filter((s) => s.category === 'started');
  const place = started.findIndex((s) => s.id === status.id);
  return place < 0 ? 0.5 : (place + 1) / (started.length + 1);
}
