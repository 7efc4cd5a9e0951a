import { useSyncExternalStore } from 'react';
import { readStored, store } from './storage.ts';

const KEY = 'gantry.sidebar';
let collapsed = readStored(KEY) === 'collapsed';
let drawer = false;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function toggleSidebar(): void {
  collapsed = !collapsed;
  store(KEY, collapsed ? 'collapsed' : null);
  tell();
}

/** On a phone the sidebar is a drawer. */
export function setDrawer(open: boolean): void {
  drawer = open;
  tell();
}

export const useSidebarCollapsed = () => useSyncExternalStore(subscribe, () => collapsed);
export const useDrawer = () => useSyncExternalStore(subscribe, () => drawer);
