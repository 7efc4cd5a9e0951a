import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

/** Clients in a thread of their own: they note when each change arrived, and read no more of it than its seq. */
const { url, tokens, stream } = workerData as { url: string; tokens: string[]; stream: string };
const arrivals = new Map<number, number[]>();
let ready = 0;
for (const token of tokens) {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  socket.on('message', (data) => {
    const at = performance.timeOrigin + performance.now();
    const text = String(data);
    if (text.startsWith('{"type":"hello"')) socket.send(JSON.stringify({ type: 'subscribe', stream }));
    else if (text.startsWith('{"type":"subscribed"')) {
      if (++ready === tokens.length) parentPort?.postMessage('ready');
    } else if (text.startsWith('{"type":"changes"')) {
      for (const found of text.matchAll(/"seq":(\d+)/g)) {
        const seq = Number(found[1]);
        const list = arrivals.get(seq);
        if (list) list.push(at);
        else arrivals.set(seq, [at]);
      }
    }
  });
}
parentPort?.on('message', () => parentPort?.postMessage(arrivals));
