import { useSyncExternalStore } from 'react';
import { readStored, store } from './storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'gantry.theme';
const listeners = new Set<() => void>();
const system = matchMedia('(prefers-color-scheme: dark)');

function read(): Theme {
  const held = readStored(KEY);
  return held === 'light' || held === 'dark' ? held : 'system';
}

function paint(): void {
  const choice = read();
  const dark = choice === 'dark' || (choice === 'system' && system.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#121316' : '#f7f8f9');
}

/** Chooses a theme and keeps the choice. public/theme.js applies it at the next visit, before the first paint. */
export function setTheme(theme: Theme): void {
  store(KEY, theme === 'system' ? null : theme);
  paint();
  for (const listener of listeners) listener();
}

system.addEventListener('change', paint);

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
}
