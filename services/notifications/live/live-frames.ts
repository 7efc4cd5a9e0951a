import { ClientFrame, type ServerFrame } from '@gantry/contracts/notifications';
import { compile } from '@gantry/kit';

/** A frame of changes is cut at about this size, so that a slow line can be noticed between two. */
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

/** Frames with these changes, given as JSON text, in order. */
export function changesFrames(stream: string, changes: string[]): Buffer[] {
  const frames: Buffer[] = [];
  const open = `{"type":"changes","stream":${JSON.stringify(stream)},"changes":[`;
  for (let start = 0; start < changes.length; ) {
    let end = start;
    for (let chars = 0; end < changes.length && (end === start || chars < FRAME_CHARS); end++)
      chars += (changes[end] as string).length;
    frames.push(Buffer.from(`${open}${changes.slice(start, end).join(',')}]}`));
    start = end;
  }
  return frames;
}
