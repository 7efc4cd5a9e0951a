import { FORMATS, formatHint, type ProblemField } from '@gantry/contracts';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

const MAX_FIELDS = 20;

function makeAjv(coerce: boolean): Ajv {
  // biome-ignore lint/suspicious/noExplicitAny: ajv-formats is typed for its CommonJS form only
  const add = addFormats as any as (ajv: Ajv, formats: string[]) => void;
  const ajv = new Ajv({
    coerceTypes: coerce,
    useDefaults: true,
    allErrors: true,
    strict: false,
    messages: true,
  });
  add(ajv, ['uuid', 'date-time', 'uri']);
  for (const [name, validate] of Object.entries(FORMATS)) ajv.addFormat(name, { type: 'string', validate });
  return ajv;
}

const bodies = makeAjv(false);
const parameters = makeAjv(true);

export type Part = 'body' | 'query' | 'params';
export type Validate = ValidateFunction;

/** Compiles a schema. Text from an address is coerced to numbers and booleans; bodies are taken as they are. */
export function compile(part: Part, schema: object): Validate {
  return (part === 'body' ? bodies : parameters).compile(schema);
}

/** What is wrong, one entry per field, in sentences a person can act on. */
export function fieldsOf(part: Part, errors: readonly ErrorObject[]): ProblemField[] {
  const fields = new Map<string, ProblemField>();
  for (const error of errors) {
    const extra = error.params as Record<string, unknown>;
    const name =
      error.keyword === 'required'
        ? extra.missingProperty
        : error.keyword === 'additionalProperties'
          ? extra.additionalProperty
          : undefined;
    const path = `${part}${error.instancePath}${name === undefined ? '' : `/${String(name).slice(0, 100)}`}`;
    if (!fields.has(path)) fields.set(path, { path, code: error.keyword, message: sentence(error) });
    if (fields.size >= MAX_FIELDS) break;
  }
  return [...fields.values()];
}

function sentence(error: ErrorObject): string {
  const p = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return 'This field is required.';
    case 'additionalProperties':
      return 'There is no such field here; take it out or check its spelling.';
    case 'type':
      return `Give ${typeName(p.type)}.`;
    case 'enum':
      return `Give one of: ${(p.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(', ')}.`;
    case 'format':
      return `Give ${formatHint(String(p.format))}.`;
    case 'minLength':
      return p.limit === 1 ? 'This must not be empty.' : `Use at least ${p.limit} characters.`;
    case 'maxLength':
      return `Use at most ${p.limit} characters.`;
    case 'minimum':
      return `Give a number of at least ${p.limit}.`;
    case 'maximum':
      return `Give a number of at most ${p.limit}.`;
    case 'maxItems':
      return `Give at most ${p.limit} entries.`;
    case 'uniqueItems':
      return 'Each entry may occur once.';
    case 'pattern':
      return `This must match ${p.pattern}.`;
    default:
      return `${error.message ?? 'This is not valid'}.`;
  }
}

function typeName(type: unknown): string {
  const names: Record<string, string> = {
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    object: 'an object',
    array: 'a list',
    null: 'null',
  };
  return (Array.isArray(type) ? type : String(type).split(','))
    .map((t) => names[t as string] ?? String(t))
    .join(' or ');
}
