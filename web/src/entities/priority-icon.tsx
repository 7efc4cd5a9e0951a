import type { Priority } from '@gantry/contracts/tasks';

export const PRIORITY_CHOICES = [
  'urgent',
  'high',
  'medium',
  'low',
  'none',
] as const satisfies readonly Priority[];
export const PRIORITY_NAMES: Record<Priority, string> = {
  none: 'No priority',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  urgent: 'Urgent',
};
const BARS: Record<Exclude<Priority, 'none' | 'urgent'>, number> = { low: 1, medium: 2, high: 3 };

interface PriorityIconProps {
  priority: Priority;
  size?: number;
  /** Its name stands beside it already. */
  silent?: boolean;
}

/** Priority by shape: dashes, one to three bars, a filled sign. Colour only helps. */
export function PriorityIcon({ priority, size = 14, silent }: PriorityIconProps) {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: named by aria-label, or silent beside its name
    <svg
      width={size}
      height={size}
      viewBox="0 0 14 14"
      {...(silent
        ? { 'aria-hidden': true }
        : { role: 'img', 'aria-label': `Priority: ${PRIORITY_NAMES[priority]}` })}
      className="shrink-0"
    >
      {priority === 'urgent' ? (
        <>
          <rect x="0.5" y="0.5" width="13" height="13" rx="3" fill="var(--c-red)" />
          <path d="M7 3.4v4.4M7 10.2v.5" stroke="var(--surface)" strokeWidth="1.8" strokeLinecap="round" />
        </>
      ) : priority === 'none' ? (
        <path d="M2 7h2.2M5.9 7h2.2M9.8 7H12" stroke="var(--ink-3)" strokeWidth="1.5" strokeLinecap="round" />
      ) : (
        [0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={1 + bar * 4.5}
            y={8.5 - bar * 3}
            width="3"
            height={4 + bar * 3}
            rx="1"
            fill="var(--ink-2)"
            opacity={bar < BARS[priority] ? 1 : 0.28}
          />
        ))
      )}
    </svg>
  );
}
