/**
 * Identifiers. In the database every id is a UUIDv7; outside it is a TypeID: a registered prefix, an
 * underscore and the same 128 bits in Crockford base32 (26 characters).
 * Source: TypeID specification 0.3, RFC 9562 (UUIDv7).
 */

/** Every prefix in use. A prefix is never reused for another noun. */
export const ID_PREFIXES = {
  user: 'user',
  workspace: 'ws',
  membership: 'wsm',
  project: 'proj',
  project_member: 'pm',
  task: 'task',
  status: 'status',
  label: 'label',
  comment: 'comment',
  attachment: 'att',
  import: 'import',
  change: 'chg',
  batch: 'batch',
  session: 'sess',
  dead_letter: 'dl',
  mail: 'mail',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
/** A TypeID of one kind, such as `task_01h2xcejqtf2nbrexx3vqjhp41`. */
export type Id<K extends IdKind = IdKind> = string & { readonly __kind?: K };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 32; i++) VALUE[ALPHABET.charCodeAt(i)] = i;

const PREFIX_KIND = new Map<string, IdKind>(
  Object.entries(ID_PREFIXES).map(([kind, prefix]) => [prefix, kind as IdKind]),
);

/** TypeID text of a UUID (`xxxxxxxx-xxxx-…`, any case). Throws TypeError on text that is not a UUID. */
export function encodeId<K extends IdKind>(kind: K, uuid: string): Id<K> {
  const hex = uuid.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) throw new TypeError(`not a UUID: ${uuid.slice(0, 40)}`);
  // 128 bits as 26 base32 digits: 2 zero bits, then 126 + 2. Work in 5 groups of 26 bits keeps it in doubles.
  const n0 = Number.parseInt(hex.slice(0, 8), 16);
  const n1 = Number.parseInt(hex.slice(8, 16), 16);
  const n2 = Number.parseInt(hex.slice(16, 24), 16);
  const n3 = Number.parseInt(hex.slice(24, 32), 16);
  const words = [n0, n1, n2, n3];
  let out = '';
  for (let digit = 0; digit < 26; digit++) {
    // bit offset of this digit's highest bit, counting from the top of a 130-bit number with 2 leading zeros
    let value = 0;
    for (let b = 0; b < 5; b++) {
      const bit = digit * 5 + b - 2;
      const on = bit < 0 ? 0 : ((words[bit >> 5] as number) >>> (31 - (bit & 31))) & 1;
      value = (value << 1) | on;
    }
    out += ALPHABET[value];
  }
  return `${ID_PREFIXES[kind]}_${out}` as Id<K>;
}

/** The UUID inside a TypeID of this kind, or null if the text is not one (other prefix, length, alphabet, overflow). */
export function decodeId(kind: IdKind, id: string): string | null {
  const prefix = ID_PREFIXES[kind];
  const start = prefix.length + 1;
  if (id.length !== start + 26 || !id.startsWith(prefix) || id[prefix.length] !== '_') return null;
  const words = [0, 0, 0, 0];
  for (let digit = 0; digit < 26; digit++) {
    const code = id.charCodeAt(start + digit);
    const value = code < 128 ? (VALUE[code] as number) : -1;
    if (value < 0) return null;
    if (digit === 0 && value > 7) return null;
    for (let b = 0; b < 5; b++) {
      const bit = digit * 5 + b - 2;
      if (bit >= 0 && (value >> (4 - b)) & 1) {
        words[bit >> 5] = ((words[bit >> 5] as number) | (1 << (31 - (bit & 31)))) >>> 0;
      }
    }
  }
  const hex = words.map((w) => w.toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The kind a TypeID claims by its prefix, or null. Does not check the rest. */
export function kindOf(id: string): IdKind | null {
  return PREFIX_KIND.get(id.slice(0, id.lastIndexOf('_'))) ?? null;
}

let lastMs = 0;
let lastSeq = 0;

/** A new UUIDv7, increasing within this process. Uses the platform's secure random source. */
export function uuidv7(now = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  if (now > lastMs) {
    lastMs = now;
    lastSeq = ((random[0] as number) << 3) | ((random[1] as number) >> 5);
  } else {
    lastSeq += 1 + ((random[0] as number) & 7);
    if (lastSeq > 0xfff) {
      lastMs += 1;
      lastSeq = random[1] as number;
    }
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const seq = lastSeq.toString(16).padStart(3, '0');
  const tail = Array.from(random.subarray(2), (b) => b.toString(16).padStart(2, '0')).join('');
  const variant = ((Number.parseInt(tail[0] as string, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${seq}-${variant}${tail.slice(1, 4)}-${tail.slice(4, 16)}`;
}

/** A new TypeID of this kind. Safe to call in the browser: POST accepts ids made by the client. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  return encodeId(kind, uuidv7());
}
