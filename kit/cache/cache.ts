/** A cache of answers that may be lost at any time. Never for permissions: those use freshCache. */
export interface CachePort {
  /** The cached value, or what `load` gives, kept for `ttlMs`. One load at a time per key in this process. */
  get<T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T>;
  delete(key: string): Promise<void>;
  /** Null if it works, else a sentence. */
  trouble(): string | null;
  stop(): Promise<void>;
}

/** The cache in memory of one process, at most `maxEntries`, the least recently used leave first. */
export function memoryCache(maxEntries = 10_000): CachePort {
  const entries = new Map<string, { value: unknown; until: number }>();
  const loading = new Map<string, Promise<unknown>>();
  return {
    async get<T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T> {
      const hit = entries.get(key);
      if (hit && hit.until > performance.now()) {
        entries.delete(key);
        entries.set(key, hit);
        return hit.value as T;
      }
      const running = loading.get(key) as Promise<T> | undefined;
      if (running) return running;
      const promise = load()
        .then((value) => {
          // Deleted meanwhile: what was loaded may be from before the change that deleted it.
          if (ttlMs > 0 && loading.get(key) === promise) {
            entries.delete(key);
            entries.set(key, { value, until: performance.now() + ttlMs });
            if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
          }
          return value;
        })
        .finally(() => {
          if (loading.get(key) === promise) loading.delete(key);
        });
      loading.set(key, promise);
      return promise;
    },
    async delete(key) {
      entries.delete(key);
      loading.delete(key);
    },
    trouble: () => null,
    async stop() {
      entries.clear();
    },
  };
}
