import {
  type ClientFrame,
  LIVE_CLOSE,
  LIVE_PROBLEMS,
  type ServerFrame,
} from '@gantry/contracts/notifications';
import type { WebSocket } from 'ws';
import { frameText, parseClientFrame } from './live-frames.ts';

/** More than this waiting to be sent, and no changes are added to it. */
const MAX_BUFFERED = 1024 * 1024;
/** A reader that leaves so much waiting for this long is too slow to follow. */
const STALLED_MS = 2_000;
const LOOK_MS = 50;
const MAX_FAULTS = 5;
/** Frames a client may send at once, and per second from then on. */
const FRAME_BURST = 300;
const FRAMES_PER_SECOND = 30;
/** Time to read what waits, and to say goodbye, before the line is cut. */
const CLOSE_MS = 10_000;

/** The line to one client: frames in and out, and the limits on them. */
export interface LiveLine {
  send(frame: ServerFrame): void;
  /** Sends a frame made before, shared with other lines. */
  sendText(text: Buffer): void;
  problem(code: keyof typeof LIVE_PROBLEMS): void;
  close(code: number, reason: string): void;
  /** Ends the line without a goodbye. */
  cut(): void;
  isOpen(): boolean;
  /** Whether changes may be sent; if not, `on.room` says when. */
  hasRoom(): boolean;
  /** Asks the other end for a sign of life, or cuts the line if the last question had no answer. */
  beat(): void;
}

export function makeLiveLine(
  socket: WebSocket,
  on: { frame(frame: ClientFrame): void; room(): void; slow(): void; closed(code: number): void },
): LiveLine {
  let faults = 0;
  let alive = true;
  let allowance = FRAME_BURST;
  let countedAt = performance.now();
  let stall: NodeJS.Timeout | null = null;

  function allows(): boolean {
    const now = performance.now();
    allowance = Math.min(FRAME_BURST, allowance + ((now - countedAt) / 1000) * FRAMES_PER_SECOND);
    countedAt = now;
    if (allowance < 1) return false;
    allowance--;
    return true;
  }

  function fault(code: 'bad_frame' | 'too_many_frames'): void {
    line.problem(code);
    if (++faults >= MAX_FAULTS) line.close(LIVE_CLOSE.bad_frame, 'bad frames');
  }

  function watchStall(): void {
    const since = performance.now();
    stall ??= setInterval(() => {
      if (socket.bufferedAmount <= MAX_BUFFERED) {
        endStall();
        on.room();
      } else if (performance.now() - since > STALLED_MS) {
        endStall();
        on.slow();
        line.close(LIVE_CLOSE.resync, 'too slow');
      }
    }, LOOK_MS);
  }

  function endStall(): void {
    if (stall) clearInterval(stall);
    stall = null;
  }

  const line: LiveLine = {
    send: (frame) => line.sendText(frameText(frame)),
    sendText(text) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(text, { binary: false });
      if (socket.bufferedAmount > MAX_BUFFERED) watchStall();
    },
    problem: (code) => line.send({ type: 'problem', code, detail: LIVE_PROBLEMS[code] }),
    close(code, reason) {
      if (socket.readyState !== socket.OPEN) return;
      socket.close(code, reason);
      const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
      socket.once('close', () => clearTimeout(timer));
    },
    cut: () => socket.terminate(),
    hasRoom: () => stall === null,
    isOpen: () => socket.readyState === socket.OPEN,
    beat() {
      if (!alive) return socket.terminate();
      alive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };

  socket.on('message', (data, isBinary) => {
    alive = true;
    if (!line.isOpen()) return;
    if (!allows()) return fault('too_many_frames');
    const frame = parseClientFrame(data as Buffer, isBinary);
    if (!frame) return fault('bad_frame');
    faults = 0;
    on.frame(frame);
  });
  socket.on('pong', () => {
    alive = true;
  });
  // The library has begun to close the line already, with the fitting code; 'close' follows.
  socket.on('error', () => {});
  socket.on('close', (code) => {
    endStall();
    on.closed(code);
  });
  return line;
}
