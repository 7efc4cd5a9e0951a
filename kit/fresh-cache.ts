/** How long any look-up of permissions or sessions may be believed, whatever events do. */
export const FRESH_MS = 750;

interface Entry<T> {
  value: T;
  until: number;
}

export interface FreshAnswer<T> {
  value: T;
  /** Milliseconds this may still be believed; what the owner said, so that chained caches never add up. */
  freshForMs: number;
  /** False for refusals: they are never kept. */
  keep: boolean;
}

export interface FreshCache<T> {
  /** The cached value with what is left of its life, or what `load` answers. One load at a time per key. */
  get(key: string, load: () => Promise<FreshAnswer<T>>): Promise<{ value: T; freshForMs: number }>;
  /** The cached value, if it is still fresh; for hot paths that want no promise. */
  peek(key: string): T | undefined;
  delete(key: string): void;
  clear(): void;
}

/**
 * A small cache for facts that must be true within a second: entries live at most FRESH_MS and never longer than
 * the owner said; faults and refusals are not kept; concurrent callers share one load.
 */
export function freshCache<T>(maxEntries = 10_000): FreshCache<T> {
  const entries = new Map<string, Entry<T>>();
  const loading = new Map<string, { answer: Promise<{ value: T; freshForMs: number }>; started: number }>();
  const evict = () => {
    const now = performance.now();
    for (const [key, entry] of entries) {
      if (entry.until > now && entries.size < maxEntries) break;
      entries.delete(key);
    }
  };
  return {
    async get(key, load) {
      const hit = entries.get(key);
      const now = performance.now();
      if (hit !== undefined && hit.until > now) return { value: hit.value, freshForMs: hit.until - now };
      const running = loading.get(key);
      // An answer that is long in coming may be older than anyone should believe who asks only now.
      if (running && now - running.started < FRESH_MS) return running.answer;
      const started = now;
      const promise = load()
        .then((answer) => {
          // Counted from before the question was sent, so that a slow answer is not believed longer.
          const until = started + Math.min(FRESH_MS, answer.freshForMs);
          if (answer.keep && loading.get(key)?.answer === promise) {
            entries.delete(key);
            entries.set(key, { value: answer.value, until });
            if (entries.size >= maxEntries) evict();
          }
          return { value: answer.value, freshForMs: Math.max(0, until - performance.now()) };
        })
        .finally(() => {
          if (loading.get(key)?.answer === promise) loading.delete(key);
        });
      loading.set(key, { answer: promise, started });
      return promise;
    },
    peek(key) {
      const hit = entries.get(key);
      return hit !== undefined && hit.until > performance.now() ? hit.value : undefined;
    },
    delete(key) {
      entries.delete(key);
      loading.delete(key);
    },
    clear() {
      entries.clear();
      loading.clear();
    },
  };
}
