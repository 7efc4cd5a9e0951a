import { expect, test, vi } from 'vitest';
import { LiveSocket, type StreamHandlers } from './live-socket.ts';
import { aChange, FakeSocket, FakeTimers } from './testing/fakes.ts';

const STREAM = 'tasks/project:x';

function setUp() {
  const timers = new FakeTimers();
  const sockets: FakeSocket[] = [];
  const onSignedOut = vi.fn();
  const socket = new LiveSocket({
    open: () => {
      const next = new FakeSocket();
      sockets.push(next);
      return next;
    },
    onSignedOut,
    timers,
    random: () => 1,
  });
  let seq = 5;
  const handlers: StreamHandlers = {
    after: () => seq,
    onChanges: vi.fn((changes) => {
      seq = changes.at(-1)?.seq ?? seq;
    }),
    onRange: vi.fn(),
    onResync: vi.fn(),
    onEnded: vi.fn(),
  };
  return { timers, sockets, socket, handlers, onSignedOut, last: () => sockets.at(-1) as FakeSocket };
}

test('after a break it subscribes again from where the reader stands', async () => {
  const { socket, handlers, sockets, timers, last } = setUp();
  socket.subscribe(STREAM, handlers);
  last().open();
  expect(last().subscriptions()).toEqual([{ type: 'subscribe', stream: STREAM, after: 5 }]);
  last().hear({ type: 'changes', stream: STREAM, changes: [aChange(6), aChange(7)] });
  last().drop();
  await timers.pass(300);
  expect(sockets).toHaveLength(2);
  last().open();
  expect(last().subscriptions()).toEqual([{ type: 'subscribe', stream: STREAM, after: 7 }]);
});

test('pauses grow while nothing answers, and start anew once something does', async () => {
  const { socket, handlers, sockets, timers, last } = setUp();
  socket.subscribe(STREAM, handlers);
  for (const pause of [300, 600, 1200]) {
    const before = sockets.length;
    last().drop();
    await timers.pass(pause - 1);
    expect(sockets).toHaveLength(before);
    await timers.pass(1);
    expect(sockets).toHaveLength(before + 1);
  }
  last().open();
  last().hear({ type: 'hello', user_id: 'user_x' });
  last().drop();
  const before = sockets.length;
  await timers.pass(300);
  expect(sockets).toHaveLength(before + 1);
});

test('retryNow connects at once', () => {
  const { socket, handlers, sockets, last } = setUp();
  socket.subscribe(STREAM, handlers);
  last().drop();
  socket.retryNow();
  expect(sockets).toHaveLength(2);
});

test('a line that answers nothing is given up', async () => {
  const { socket, handlers, sockets, timers, last } = setUp();
  socket.subscribe(STREAM, handlers);
  last().open();
  await timers.pass(25_000);
  expect(last().sent.at(-1)).toEqual({ type: 'ping' });
  await timers.pass(10_000);
  expect(sockets[0]?.closed).toBe(true);
  await timers.pass(300);
  expect(sockets).toHaveLength(2);
});

test('an answered ping keeps the line', async () => {
  const { socket, handlers, sockets, timers, last } = setUp();
  socket.subscribe(STREAM, handlers);
  last().open();
  for (let i = 0; i < 5; i++) {
    await timers.pass(25_000);
    last().hear({ type: 'pong' });
  }
  expect(sockets).toHaveLength(1);
});

test('signed out: stays closed and says so', async () => {
  const { socket, handlers, sockets, timers, last, onSignedOut } = setUp();
  socket.subscribe(STREAM, handlers);
  last().drop(4401);
  await timers.pass(60_000);
  expect(onSignedOut).toHaveBeenCalledOnce();
  expect(sockets).toHaveLength(1);
});

test('says where one is only on a standing subscription, and again after a break', async () => {
  const { socket, handlers, timers, last } = setUp();
  const here = () => last().sent.filter((frame) => frame.type === 'here');
  socket.subscribe(STREAM, handlers);
  socket.here(STREAM, 'task_1');
  last().open();
  expect(here()).toEqual([]);
  last().hear({ type: 'subscribed', stream: STREAM, seq: 5 });
  expect(here()).toHaveLength(1);
  await timers.pass(20_000);
  expect(here()).toHaveLength(2);
  last().drop();
  await timers.pass(300);
  last().open();
  last().hear({ type: 'subscribed', stream: STREAM, seq: 5 });
  expect(here()).toEqual([{ type: 'here', stream: STREAM, at: 'task_1' }]);
});

test('frames of streams nobody follows any more are dropped', () => {
  const { socket, handlers, last } = setUp();
  const leave = socket.subscribe(STREAM, handlers);
  last().open();
  leave();
  expect(last().sent.at(-1)).toEqual({ type: 'unsubscribe', stream: STREAM });
  last().hear({ type: 'resync', stream: STREAM });
  expect(handlers.onResync).not.toHaveBeenCalled();
});

test('what is not JSON is ignored', () => {
  const { socket, handlers, last } = setUp();
  socket.subscribe(STREAM, handlers);
  last().open();
  expect(() => last().onmessage?.({ data: '{' })).not.toThrow();
});
