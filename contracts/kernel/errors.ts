import { type Static, Type } from 'typebox';

/** One expected error: its stable code, HTTP status, and a sentence a person can act on. */
export interface ErrorSpec {
  status: number;
  title: string;
  /** Default detail; a throw may give a more precise one. */
  detail: string;
}

/** Errors any route may answer. Owners add theirs with `defineErrors`. */
export const COMMON_ERRORS = {
  invalid_request: {
    status: 422,
    title: 'The request is not valid',
    detail: 'Correct the fields listed and send it again.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    detail: 'Send a body that is well-formed JSON in UTF-8.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'This content type is not accepted',
    detail: 'Send the body as application/json.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    detail: 'Send less at once; the limit is in the documentation of this route.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    detail: 'Send a session cookie, an API key or a token that is still valid.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    detail: 'Your role here does not allow it. Ask an admin of the project or workspace.',
  },
  insufficient_scope: {
    status: 403,
    title: 'This key may not do this',
    detail: 'Use a key with the scope this needs, or sign in.',
  },
  not_found: { status: 404, title: 'Not found', detail: 'It does not exist, or you may not see it.' },
  method_not_allowed: {
    status: 405,
    title: 'This method is not available here',
    detail: 'See the API reference for what this address takes.',
  },
  conflict: {
    status: 409,
    title: 'This conflicts with what is there',
    detail: 'Read it again and repeat the change.',
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    detail: 'Choose another value for the fields listed.',
  },
  precondition_failed: {
    status: 412,
    title: 'It has changed since you read it',
    detail: 'Read it again, then repeat the write with the new ETag.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    detail: 'Use a new key for a new request; repeat the same body to get the first answer again.',
  },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'Wait as long as Retry-After says.' },
  unavailable: {
    status: 503,
    title: 'Not available at the moment',
    detail: 'Nothing was changed. Try again in a few seconds.',
  },
  internal_error: {
    status: 500,
    title: 'Something broke on our side',
    detail: 'It has been logged under the request id. Try again; if it stays, report that id.',
  },
} as const satisfies Record<string, ErrorSpec>;

export type CommonErrorCode = keyof typeof COMMON_ERRORS;

/** Declares an owner's closed list of expected errors. */
export function defineErrors<const T extends Record<string, ErrorSpec>>(errors: T): T {
  return errors;
}

/** One field that is wrong: JSON Pointer into params, query or body, a code and a sentence. */
export const ProblemField = Type.Object({
  path: Type.String({
    description: 'Where: body, query or params, then a JSON Pointer, such as `body/title`.',
  }),
  code: Type.String(),
  message: Type.String(),
});

/** `application/problem+json`, RFC 9457, with a stable `code`, the offending fields and the request id. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  request_id: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Array(ProblemField)),
});
export type Problem = Static<typeof Problem>;
export type ProblemField = Static<typeof ProblemField>;
