import type { Label } from '@gantry/contracts/tasks';

export function LabelDot({ color }: { color: Label['color'] }) {
  return (
    <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: `var(--c-${color})` }} />
  );
}

/** A label: its name beside a dot of its colour, so that the text keeps its contrast. */
export function LabelChip({ label }: { label: Pick<Label, 'name' | 'color'> }) {
  return (
    <span className="inline-flex h-5 min-w-0 max-w-36 items-center gap-1.5 rounded-full border border-line px-1.75 text-2xs text-ink-2">
      <LabelDot color={label.color} />
      <span className="truncate">{label.name || 'Label'}</span>
    </span>
  );
}
