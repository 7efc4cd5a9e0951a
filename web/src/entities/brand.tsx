import clsx from 'clsx';

/** The sign: columns hanging from a beam. */
export function BrandMark({ size = 24, className }: { size?: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden
      focusable="false"
      className={clsx('shrink-0', className)}
    >
      <rect x="1" y="2" width="22" height="3.4" rx="1.7" fill="currentColor" />
      <rect x="3.5" y="7.2" width="4.6" height="15" rx="1.8" fill="currentColor" />
      <rect x="9.7" y="7.2" width="4.6" height="8.4" rx="1.8" fill="currentColor" />
      <rect x="15.9" y="7.2" width="4.6" height="11.6" rx="1.8" fill="var(--brand-block, var(--c-blue))" />
    </svg>
  );
}
