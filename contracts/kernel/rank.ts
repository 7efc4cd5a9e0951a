/**
 * Ranks: text keys that order tasks within a column. Between any two ranks there is always a third, so a move
 * writes one row. Compared as bytes (`COLLATE "C"`, and `<` in JavaScript for these characters); equal ranks are
 * ordered by id, so every reader shows the same order. A random tail makes two people who drop at the same
 * place at once get different ranks nearly always.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
const MAX_LENGTH = 200;
const RANK = /^[0-9A-Za-z]{1,200}$/;

/** True for text usable as a rank: 1 to 200 of `0-9A-Za-z`, not ending in `0` (nothing would fit before it). */
export function isRank(value: string): boolean {
  return RANK.test(value) && !value.endsWith('0');
}

/** Open ends count in whole steps on the first digits, so a million appends stay this short. */
const HEAD = 6;
const STEP = 10_000;
const HEAD_MAX = BASE ** HEAD - 1;

/**
 * A rank strictly between `after` and `before` (null: no bound on that side).
 * Equal or reversed bounds give a rank just behind `after`: order stays total by (rank, id).
 * `random` yields [0, 1); pass a constant for reproducible ranks. Throws RangeError on text that is not a rank.
 */
export function rankBetween(
  after: string | null,
  before: string | null,
  random: () => number = Math.random,
): string {
  if (after !== null && !isRank(after)) throw new RangeError('not a rank');
  if (before !== null && !isRank(before)) throw new RangeError('not a rank');
  const upper = after !== null && before !== null && before <= after ? null : before;
  const jump = STEP + Math.floor(random() * STEP);
  if (upper === null) {
    const at = after === null ? Math.floor(HEAD_MAX / 2) : headOf(after);
    if (at + jump < HEAD_MAX) return headText(at + jump);
  } else if (after === null && headOf(upper) - jump > BASE) {
    return headText(headOf(upper) - jump);
  }
  return digitsBetween(after ?? '', upper, random);
}

function headOf(rank: string): number {
  let n = 0;
  for (let i = 0; i < HEAD; i++) n = n * BASE + DIGITS.indexOf(rank[i] ?? '0');
  return n;
}

function headText(head: number): string {
  let n = head % BASE === 0 ? head + 1 : head;
  let text = '';
  for (let i = 0; i < HEAD; i++) {
    text = DIGITS[n % BASE] + text;
    n = Math.floor(n / BASE);
  }
  return text;
}

function digitsBetween(low: string, high: string | null, random: () => number): string {
  let out = '';
  let bounded = high !== null;
  for (let i = 0; i < MAX_LENGTH; i++) {
    const lo = DIGITS.indexOf(low[i] ?? '0');
    const hi = bounded ? DIGITS.indexOf(high?.[i] ?? '0') : BASE;
    if (hi - lo > 1) return out + DIGITS[lo + 1 + Math.floor(random() * (hi - lo - 1))] + tail(random);
    out += DIGITS[lo];
    if (bounded && hi > lo) bounded = false;
  }
  // Two hundred digits without room: sort right behind `low` by tie instead of failing a drag.
  return low;
}

/** Two random digits, the last not zero: two people who drop at one place at once rarely get one rank. */
function tail(random: () => number): string {
  return `${DIGITS[Math.floor(random() * BASE)]}${DIGITS[1 + Math.floor(random() * (BASE - 1))]}`;
}

/** `count` ranks in increasing order after `after`, evenly spaced and short: for imports and templates. */
export function ranksAfter(after: string | null, count: number): string[] {
  const width = Math.max(3, Math.ceil(Math.log(count + 2) / Math.log(BASE)) + 1);
  const step = Math.floor((BASE ** width * 0.8) / (count + 1));
  const prefix = after === null ? '' : `${after}V`;
  const out: string[] = [];
  for (let i = 1; i <= count; i++) {
    let n = i * step;
    let text = '';
    for (let d = 0; d < width; d++) {
      text = DIGITS[n % BASE] + text;
      n = Math.floor(n / BASE);
    }
    out.push(prefix + (text.endsWith('0') ? `${text}V` : text));
  }
  return out;
}

/** Orders two ranked things as the database does: by rank as bytes, ties by id. */
export function byRank(a: { rank: string; id: string }, b: { rank: string; id: string }): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
