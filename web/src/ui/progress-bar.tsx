/** How far long work has come; `total` 0: not known yet. */
export function ProgressBar({ done, total, label }: { done: number; total: number; label: string }) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total || 100}
      aria-valuenow={total ? done : undefined}
      className="h-1.5 overflow-hidden rounded-full bg-selected"
    >
      <div
        className={
          total
            ? 'h-full rounded-full bg-accent transition-[width] duration-300'
            : 'skeleton h-full w-1/3 bg-accent!'
        }
        style={total ? { width: `${share * 100}%` } : undefined}
      />
    </div>
  );
}
