const HEAD_BYTES = 64 * 1024;

/**
 * The board's name in a Trello export: the first "name" near the start of the file, which is the board's own.
 * Reads only the beginning, so that a large file costs nothing. Null if there is none.
 */
export async function boardNameIn(file: Blob): Promise<string | null> {
  const head = await file.slice(0, HEAD_BYTES).text();
  const match = /"name"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(head);
  if (!match?.[1]) return null;
  try {
    const name: unknown = JSON.parse(match[1]);
    return typeof name === 'string' && name.trim() ? name.trim().slice(0, 120) : null;
  } catch {
    return null;
  }
}
