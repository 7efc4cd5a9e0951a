import { projectHue } from './projects.ts';

/** A project's sign: the first letters of its key on a colour of its own. */
export function ProjectMark({ projectKey, size = 18 }: { projectKey: string; size?: number }) {
  const hue = projectHue(projectKey);
  return (
    <span
      aria-hidden
      data-initials={projectKey.slice(0, 2)}
      className="inline-flex shrink-0 select-none items-center justify-center rounded-[28%] font-bold leading-none before:content-[attr(data-initials)]"
      style={{
        width: size,
        height: size,
        fontSize: Math.round(size * 0.44),
        background: `color-mix(in oklab, oklch(0.62 0.14 ${hue}) 20%, var(--surface))`,
        color: `color-mix(in oklab, oklch(0.55 0.15 ${hue}) 52%, var(--ink))`,
      }}
    />
  );
}
