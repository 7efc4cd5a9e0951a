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
  relation: 'rel',
  watch: 'watch',
  import: 'import',
  change: 'chg',
  batch: 'batch',
  session: 'sess',
  dead_letter: 'dl',
  mail: 'mail',
  invitation: 'inv',
  api_key: 'key',
  sign_in: 'signin',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
/** A TypeID of one kind, such as `task_01h2xcejqtf2nbrexx3vqjhp41`. */
export type Id<K extends IdKind = IdKind> = string & { readonly __kind?: K };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Digits by character code, -1 for what is none. */
const BASE32 = digitsOf(ALPHABET);
const HEX = digitsOf('0123456789abcdef');
for (const digit of 'abcdef') HEX[digit.toUpperCase().charCodeAt(0)] = HEX[digit.charCodeAt(0)] as number;
/** Ten bits as two base32 digits, a byte as two hex digits: ids are written for every field of every row. */
const PAIRS = Array.from({ length: 1024 }, (_, n) => `${ALPHABET[n >> 5]}${ALPHABET[n & 31]}`);
const BYTES = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

function digitsOf(alphabet: string): Int8Array {
  const digits = new Int8Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i++) digits[alphabet.charCodeAt(i)] = i;
  return digits;
}

const PREFIX_KIND = new Map<string, IdKind>(
  Object.entries(ID_PREFIXES).map(([kind, prefix]) => [prefix, kind as IdKind]),
);

/** TypeID text of a UUID (`xxxxxxxx-xxxx-…`, any case). Throws TypeError on text that is not a UUID. */
export function encodeId<K extends IdKind>(kind: K, uuid: string): Id<K> {
  const words: [number, number, number, number] = [0, 0, 0, 0];
  let digits = 0;
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i);
    if (code === DASH) continue;
    const digit = HEX[code] ?? -1;
    if (digit < 0 || digits === 32) throw notUuid(uuid);
    const word = digits++ >> 3;
    words[word] = ((words[word] as number) << 4) | digit;
  }
  if (digits !== 32) throw notUuid(uuid);
  const [a, b, c, d] = words;
  // 128 bits as 26 digits of 5: two leading zero bits, then ten bits at a time.
  return `${ID_PREFIXES[kind]}_${PAIRS[a >>> 24]}${PAIRS[(a >>> 14) & 1023]}${PAIRS[(a >>> 4) & 1023]}${
    PAIRS[((a & 15) << 6) | (b >>> 26)]
  }${PAIRS[(b >>> 16) & 1023]}${PAIRS[(b >>> 6) & 1023]}${PAIRS[((b & 63) << 4) | (c >>> 28)]}${
    PAIRS[(c >>> 18) & 1023]
  }${PAIRS[(c >>> 8) & 1023]}${PAIRS[((c & 255) << 2) | (d >>> 30)]}${PAIRS[(d >>> 20) & 1023]}${
    PAIRS[(d >>> 10) & 1023]
  }${PAIRS[d & 1023]}` as Id<K>;
}

const DASH = 45;

function notUuid(text: string): TypeError {
  return new TypeError(`not a UUID: ${text.slice(0, 40)}`);
}

/** The UUID inside a TypeID of this kind, or null if the text is not one (other prefix, length, alphabet, overflow). */
export function decodeId(kind: IdKind, id: string): string | null {
  const prefix = ID_PREFIXES[kind];
  const start = prefix.length + 1;
  if (id.length !== start + 26 || !id.startsWith(prefix) || id[prefix.length] !== '_') return null;
  let all = 0;
  for (let i = 0; i < 26; i++) {
    const digit = BASE32[id.charCodeAt(start + i)] ?? -1;
    all |= digit;
    digits[i] = digit;
  }
  if (all < 0 || at(0) > 7) return null;
  const a = (at(0) << 29) | (five(1) << 4) | (at(6) >> 1);
  const b = (at(6) << 31) | (five(7) << 6) | (at(12) << 1) | (at(13) >> 4);
  const c = (at(13) << 28) | (five(14) << 3) | (at(19) >> 2);
  const d = (at(19) << 30) | (five(20) << 5) | at(25);
  return `${hex16(a >>> 16)}${hex16(a & 65_535)}-${hex16(b >>> 16)}-${hex16(b & 65_535)}-${hex16(c >>> 16)}-${hex16(
    c & 65_535,
  )}${hex16(d >>> 16)}${hex16(d & 65_535)}`;
}

/** The digits of the id that is being decoded; kept, because decoding happens several times a request. */
const digits = new Int8Array(26);
const at = (i: number) => digits[i] as number;

/** Five digits from one on, as 25 bits. */
function five(i: number): number {
  return (at(i) << 20) | (at(i + 1) << 15) | (at(i + 2) << 10) | (at(i + 3) << 5) | at(i + 4);
}

function hex16(n: number): string {
  return `${BYTES[n >> 8]}${BYTES[n & 255]}`;
}

/** The kind a TypeID claims by its prefix, or null. Does not check the rest. */
export function kindOf(id: string): IdKind | null {
  return PREFIX_KIND.get(id.slice(0, id.lastIndexOf('_'))) ?? null;
}

let lastMs = 0;
let lastSeq = 0;

/** Random bytes are fetched for many ids at once: one by one, asking the system costs more than all the rest. */
const RANDOM_BYTES = 10;
const random = new Uint8Array(RANDOM_BYTES * 128);
let randomAt = random.length;

/** A new UUIDv7, increasing within this process. Uses the platform's secure random source. */
export function uuidv7(now = Date.now()): string {
  if (randomAt === random.length) {
    crypto.getRandomValues(random);
    randomAt = 0;
  }
  const byte = (i: number) => random[randomAt + i] as number;
  if (now > lastMs) {
    lastMs = now;
    lastSeq = (byte(0) << 3) | (byte(1) >> 5);
  } else {
    lastSeq += 1 + (byte(0) & 7);
    if (lastSeq > 0xfff) {
      lastMs += 1;
      lastSeq = byte(1);
    }
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const pair = (i: number) => BYTES[byte(i)];
  const uuid = `${time.slice(0, 8)}-${time.slice(8)}-${hex16(0x7000 | lastSeq)}-${BYTES[(byte(2) & 0x3f) | 0x80]}${pair(3)}-${pair(4)}${pair(5)}${pair(6)}${pair(7)}${pair(8)}${pair(9)}`;
  randomAt += RANDOM_BYTES;
  return uuid;
}

/** A new TypeID of this kind. Safe to call in the browser: POST accepts ids made by the client. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  return encodeId(kind, uuidv7());
}
