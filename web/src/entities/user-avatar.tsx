import clsx from 'clsx';

const HUES = [262, 190, 152, 72, 48, 25, 355, 312, 290, 232];

function hueOf(seed: string): number {
  // FNV-1a, then mixed once more: ids made in one second differ only in their last characters.
  let hash = 2_166_136_261;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  return HUES[(hash >>> 8) % HUES.length] ?? 262;
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

interface UserAvatarProps {
  /** Decides the colour; the id where there is one. */
  seed: string;
  name: string;
  size?: number;
  /** Somebody of another tool, without an account here: shown as an outline. */
  outside?: boolean;
  className?: string;
  /** The name stands beside it already. */
  silent?: boolean;
}

/** A person as initials on a colour of their own. */
export function UserAvatar({ seed, name, size = 20, outside, className, silent }: UserAvatarProps) {
  const hue = hueOf(seed);
  const label = outside ? `${name} (no account here)` : name;
  return (
    // The letters are a picture, not text: as content of a style they are not read out or searched.
    <span
      data-initials={initialsOf(name)}
      {...(silent ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label, title: label })}
      className={clsx(
        'inline-flex shrink-0 select-none items-center justify-center rounded-full font-semibold leading-none before:content-[attr(data-initials)]',
        outside && 'border border-control border-dashed text-ink-2',
        className,
      )}
      style={{
        width: size,
        height: size,
        fontSize: Math.max(8, Math.round(size * 0.38)),
        ...(outside ? {} : { background: `oklch(0.5 0.13 ${hue})`, color: 'white' }),
      }}
    />
  );
}

interface StackProps {
  people: readonly { seed: string; name: string; outside?: boolean }[];
  size?: number;
  most?: number;
}

/** Several people, overlapping, the rest as a number. */
export function AvatarStack({ people, size = 20, most = 3 }: StackProps) {
  const shown = people.length > most ? people.slice(0, most - 1) : people;
  const rest = people.length - shown.length;
  return (
    <span className="inline-flex items-center">
      {shown.map((person, index) => (
        <UserAvatar
          key={person.seed}
          {...person}
          size={size}
          className={clsx(
            'ring-[1.5px] ring-(--stack-ring,var(--surface))',
            index > 0 && '-ml-0.5',
            person.outside && 'bg-surface',
          )}
        />
      ))}
      {rest > 0 ? (
        <span
          role="img"
          aria-label={`and ${people
            .slice(shown.length)
            .map((p) => p.name)
            .join(', ')}`}
          className="tnum -ml-0.5 inline-flex items-center justify-center rounded-full bg-selected px-1 font-medium text-2xs text-ink-2 ring-[1.5px] ring-(--stack-ring,var(--surface))"
          style={{ height: size, minWidth: size }}
        >
          +{rest}
        </span>
      ) : null}
    </span>
  );
}
