import type { SnapshotLine } from '@gantry/contracts/tasks';
import { EMPTY_PROJECT, type ProjectState } from './project-state.ts';

/** Lines of an NDJSON body, parsed as they arrive. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<SnapshotLine[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const lines = rest.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    const parsed = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as SnapshotLine);
    if (parsed.length > 0) yield parsed;
    if (done) return;
  }
}

/** A snapshot that ended before its end line; take it again. */
export class BrokenSnapshot extends Error {
  override name = 'BrokenSnapshot';
}

/**
 * Reads a snapshot. `onProgress` gets what is there so far after every chunk. Throws BrokenSnapshot if the body
 * ends early or its counts do not add up.
 */
export async function readSnapshot(
  body: ReadableStream<Uint8Array>,
  onProgress: (state: ProjectState) => void,
): Promise<ProjectState> {
  const tasks = new Map(EMPTY_PROJECT.tasks);
  const statuses = new Map(EMPTY_PROJECT.statuses);
  const labels = new Map(EMPTY_PROJECT.labels);
  let seq = -1;
  let expected = -1;
  const now = (): ProjectState => ({ ...EMPTY_PROJECT, seq, tasks, statuses, labels });
  for await (const lines of readLines(body)) {
    for (const line of lines) {
      if (line.type === 'head') seq = line.seq;
      else if (line.type === 'statuses') for (const row of line.data) statuses.set(row.id, row);
      else if (line.type === 'labels') for (const row of line.data) labels.set(row.id, row);
      else if (line.type === 'tasks') for (const row of line.data) tasks.set(row.id, row);
      else if (line.type === 'end') expected = line.tasks;
    }
    onProgress(now());
  }
  if (seq < 0 || expected !== tasks.size) throw new BrokenSnapshot('The snapshot ended early');
  return now();
}
