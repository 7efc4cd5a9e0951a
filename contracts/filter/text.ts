/**
 * Letters without case, defined so that PostgreSQL and JavaScript agree on every character: the simple lower-case
 * mapping of Unicode, one character for one. In SQL that is `lower(x collate "pg_c_utf8")`.
 */
export function lower(text: string): string {
  // JavaScript has two rules of its own: İ becomes two characters, and Σ depends on its place in the word.
  return (/[İΣ]/.test(text) ? text.replaceAll('İ', 'i').replaceAll('Σ', 'σ') : text).toLowerCase();
}

/** For names known to both sides beforehand: also without difference between σ and ς, composed and decomposed. */
export function fold(text: string): string {
  return lower(text.normalize('NFC')).replaceAll('ς', 'σ');
}

/**
 * What to look for in `lower(text)` (with `sigma`, in it with ς as σ): the words composed and decomposed. Stored
 * text is never normalised for this, which would cost ten times the search.
 */
export function needlesOf(words: string): { needles: string[]; sigma: boolean } {
  const forms = [words.normalize('NFC'), words.normalize('NFD')];
  const needles = [...new Set(forms.map((form) => lower(form).replaceAll('ς', 'σ')))];
  return { needles, sigma: needles[0]?.includes('σ') === true };
}

/** Order of characters, as `collate "pg_c_utf8"` and bytes of UTF-8 have it; `<` would put 😀 before U+FF01. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Halves of pairs stand for characters behind all others; equal first halves leave it to the second.
    const high = (code: number) => code >= 0xd800 && code <= 0xdfff;
    if (high(x) !== high(y)) return high(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** The candidate nearest to a mistyped word, if near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  let best: string | undefined;
  let least = Math.min(3, Math.ceil(wanted.length / 3)) + 0.5;
  for (const candidate of candidates) {
    const known = fold(candidate);
    if (known === '') continue;
    const begins = wanted.length > 1 && known.startsWith(wanted);
    const distance = begins ? Math.min(1, editDistance(wanted, known)) : editDistance(wanted, known);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; long words are cut at 60. */
function editDistance(first: string, second: string): number {
  const a = first.slice(0, 60);
  const b = second.slice(0, 60);
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(num(row[j]) + 1, num(next[j - 1]) + 1, num(row[j - 1]) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, num(before[j - 2]) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return num(row[b.length]);
}
const num = (n: number | undefined) => n ?? 99;
