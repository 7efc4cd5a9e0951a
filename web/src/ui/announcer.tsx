import { useSyncExternalStore } from 'react';

let said = '';
const listeners = new Set<() => void>();

/** Tells screen readers, without moving focus or showing anything. */
export function announce(text: string): void {
  // The same words twice would not be read again; a no-break space makes them new.
  said = text === said ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

/** The live region; one in the app, there from the start. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
  );
  return (
    <div role="status" aria-live="polite" aria-atomic className="sr-only">
      {text}
    </div>
  );
}
