import {
  FILTER_LIMITS,
  type FilterError,
  type FilterErrorCode,
  type FilterNode,
  type FilterOperator,
  type FilterSort,
  type FilterValue,
  type ParsedFilter,
} from './ast.ts';
import { type FilterField, findField, isOrdered, SORT_FIELDS, TASK_FIELDS } from './fields.ts';
import { nearest } from './text.ts';
import { valueFault, wordOf } from './values.ts';

const SPACE = /\s*/y;
const NAME = /([\p{L}_][\p{L}\p{M}\p{N}_.-]*)(:|!=|>=|<=|[<>=≤≥])/uy;
const OPERATOR = /(!=|>=|<=|[<>=≤≥!])\s*/y;
const WORD = /[^\s()"“„]+/y;
const BARE = /[^\s,()"“„]+/y;
const OR = /or(?=[\s()"“„]|$)/iy;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they separate words as white space does
const CONTROL = /[\u0000-\u001f\u007f]/g;

/** Where the text ended in the middle of something: what completion continues. */
export interface OpenPlace {
  kind: 'word' | 'value' | 'sort';
  /** The piece that would be replaced, an open quote included, and its text without it. */
  from: number;
  to: number;
  text: string;
  field?: FilterField;
  /** A comparison such as `<` stands before it. */
  compared?: boolean;
}

/**
 * Reads a filter. Never throws: what cannot be understood is left out of `ast` and told in `errors`, each with the
 * place in the text and a sentence that says what to do. Stays within FILTER_LIMITS.
 */
export function parseFilter(text: string): ParsedFilter {
  return parseWithPlace(text).parsed;
}

export function parseWithPlace(text: string): { parsed: ParsedFilter; place: OpenPlace | undefined } {
  const source = text.slice(0, FILTER_LIMITS.characters).toWellFormed().replace(CONTROL, ' ');
  const errors: FilterError[] = [];
  const sort: FilterSort[] = [];
  let at = 0;
  let terms = 0;
  /** Whether a quote was not closed: then it ends the text. */
  let open = false;
  let place: OpenPlace | undefined;

  const fault = (code: FilterErrorCode, from: number, to: number, message: string, suggestion?: string) => {
    errors.push({ code, from, to, message, ...(suggestion === undefined ? {} : { suggestion }) });
  };
  if (text.length > source.length)
    fault(
      'too_long',
      source.length,
      text.length,
      `A filter has at most ${FILTER_LIMITS.characters} characters; shorten it.`,
    );
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = match(pattern);
    if (found) at += found[0].length;
    return found;
  };
  const stop = (code: FilterErrorCode, from: number, message: string) => {
    fault(code, from, source.length, message);
    at = source.length;
  };
  const atQuote = () => at < source.length && '"“„'.includes(source.charAt(at));

  function readOr(depth: number): FilterNode | null {
    const from = at;
    const items: FilterNode[] = [];
    let pending: number | undefined;
    for (;;) {
      take(SPACE);
      const start = at;
      const item = readAnd(depth);
      if (item) items.push(item);
      const something = at > start;
      if (!something && pending !== undefined) orFault(pending);
      if (!match(OR)) break;
      if (!something && pending === undefined) orFault(at);
      pending = something ? at : undefined;
      at += 2;
    }
    return group('or', items, from);
  }

  function orFault(from: number) {
    const message = 'Put a term before and after or; to search the word itself, write "or".';
    fault('lonely_or', from, from + 2, message);
  }

  function readAnd(depth: number): FilterNode | null {
    const from = at;
    const items: FilterNode[] = [];
    for (;;) {
      take(SPACE);
      if (at >= source.length || match(OR)) break;
      if (source[at] === ')') {
        if (depth > 0) break;
        fault('unexpected_parenthesis', at, at + 1, 'Remove this ), or open it with ( before.');
        at++;
        continue;
      }
      const item = readTerm(depth, false);
      if (item) items.push(item);
    }
    return group('and', items, from);
  }

  /** One item is itself; items of the same kind are joined: every filter has one tree. */
  function group(type: 'and' | 'or', items: FilterNode[], from: number): FilterNode | null {
    if (items.length < 2) return items[0] ?? null;
    const flat = items.flatMap((item) => (item.type === type ? item.items : [item]));
    return { type, items: flat, from: items[0]?.from ?? from, to: items.at(-1)?.to ?? at };
  }

  function readTerm(depth: number, negated: boolean): FilterNode | null {
    const from = at;
    if (source[at] === '(') return readGroup(depth);
    if (source[at] === '-' && /[^\s)]/.test(source[at + 1] ?? ' ')) {
      if (depth >= FILTER_LIMITS.depth) return tooDeep(from);
      at++;
      const item = readTerm(depth + 1, true);
      return item && { type: 'not', item, from, to: at };
    }
    if (terms++ >= FILTER_LIMITS.terms) {
      stop('too_many_terms', from, `A filter has at most ${FILTER_LIMITS.terms} terms; use fewer.`);
      return null;
    }
    if (atQuote()) return textNode(from, readQuoted());
    const name = match(NAME);
    const [, word = '', sign = ''] = name ?? [];
    const field = findField(word);
    const sorts = word.toLowerCase() === 'sort';
    const address = sign === ':' && source.startsWith('//', at + word.length + 1);
    if (name && !address && (field || sorts || sign === ':')) {
      at += word.length + (sign === ':' ? 1 : 0);
      if (sorts) return readSort(from, depth > 0 || negated);
      return field ? readField(field, from) : unknownField(word, from);
    }
    const found = take(WORD);
    const written = found?.[0] ?? '';
    const words = written.replace(/^-/, '');
    place = { kind: 'word', from: at - words.length, to: at, text: words };
    return textNode(from, written);
  }

  function textNode(from: number, words: string): FilterNode | null {
    if (words !== '') return { type: 'text', text: words, from, to: at };
    fault('missing_value', from, at, 'Write the words to search between the quotes.');
    return null;
  }

  function tooDeep(from: number): null {
    stop('too_deep', from, `Parentheses and - go at most ${FILTER_LIMITS.depth} deep; use fewer.`);
    return null;
  }

  function readGroup(depth: number): FilterNode | null {
    const from = at;
    if (depth >= FILTER_LIMITS.depth) return tooDeep(from);
    at++;
    const known = errors.length;
    const item = readOr(depth + 1);
    take(SPACE);
    if (source[at] === ')') at++;
    else if (at >= source.length && errors.at(-1)?.to !== source.length)
      fault('unclosed_parenthesis', from, from + 1, 'Close this ( with a ).');
    if (!item && errors.length === known)
      fault('empty_group', from, at, 'Put a term between the parentheses, or remove them.');
    return item;
  }

  function unknownField(word: string, from: number): null {
    const nameEnd = from + word.length;
    take(SPACE);
    if (atQuote()) readQuoted();
    else take(WORD);
    const suggestion = nearest(word, [...TASK_FIELDS.flatMap((f) => [f.name, ...f.aliases]), 'sort']);
    const hint = suggestion === undefined ? '' : `Did you mean ${suggestion}:? `;
    const message = `There is no field ${word}. ${hint}To search this text, put it in quotes.`;
    fault('unknown_field', from, nameEnd, message, suggestion);
    return null;
  }

  function readField(field: FilterField, from: number): FilterNode | null {
    const values: FilterValue[] = [];
    for (;;) {
      const value = readValue(field, from);
      if (value) values.push(value);
      if (source[at] !== ',') break;
      at++;
    }
    return values.length === 0 ? null : { type: 'term', field: field.name, values, from, to: at };
  }

  function readValue(field: FilterField, termFrom: number): FilterValue | null {
    take(SPACE);
    const sign = take(OPERATOR)?.[1];
    const from = at;
    const quoted = atQuote();
    const written = quoted ? readQuoted() : (take(BARE)?.[0] ?? '');
    if (!quoted || open)
      place = { kind: 'value', from, to: at, text: written, field, compared: sign !== undefined };
    if (written === '') {
      const message = `Give a value after ${field.name}:, such as ${field.examples[0]}.`;
      fault('missing_value', termFrom, at, message);
      return null;
    }
    if (sign?.startsWith('!')) {
      const message = `To leave tasks out, write -${field.name}:${written}.`;
      fault('unknown_operator', from - sign.length, at, message);
      return null;
    }
    const op = OPERATORS[sign ?? '='] ?? ':';
    const dots = !quoted && isOrdered(field) ? written.indexOf('..') : -1;
    const value: FilterValue = { op, text: dots < 0 ? written : written.slice(0, dots), from, to: at };
    if (dots >= 0) value.end = written.slice(dots + 2);
    if (quoted && isNamed(field) && wordOf(field, written)) value.exact = true;
    const bad = valueFault(field, value);
    if (!bad) return value;
    fault(bad.code, from, at, bad.message, bad.suggestion);
    return null;
  }

  function readSort(from: number, inside: boolean): null {
    const known = new Set(sort.map((key) => key.field));
    do {
      take(SPACE);
      const start = at;
      const written = take(BARE)?.[0] ?? '';
      const word = written.replace(/^[-+]/, '');
      place = { kind: 'sort', from: at - word.length, to: at, text: word };
      const asked = word.toLowerCase();
      const name = SORT_FIELDS.find((s) => s.name === asked || s.name === findField(asked)?.name)?.name;
      if (word === '') {
        fault('missing_value', from, at, 'Say what to sort by, such as sort:-priority,due.');
        break;
      }
      if (name === undefined) {
        const names = SORT_FIELDS.map((s) => s.name);
        const suggestion = nearest(word, names);
        const hint = suggestion === undefined ? '' : `Did you mean ${suggestion}? `;
        fault('unknown_value', at - word.length, at, `${hint}Sort by ${names.join(', ')}.`, suggestion);
      } else if (!inside && !known.has(name)) {
        known.add(name);
        sort.push({ field: name, descending: written.startsWith('-'), from: start, to: at });
      }
    } while (source[at] === ',' && at++ >= 0);
    if (inside)
      fault(
        'misplaced_sort',
        from,
        at,
        'Put sort: outside parentheses and without -; it orders the whole list.',
      );
    return null;
  }

  /** Leaves `at` behind the closing quote. In it, \" is a quote and \\ a backslash. */
  function readQuoted(): string {
    const from = at;
    const closing = source[at] === '"' ? '"' : '”“"';
    let words = '';
    for (at++; at < source.length; at++) {
      const char = source.charAt(at);
      const next = source.charAt(at + 1);
      if (char === '\\' && (next === '\\' || (next !== '' && closing.includes(next)))) {
        words += next;
        at++;
      } else if (closing.includes(char)) {
        at++;
        return words;
      } else words += char;
    }
    open = true;
    fault('unclosed_quote', from, source.length, 'Close the quotes with another ".');
    return words;
  }

  const ast = readOr(0) ?? { type: 'and', items: [], from: 0, to: source.length };
  return { parsed: { ast, sort, errors }, place: place?.to === text.length ? place : undefined };
}

const OPERATORS: Record<string, FilterOperator> = {
  '<': '<',
  '<=': '<=',
  '≤': '<=',
  '>': '>',
  '>=': '>=',
  '≥': '>=',
};

const isNamed = (field: FilterField) =>
  field.type === 'status' || field.type === 'person' || field.type === 'label';
