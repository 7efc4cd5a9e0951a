/**
 * Gathers look-ups that come in the same turn of the event loop into one: a thousand questions by people who are
 * watching cost one query with `= any($1)`, not a thousand. `load` gets each key once and gives what it found;
 * keys it leaves out are undefined. A fault reaches everybody who asked. `scope` keeps databases apart.
 */
export function batched<Scope extends object, V>(
  load: (scope: Scope, keys: string[]) => Promise<ReadonlyMap<string, V>>,
): (scope: Scope, key: string) => Promise<V | undefined> {
  const waiting = new WeakMap<Scope, { keys: Set<string>; answer: Promise<ReadonlyMap<string, V>> }>();
  return async (scope, key) => {
    let round = waiting.get(scope);
    if (!round) {
      const keys = new Set<string>();
      const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        waiting.delete(scope);
        return load(scope, [...keys]);
      });
      round = { keys, answer };
      waiting.set(scope, round);
    }
    round.keys.add(key);
    return (await round.answer).get(key);
  };
}
