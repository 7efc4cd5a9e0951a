import type { ApiProblem } from '@gantry/contracts';
import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { api } from '../lib/client.ts';
import { LiveSocket, type LiveStatus, type StreamHandlers } from './live-socket.ts';
import type { ProjectState } from './project-state.ts';
import { ProjectStore } from './project-store.ts';
import { openLiveSocket, projectServer } from './server.ts';
import type { Write } from './writes.ts';

export interface LiveOptions {
  userId: string;
  onRefused(write: Write, problem: ApiProblem, before: ProjectState): void;
  onSignedOut(): void;
}

/** More stores than this and the one not looked at longest is let go, unless writes wait in it. */
const KEEP_STORES = 3;

/** One signed-in person's live line and the stores fed by it. */
export class Live {
  status: LiveStatus = 'connecting';
  private readonly stores = new Map<string, ProjectStore>();
  private readonly listeners = new Set<() => void>();
  private readonly options: LiveOptions;
  private closing: ReturnType<typeof setTimeout> | null = null;
  readonly socket: LiveSocket;

  constructor(options: LiveOptions) {
    this.options = options;
    this.socket = new LiveSocket({
      open: openLiveSocket,
      onStatus: (status) => {
        this.status = status;
        for (const listener of this.listeners) listener();
      },
      onSignedOut: options.onSignedOut,
    });
    window.addEventListener('online', this.retryNow);
    document.addEventListener('visibilitychange', this.whenVisible);
  }

  /** The store of a project, started when it is new. */
  project(project: { id: string; workspace_id: string }): ProjectStore {
    const held = this.stores.get(project.id);
    if (held) {
      this.stores.delete(project.id);
      this.stores.set(project.id, held);
      return held;
    }
    const store = new ProjectStore({
      context: { projectId: project.id, workspaceId: project.workspace_id, userId: this.options.userId },
      server: projectServer(api),
      socket: this.socket,
      onRefused: this.options.onRefused,
    });
    this.stores.set(project.id, store);
    store.start();
    this.letGo();
    return store;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** In use (again): call in an effect, and `release` in its cleanup. */
  hold(): void {
    if (this.closing) clearTimeout(this.closing);
    this.closing = null;
  }

  /** Closes unless held again at once, as React does in development to find leaks. */
  release(): void {
    this.closing = setTimeout(() => this.close(), 0);
  }

  private close(): void {
    window.removeEventListener('online', this.retryNow);
    document.removeEventListener('visibilitychange', this.whenVisible);
    for (const store of this.stores.values()) store.stop();
    this.stores.clear();
    this.socket.close();
  }

  retryNow = (): void => {
    this.socket.retryNow();
    for (const store of this.stores.values()) store.retryNow();
  };

  private readonly whenVisible = (): void => {
    if (document.visibilityState === 'visible') this.retryNow();
  };

  private letGo(): void {
    for (const [id, store] of this.stores) {
      if (this.stores.size <= KEEP_STORES) return;
      if (store.sync.waiting > 0) continue;
      store.stop();
      this.stores.delete(id);
    }
  }
}

const LiveContext = createContext<Live | null>(null);
export const LiveProvider = LiveContext.Provider;

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('Nobody is signed in around this component');
  return live;
}

export function useLiveStatus(): LiveStatus {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.status);
}

/** Calls back at every change of a stream whose content one reads elsewhere. */
export function useStreamSignal(stream: string | null, onChange: () => void): void {
  const live = useLive();
  useEffect(() => {
    if (!stream) return;
    let head: number | undefined;
    const handlers: StreamHandlers = {
      after: () => head,
      onSubscribed: (seq) => {
        if (head !== undefined && seq > head) onChange();
        head = Math.max(head ?? 0, seq);
      },
      onChanges: (changes) => {
        head = Math.max(head ?? 0, changes.at(-1)?.seq ?? 0);
        onChange();
      },
      onRange: (_from, to) => {
        head = to;
        onChange();
      },
      onResync: () => {
        head = undefined;
        live.socket.resubscribe(stream);
        onChange();
      },
    };
    return live.socket.subscribe(stream, handlers);
  }, [live, stream, onChange]);
}
