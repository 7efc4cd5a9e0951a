import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import pino, { type Logger as PinoLogger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Logger = PinoLogger;

/** Logs are facts as fields, JSON lines on standard output. Secrets never get this far; as a second net some paths are removed. */
export function makeLogger(level: string, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        'password',
        'token',
        'authorization',
        'cookie',
        '*.password',
        '*.token',
        '*.authorization',
        '*.cookie',
      ],
      remove: true,
    },
  };
  return destination
    ? pino(options, destination)
    : pino(options, pino.destination({ sync: false, minLength: 4096 }));
}

export interface Metrics {
  registry: Registry;
  httpDuration: Histogram<'service' | 'route' | 'status'>;
  relayed: Counter<'service'>;
  outboxDepth: Gauge<'service'>;
  consumed: Counter<'consumer' | 'outcome'>;
  deadLetters: Counter<'consumer'>;
  sockets: Gauge<string>;
}

/** The metrics of one process, in a registry of their own so that several runtimes fit in one process (tests). */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpDuration: new Histogram({
      name: 'gantry_http_request_duration_seconds',
      help: 'Duration of answered requests.',
      labelNames: ['service', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    relayed: new Counter({
      name: 'gantry_changes_relayed_total',
      help: 'Changes published to the bus.',
      labelNames: ['service'],
      registers,
    }),
    outboxDepth: new Gauge({
      name: 'gantry_outbox_depth',
      help: 'Changes waiting to be published, when last looked at.',
      labelNames: ['service'],
      registers,
    }),
    consumed: new Counter({
      name: 'gantry_changes_consumed_total',
      help: 'Changes handled by consumers.',
      labelNames: ['consumer', 'outcome'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'gantry_dead_letters_total',
      help: 'Changes given up by a consumer.',
      labelNames: ['consumer'],
      registers,
    }),
    sockets: new Gauge({ name: 'gantry_live_sockets', help: 'Open live sockets.', registers }),
  };
}

const tracer = trace.getTracer('gantry');

/** Runs `work` in a span. Without an OpenTelemetry SDK loaded (`node --import`), this costs next to nothing. */
export async function inSpan<T>(
  name: string,
  attributes: Record<string, string | number>,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });
}
