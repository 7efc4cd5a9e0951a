import { ImportRefused } from './refused.ts';

/**
 * The JSON in a file: UTF-8 with or without BOM, or UTF-16 with one.
 * Throws ImportRefused (`import_not_json`) saying where it breaks.
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text.trim() === '') throw notJson('The file is empty.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(whereItBreaks(text, error as Error));
  }
}

function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw notJson('It is not text in UTF-8; it may be compressed, damaged or another kind of file.');
  }
}

function whereItBreaks(text: string, error: Error): string {
  const position = Number(/at position (\d+)/.exec(error.message)?.[1] ?? firstOddity(text));
  const atEnd = /end of JSON|Unterminated string/.test(error.message) || position >= text.trimEnd().length;
  if (atEnd)
    return `It ends in the middle, after ${text.length.toLocaleString('en')} characters: part of it is missing.`;
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return `It is not JSON at line ${line}, column ${position - before.lastIndexOf('\n')}.`;
}

const TOKEN = /\s*(?:[{}[\],:]|"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null)/y;

/** Where the first thing stands that is nowhere in JSON; the parser does not always say. */
function firstOddity(text: string): number {
  TOKEN.lastIndex = 0;
  let at = 0;
  while (TOKEN.test(text)) at = TOKEN.lastIndex;
  return at + (/^\s*/.exec(text.slice(at, at + 1_000))?.[0].length ?? 0);
}

function notJson(what: string): ImportRefused {
  return new ImportRefused('import_not_json', what);
}
