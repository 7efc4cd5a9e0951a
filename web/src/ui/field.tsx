import clsx from 'clsx';
import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react';

export interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  error?: string | undefined;
  hint?: ReactNode;
  /** Shown inside the field, at its end. */
  trailing?: ReactNode;
  size2?: 'md' | 'lg';
  ref?: Ref<HTMLInputElement>;
}

/** A labelled input whose hint and error are tied to it. Large fields keep a line for them, so that nothing jumps. */
export function TextField({
  label,
  error,
  hint,
  trailing,
  size2 = 'md',
  className,
  id,
  ...rest
}: TextFieldProps) {
  const own = useId();
  const fieldId = id ?? own;
  const noteId = `${fieldId}-note`;
  return (
    <div className={clsx('flex flex-col', className)}>
      <label htmlFor={fieldId} className="mb-1 font-medium text-ink-2 text-xs">
        {label}
      </label>
      <div className="relative">
        <input
          id={fieldId}
          aria-invalid={error ? true : undefined}
          aria-describedby={error || hint ? noteId : undefined}
          className={clsx(
            'field w-full px-2.5 text-sm',
            size2 === 'lg' ? 'h-10 rounded-lg text-base' : 'h-8 touch:h-11',
            trailing ? 'pr-10' : '',
          )}
          {...rest}
        />
        {trailing ? <div className="absolute inset-y-0 right-1.5 flex items-center">{trailing}</div> : null}
      </div>
      {error || hint || size2 === 'lg' ? (
        <p id={noteId} className={clsx('mt-1 min-h-4 text-xs', error ? 'text-danger' : 'text-ink-3')}>
          {error ?? hint}
        </p>
      ) : null}
    </div>
  );
}

/** What went wrong with a whole form. */
export function FormProblem({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-danger text-sm">
      {children}
    </div>
  );
}
