import type { FilterErrorCode, FilterValue } from './ast.ts';
import { isDateText } from './dates.ts';
import { type FilterField, isOrdered } from './fields.ts';
import { fold, nearest } from './text.ts';

export interface ValueFault {
  code: FilterErrorCode;
  message: string;
  suggestion?: string;
}

/** What is wrong with a value by its writing alone; names are checked against the context later. */
export function valueFault(field: FilterField, value: FilterValue): ValueFault | undefined {
  const { name } = field;
  if (value.op !== ':' && !isOrdered(field)) {
    return {
      code: 'unknown_operator',
      message: `Values of ${name}: cannot be compared; write ${example(field)}.`,
    };
  }
  const parts = value.end === undefined ? [value.text] : [value.text, value.end];
  if (parts.includes(''))
    return {
      code: 'bad_value',
      message: `A range needs both ends, such as ${example(field, '..')}; for an open one use >= or <=.`,
    };
  if (value.end !== undefined && value.op !== ':')
    return { code: 'bad_value', message: `Use either a range or ${value.op}, not both.` };
  for (const part of parts) {
    const fault = partFault(field, part);
    if (fault) return fault;
  }
  const lacks = field.type === 'date' && parts.some((part) => fold(part) === 'none');
  if (lacks && (value.op !== ':' || value.end !== undefined))
    return { code: 'bad_value', message: `A missing day cannot be compared; write ${name}:none.` };
}

function partFault(field: FilterField, text: string): ValueFault | undefined {
  const { type } = field;
  if (type === 'number' && !/^\d{1,9}$/.test(text))
    return {
      code: 'bad_value',
      message: `Write a whole number of at most 9 digits, such as ${example(field)}.`,
    };
  if (type === 'key' && !isTaskKey(text) && !/^\d{1,9}$/.test(text))
    return { code: 'bad_value', message: `Write a task key or number, such as ${example(field)}.` };
  if (type === 'parent' && !isTaskKey(text) && !/^task_[0-9a-z]{26}$/.test(text) && fold(text) !== 'none')
    return { code: 'bad_value', message: 'Write a task key, such as parent:WEB-42, or parent:none.' };
  if (type === 'date' && !isDateText(text) && !wordOf(field, text))
    return withNearest(
      field,
      text,
      'bad_value',
      'Write a day that exists (2026-01-31), a count from today (7d, -2w, 3m), or today, monday, week, month.',
    );
  if (type === 'choice' || type === 'flag') {
    const word = wordOf(field, text);
    if (word?.later) return { code: 'not_yet', message: word.later };
    if (!word)
      return withNearest(
        field,
        text,
        'unknown_value',
        `Use one of ${field.words
          .filter((w) => !w.later)
          .map((w) => w.word)
          .join(', ')}.`,
      );
  }
}

function withNearest(field: FilterField, text: string, code: FilterErrorCode, message: string): ValueFault {
  const suggestion = nearest(
    text,
    field.words.filter((w) => !w.later).map((w) => w.word),
  );
  return suggestion
    ? { code, message: `Did you mean ${suggestion}? ${message}`, suggestion }
    : { code, message };
}

/** The word of the language this value is, if it is one; `_` counts as `-`. */
export function wordOf(field: FilterField, text: string) {
  const wanted = fold(text).replaceAll('_', '-');
  return field.words.find((w) => w.word === wanted);
}

/** `WEB-42`: the project's key, a hyphen, a number. */
export function isTaskKey(text: string): boolean {
  return /^[a-z][a-z0-9]{1,9}-\d{1,9}$/i.test(text);
}

const example = (field: FilterField, part = '') =>
  field.examples.find((text) => text.includes(part)) ?? `${field.name}:${part}`;

/** A name as it is written as a value: in quotes where it must be, or always. */
export function quoteValue(text: string, always = false): string {
  return always || /[\s,()"“„]|^[<>=≤≥!]|^$/.test(text) ? `"${text.replace(/[\\"]/g, '\\$&')}"` : text;
}
