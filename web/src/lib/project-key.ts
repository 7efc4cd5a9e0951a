/**
 * A task-key prefix from a project's name: initials of several words, else the first letters. Empty if the name
 * has too few Latin letters; the server then chooses one.
 */
export function keyFromName(name: string): string {
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^A-Z0-9 ]+/g, ' ');
  const words = plain.split(/\s+/).filter((word) => /^[A-Z]/.test(word));
  const letters = words.length >= 2 ? words.map((word) => word[0]).join('') : (words[0] ?? '');
  const key = letters.slice(0, words.length >= 2 ? 4 : 3);
  return /^[A-Z][A-Z0-9]{1,9}$/.test(key) ? key : '';
}
