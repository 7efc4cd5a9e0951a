import {
  ApiProblem,
  COMMON_ERRORS,
  type CommonErrorCode,
  type ErrorSpec,
  type Problem,
  type ProblemField,
} from '@gantry/contracts';

/** An expected error: its code is in the owner's closed list or among the common ones. Becomes problem+json. */
export class AppError extends Error {
  readonly code: string;
  readonly spec: ErrorSpec;
  readonly fields: ProblemField[] | undefined;
  readonly headers: Record<string, string> | undefined;
  constructor(
    code: string,
    spec: ErrorSpec,
    options: { detail?: string; fields?: ProblemField[]; headers?: Record<string, string> } = {},
  ) {
    super(options.detail ?? spec.detail);
    this.name = 'AppError';
    this.code = code;
    this.spec = spec;
    this.fields = options.fields;
    this.headers = options.headers;
  }
}

interface FailOptions {
  /** A more precise sentence than the list's. */
  detail?: string;
  fields?: ProblemField[];
  headers?: Record<string, string>;
}

/** A common error to throw: `throw fail('not_found')`. */
export function fail(code: CommonErrorCode, options?: FailOptions): AppError {
  return new AppError(code, COMMON_ERRORS[code], options);
}

/** An error of an owner's list to throw: `throw failWith(taskErrors, 'unknown_status', …)`. */
export function failWith<T extends Record<string, ErrorSpec>>(
  errors: T,
  code: keyof T & string,
  options?: FailOptions,
): AppError {
  return new AppError(code, errors[code] as ErrorSpec, options);
}

/** One wrong field for `fields`. */
export function field(path: string, code: string, message: string): ProblemField {
  return { path, code, message };
}

const PROBLEM_BASE = 'urn:gantry:problem:';

export function problemFor(error: AppError, requestId?: string): Problem {
  return {
    type: PROBLEM_BASE + error.code,
    title: error.spec.title,
    status: error.spec.status,
    code: error.code,
    detail: error.message,
    ...(requestId ? { request_id: requestId } : {}),
    ...(error.fields?.length ? { fields: error.fields.slice(0, 50) } : {}),
  };
}

/**
 * The expected error behind anything thrown, or null if it is none (a fault of ours).
 * Database faults a caller can act on are translated: connection trouble is `unavailable`, data the database
 * refuses is `invalid_request`, a duplicate is `already_exists`.
 */
export function asAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (error instanceof ApiProblem) {
    if (error.status === 0 || error.status >= 500) return fail('unavailable');
    return new AppError(
      error.code,
      { status: error.status, title: error.problem.title, detail: error.problem.detail },
      { fields: error.problem.fields },
    );
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') {
    return error instanceof Error && CONNECTION_TEXT.test(error.message) ? fail('unavailable') : null;
  }
  if (CONNECTION_CODES.has(code) || code.startsWith('08') || code.startsWith('53') || code.startsWith('57P'))
    return fail('unavailable');
  if (code === '57014' || code === '55P03' || code === '25P03' || isRetryable(error) || isStalePlan(error))
    return fail('unavailable');
  if (code === '23505') return fail('already_exists');
  // What it points at was removed by somebody else between our look and our write.
  if (code === '23503') return fail('conflict');
  if (code.startsWith('22'))
    return fail('invalid_request', { detail: 'A value is out of the range that can be stored.' });
  return null;
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const CONNECTION_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|server closed the connection/i;

/** True for errors worth the same transaction again: deadlock, serialisation failure. */
export function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '40001' || code === '40P01';
}

/** True if a statement was prepared before a migration changed its tables: right again on a new connection. */
export function isStalePlan(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  return code === '26000' || (code === '0A000' && /cached plan/.test(message ?? ''));
}
