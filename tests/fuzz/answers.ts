import { type Agent, request } from 'node:http';
import type { RouteContract } from '@gantry/contracts';
import { compile } from '@gantry/kit';
import type { FuzzRequest } from './requests.ts';

export interface Answer {
  status: number;
  type: string;
  text: string;
}

/** Sends it as it is. Throws if there is no answer within 20 s or the connection breaks. */
export function sendTo(origin: string, agent: Agent, fuzz: FuzzRequest): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        agent,
        method: fuzz.method,
        path: fuzz.path,
        headers: {
          ...fuzz.headers,
          ...(fuzz.body && !fuzz.headers['transfer-encoding'] ? { 'content-length': fuzz.body.length } : {}),
        },
        timeout: 20_000,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 20 s')));
    sent.on('error', reject);
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, type: '', text: '' });
    });
    sent.end(fuzz.body ?? undefined);
  });
}

const validators = new Map<string, ReturnType<typeof compile>>();

/** Null, or a sentence about what no answer may be. */
export function faultOf(fuzz: FuzzRequest, answer: Answer): string | null {
  const { status, type, text } = answer;
  const { route, method } = fuzz;
  if (status >= 500) return `${status} ${codeOf(text)}`;
  if (status >= 400) {
    if (method === 'HEAD') return null;
    if (!type.startsWith('application/problem+json'))
      return `${status} is not problem+json but ${type || 'nothing'}`;
    const problem = JSON.parse(text) as Record<string, unknown>;
    for (const name of ['code', 'title', 'detail', 'request_id'])
      if (typeof problem[name] !== 'string' || problem[name] === '') return `${status} has no ${name}`;
    if (problem.status !== status) return `${status} says ${problem.status}`;
    if (/\\n\s+at |node_modules|\bselect .* from |\binsert into /.test(text))
      return `${status} says too much`;
    return null;
  }
  if (method !== route.method || status >= 300 || !route.response || route.raw?.response) return null;
  return shapeFault(route, text);
}

function shapeFault(route: RouteContract, text: string): string | null {
  const validate = validators.get(route.id) ?? compile('body', route.response as object);
  validators.set(route.id, validate);
  if (validate(JSON.parse(text))) return null;
  const [first] = validate.errors ?? [];
  return `the answer is not what the contract says: ${first?.instancePath} ${first?.message}`;
}

function codeOf(text: string): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code);
  } catch {
    return text.slice(0, 100);
  }
}
