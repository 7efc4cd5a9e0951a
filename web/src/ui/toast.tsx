import clsx from 'clsx';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button, IconButton } from './button.tsx';

export interface ToastInput {
  title: string;
  detail?: string;
  tone?: 'plain' | 'problem' | 'success';
  action?: { label: string; run: () => void };
  /** Stays until dismissed. */
  sticky?: boolean;
}
interface ToastItem extends ToastInput {
  id: number;
}

const LIFE_MS = 7_000;
const MOST = 4;
let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/** Says something in the corner, and to screen readers. Returns a function that takes it away. */
export function toast(input: ToastInput): () => void {
  const id = nextId++;
  set([...items.slice(1 - MOST), { ...input, id }]);
  return () => dismiss(id);
}

function dismiss(id: number): void {
  set(items.filter((item) => item.id !== id));
}

/** Where toasts appear; one in the app. */
export function Toaster() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => items,
  );
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-70 flex w-90 max-w-[calc(100vw-24px)] flex-col gap-2 phone:inset-x-3 phone:bottom-18 phone:w-auto"
    >
      {shown.map((item) => (
        <Toast key={item.id} item={item} />
      ))}
    </section>
  );
}

function Toast({ item }: { item: ToastItem }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held || item.sticky) return;
    const timer = setTimeout(() => dismiss(item.id), LIFE_MS);
    return () => clearTimeout(timer);
  }, [held, item]);
  const problem = item.tone === 'problem';
  const Icon = problem ? CircleAlert : CircleCheck;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: holding it only stops its clock; nothing is done by it
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pop pointer-events-auto flex animate-[rise_180ms_var(--ease-out-soft)] items-start gap-2.5 py-2 pr-1.5 pl-3"
    >
      <Icon
        size={16}
        aria-hidden
        className={clsx(
          'mt-1 shrink-0',
          problem ? 'text-danger' : item.tone === 'success' ? 'text-success' : 'text-ink-3',
        )}
      />
      <div className="min-w-0 flex-1 py-0.5">
        <p className="break-words font-medium text-ink text-sm">{item.title}</p>
        {item.detail ? <p className="break-words text-ink-2 text-sm">{item.detail}</p> : null}
        {item.action ? (
          <Button
            size="sm"
            className="mt-1.5 mb-0.5"
            onClick={() => {
              item.action?.run();
              dismiss(item.id);
            }}
          >
            {item.action.label}
          </Button>
        ) : null}
      </div>
      <IconButton label="Dismiss" tip={false} onClick={() => dismiss(item.id)}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  );
}
