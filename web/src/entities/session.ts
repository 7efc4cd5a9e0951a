import { ApiProblem } from '@gantry/contracts';
import type { Session } from '@gantry/contracts/users';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { api } from '../lib/client.ts';
import { readStored, store } from '../lib/storage.ts';

/** Who is signed in; null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    try {
      return await api.getSession({});
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** The session inside the shell, where there always is one. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error('Nobody is signed in');
  return data;
}

const WORKSPACE_KEY = 'gantry.workspace';
const listeners = new Set<() => void>();

/** The workspace one is working in: the last one chosen, else the first. */
export function useWorkspace() {
  const { workspaces } = useSession();
  const chosen = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => readStored(WORKSPACE_KEY),
  );
  return workspaces.find((workspace) => workspace.id === chosen) ?? workspaces[0] ?? null;
}

export function chooseWorkspace(id: string): void {
  store(WORKSPACE_KEY, id);
  for (const listener of listeners) listener();
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(async () => {
    await api.signOut({});
    client.clear();
    location.assign('/sign-in');
  }, [client]);
}
