/** A key for a project by its name: initials of several words, else the first letters; only A-Z and 0-9, 2 to 10 long. */
export function keyFromName(name: string): string {
  const words = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9\s-]/g, '')
    .split(/[\s-]+/)
    .filter(Boolean);
  const initials = words
    .map((word) => word[0])
    .join('')
    .slice(0, 5);
  const letters = (words.length >= 3 ? initials : words.join('').slice(0, 4)).replace(/^[0-9]+/, '');
  return letters.length >= 2 ? letters : `${letters}PR`.slice(0, 4).padEnd(2, 'R');
}

/** The key itself, or the first of key2, key3 … that is free. */
export function freeKey(key: string, taken: ReadonlySet<string>): string {
  if (!taken.has(key)) return key;
  for (let n = 2; ; n++) {
    const candidate = key.slice(0, 10 - String(n).length) + n;
    if (!taken.has(candidate)) return candidate;
  }
}
