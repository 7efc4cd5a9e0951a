import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Things the command menu can ask of whatever screen is open. */
export type CommandName = 'task.create' | 'filter.focus' | 'command-menu' | 'shortcuts' | 'project.create';

const handlers = new Map<CommandName, () => void>();
const listeners = new Set<() => void>();
let known = '';

function tell(): void {
  known = [...handlers.keys()].join(' ');
  for (const listener of listeners) listener();
}

/** Offers a command while this component is on screen. */
export function useCommand(name: CommandName, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const handler = () => latest.current();
    handlers.set(name, handler);
    tell();
    return () => {
      if (handlers.get(name) !== handler) return;
      handlers.delete(name);
      tell();
    };
  }, [name]);
}

export function runCommand(name: CommandName): void {
  handlers.get(name)?.();
}

export function useOffered(name: CommandName): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => known.split(' ').includes(name),
  );
}
