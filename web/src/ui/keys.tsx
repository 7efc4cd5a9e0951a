import clsx from 'clsx';

const MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** Keys of a shortcut, `Mod+K`: Mod is Cmd on a Mac and Ctrl elsewhere. */
export function Keys({ keys, className }: { keys: string; className?: string }) {
  return (
    <span className={clsx('inline-flex items-center gap-0.5', className)}>
      {keys.split('+').map((key) => (
        <kbd
          key={key}
          className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded border border-line-strong bg-surface px-1 font-sans text-2xs text-ink-2"
        >
          {keyName(key)}
        </kbd>
      ))}
    </span>
  );
}

function keyName(key: string): string {
  if (key === 'Mod') return MAC ? '⌘' : 'Ctrl';
  if (key === 'Alt') return MAC ? '⌥' : 'Alt';
  if (key === 'Shift') return MAC ? '⇧' : 'Shift';
  return { Up: '↑', Down: '↓', Left: '←', Right: '→', Enter: '↵' }[key] ?? key;
}
