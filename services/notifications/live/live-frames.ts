import { ClientFrame, type ServerFrame } from '@gantry/contracts/notifications';
import { compile } from '@gantry/kit';

/** A frame of changes is cut at about this size, so that a slow line is noticed between two. */
const FRAME_CHARS = 256 * 1024;

const isClientFrame = compile('body', ClientFrame);

/** The frame in a text message, or null if it is none. */
export function parseClientFrame(data: Buffer, isBinary: boolean): ClientFrame | null {
  if (isBinary) return null;
  try {
    const frame: unknown = JSON.parse(data.toString());
    return isClientFrame(frame) ? (frame as ClientFrame) : null;
  } catch {
    return null;
  }
}

/** A frame as it goes over the line. */
export function frameText(frame: ServerFrame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

/** A frame of changes, and the seq of the last of them. */
export interface ChangesFrame {
  text: Buffer;
  to: number;
}

/** Frames with these changes, in order. */
export function changesFrames(stream: string, changes: { seq: number; json: string }[]): ChangesFrame[] {
  const frames: ChangesFrame[] = [];
  const open = `{"type":"changes","stream":${JSON.stringify(stream)},"changes":[`;
  let batch: string[] = [];
  let chars = 0;
  for (const [i, { seq, json }] of changes.entries()) {
    batch.push(json);
    chars += json.length;
    if (chars < FRAME_CHARS && i < changes.length - 1) continue;
    frames.push({ text: Buffer.from(`${open}${batch.join(',')}]}`), to: seq });
    batch = [];
    chars = 0;
  }
  return frames;
}
