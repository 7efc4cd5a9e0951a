/** Objects of a foreign file, and what becomes of each of their fields. The loss ledger is counted from these. */

export type JsonObject = Record<string, unknown>;
/** `mapped`: people see it here. `kept_raw`: kept word for word, not interpreted. `lost`: not kept. */
export type Fate = 'mapped' | 'kept_raw' | 'lost';
interface Verdict {
  fate: Fate;
  note: string | null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null, '', [] and {} say nothing; only other values are counted. */
export function hasValue(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return true;
}

/**
 * One object of the file. Every field is `kept_raw` until somebody says otherwise, which is true because the
 * whole object is stored beside what is made of it.
 */
export class Source {
  readonly kind: string;
  /** The object as it is in the file; a stray element (a number among cards) is itself. */
  readonly value: unknown;
  readonly fields: JsonObject;
  #object: Verdict = { fate: 'kept_raw', note: null };
  #fields: Map<string, Verdict> = new Map();
  /** Fields whose elements are objects of their own, counted there. */
  readonly collections: Set<string> = new Set();
  readonly children: Source[] = [];

  constructor(kind: string, value: unknown) {
    this.kind = kind;
    this.value = value;
    this.fields = isObject(value) ? value : {};
    if (!isObject(value)) this.kept(null, 'not an object');
  }

  /** Value of the file's own field; never something inherited, whatever the field is called. */
  get(field: string): unknown {
    return Object.hasOwn(this.fields, field) ? this.fields[field] : undefined;
  }

  /** The object itself (`null`) or one field of it became something here. */
  mapped(field: string | null, note: string | null = null): void {
    this.#judge(field, { fate: 'mapped', note });
  }

  /** As it is by default; say why where it is not obvious. */
  kept(field: string | null, note: string | null = null): void {
    this.#judge(field, { fate: 'kept_raw', note });
  }

  /** The object becomes nothing here after all: everything of it and in it is only kept. */
  reject(note: string): void {
    this.#fields.clear();
    this.kept(null, note);
    for (const child of this.children) child.reject(note);
  }

  get fate(): Verdict {
    return this.#object;
  }

  /** Every field that has a value and is counted here, with what became of it. */
  *accounts(): Generator<Verdict & { field: string }> {
    for (const field of Object.keys(this.fields)) {
      const value = this.fields[field];
      if (this.collections.has(field) || !hasValue(value)) continue;
      if (field === 'data' && this.kind.startsWith('action.') && isObject(value)) {
        for (const [name, part] of Object.entries(value))
          if (hasValue(part)) yield this.#account(`data.${name}`, part);
      } else yield this.#account(field, value);
    }
  }

  #account(field: string, value: unknown): Verdict & { field: string } {
    const verdict = this.#fields.get(field) ?? { fate: 'kept_raw', note: null };
    return verdict.fate === 'kept_raw' && isUnstorable(value)
      ? { field, fate: 'lost', note: 'a number too large to hold' }
      : { field, fate: verdict.fate, note: verdict.note };
  }

  #judge(field: string | null, verdict: Verdict): void {
    if (field === null) this.#object = verdict;
    else this.#fields.set(field, verdict);
  }
}

/** `1e999` is read as Infinity, which JSON cannot write again. */
function isUnstorable(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}
