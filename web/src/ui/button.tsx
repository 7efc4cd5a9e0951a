import clsx from 'clsx';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Tooltip } from './tooltip.tsx';

const LOOKS = {
  primary:
    'bg-accent text-on-accent shadow-[inset_0_1px_0_rgb(255_255_255/0.14)] hover:bg-accent-hover disabled:bg-accent',
  secondary: 'bg-raised text-ink border border-control hover:bg-hover hover:border-line-strong',
  ghost: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'bg-danger-fill text-on-accent hover:brightness-110',
} as const;
const SIZES = {
  sm: 'h-7 px-2.5 text-xs gap-1.5 rounded-md touch:h-9',
  md: 'h-8 px-3 text-sm gap-1.5 rounded-md touch:h-11',
  lg: 'h-10 px-4 text-base gap-2 rounded-lg touch:h-11',
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
  /** Work is going on: keeps its size and says so. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'secondary', size = 'md', busy, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={clsx(
        'inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap font-medium transition-colors',
        'disabled:opacity-55',
        LOOKS[look],
        SIZES[size],
        className,
      )}
      {...rest}
    />
  );
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  keys?: string;
  size?: 'sm' | 'md';
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
  /** Off where the button opens something that covers the tip anyway. */
  tip?: boolean;
}

/** A square button with a picture; its name is the tooltip. */
export function IconButton({ label, keys, size = 'md', tip = true, className, ...rest }: IconButtonProps) {
  const button = (
    <button
      type="button"
      aria-label={label}
      className={clsx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-ink-3 transition-colors hover:bg-hover hover:text-ink',
        'disabled:opacity-45 data-[popup-open]:bg-selected data-[popup-open]:text-ink',
        size === 'sm' ? 'size-6 touch:size-9' : 'size-7 touch:size-11',
        className,
      )}
      {...rest}
    />
  );
  return tip ? (
    <Tooltip text={label} keys={keys}>
      {button}
    </Tooltip>
  ) : (
    button
  );
}
