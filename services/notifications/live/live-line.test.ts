import { EventEmitter } from 'node:events';
import { LIVE_CLOSE } from '@gantry/contracts/notifications';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { makeLiveLine } from './live-line.ts';

/** The part of a socket a line uses, whose other end says and reads only what the test lets it. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly done: string[] = [];
  send(data: Buffer): void {
    this.sent.push(String(data));
  }
  ping(): void {
    this.done.push('ping');
  }
  close(code: number): void {
    this.readyState = 2;
    this.done.push(`close ${code}`);
  }
  terminate(): void {
    this.done.push('terminate');
    this.readyState = 3;
    this.emit('close', 1006);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aLine() {
  const socket = new FakeSocket();
  const events: string[] = [];
  const line = makeLiveLine(socket as unknown as WebSocket, {
    frame: (frame) => events.push(frame.type),
    room: () => events.push('room'),
    slow: () => events.push('slow'),
    closed: (code) => events.push(`closed ${code}`),
  });
  return { socket, events, line };
}

describe('a line', () => {
  it('is cut when a question for a sign of life had no answer until the next', () => {
    const { socket, events, line } = aLine();
    line.beat();
    socket.emit('pong');
    line.beat();
    socket.emit('message', Buffer.from('{"type":"ping"}'), false);
    line.beat();
    expect(socket.done).toEqual(['ping', 'ping', 'ping']);
    line.beat();
    expect(socket.done.at(-1)).toBe('terminate');
    expect(events).toEqual(['ping', 'closed 1006']);
  });

  it('has no room while more than 1 MB waits, and says when it has again', () => {
    const { socket, events, line } = aLine();
    socket.bufferedAmount = 2 ** 20 + 1;
    line.sendText(Buffer.from('x'));
    expect(line.hasRoom()).toBe(false);
    vi.advanceTimersByTime(1_500);
    expect(events).toEqual([]);
    socket.bufferedAmount = 1_000;
    vi.advanceTimersByTime(100);
    expect(events).toEqual(['room']);
    expect(line.hasRoom()).toBe(true);
  });

  it('is closed with 4409 when nothing is read for two seconds, and cut when the goodbye is not read either', () => {
    const { socket, events, line } = aLine();
    socket.bufferedAmount = 2 ** 20 + 1;
    line.sendText(Buffer.from('x'));
    vi.advanceTimersByTime(2_200);
    expect(events).toEqual(['slow']);
    expect(socket.done).toEqual([`close ${LIVE_CLOSE.resync}`]);
    vi.advanceTimersByTime(10_000);
    expect(socket.done.at(-1)).toBe('terminate');
    expect(vi.getTimerCount()).toBe(0);
  });
});
