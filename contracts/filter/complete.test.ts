import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completeFilter, parseFilter } from './index.ts';
import { aFilterContext } from './testing/filter-things.ts';

const context = aFilterContext();
/** What is offered at the | in the text. */
const at = (marked: string) => {
  const cursor = marked.indexOf('|');
  return completeFilter(marked.replace('|', ''), cursor, context);
};
const labels = (marked: string) => at(marked).items.map((item) => item.label);
/** The text after taking the first offer. */
const taken = (marked: string) => {
  const { from, to, items } = at(marked);
  const text = marked.replace('|', '');
  return text.slice(0, from) + (items[0]?.insert ?? '') + text.slice(to);
};

describe('completeFilter', () => {
  test('offers fields where a term may begin', () => {
    expect(labels('|')).toContain('assignee');
    expect(labels('a |')).toContain('status');
    expect(labels('(|')).toContain('status');
    expect(labels('-|')).toContain('status');
    expect(taken('sta|')).toBe('status:');
    expect(taken('-prio|')).toBe('-priority:');
    expect(taken('x sta|tu:done')).toBe('x status:done');
  });

  test('offers the values of a field, in quotes where they must be', () => {
    expect(labels('status:|')).toEqual(expect.arrayContaining(['In progress', 'started']));
    expect(taken('status:"in r|')).toBe('status:"In review"');
    expect(taken('status:todo,pro|')).toBe('status:todo,"In progress"');
    expect(taken('label:nee|')).toBe('label:"needs design"');
    expect(taken('label:no| x')).toBe('label:"none" x');
    expect(labels('assignee:|')).toEqual(['Ada Lovelace', 'Grace Hopper', 'me', 'none']);
    expect(taken('assignee:gr|')).toBe('assignee:"Grace Hopper"');
    expect(taken('parent:we|')).toBe('parent:WEB-');
    expect(taken('is:ov|')).toBe('is:overdue');
    expect(labels('is:bl|')).toEqual([]);
  });

  test('offers comparisons before the value, days after one', () => {
    expect(labels('due:|')).toEqual(expect.arrayContaining(['today', '<', '>=']));
    expect(labels('due:<|')).not.toContain('<');
    expect(taken('due:<tom|')).toBe('due:<tomorrow');
    expect(taken('sort:-pri|')).toBe('sort:-priority');
    expect(taken('sort:due,|')).toBe('sort:due,rank');
  });

  test('offers whole terms for a word that names something', () => {
    expect(taken('Grac|')).toBe('assignee:"Grace Hopper"');
    expect(labels('overd|')).toContain('is: overdue');
  });

  test('never throws, replaces a range around the cursor, and what it offers can be read', () => {
    const pieces = fc.constantFrom(
      'status:',
      'due:<',
      '"',
      '(',
      '-',
      ' ',
      ',',
      'me',
      'or ',
      'sort:',
      'ada',
      'In',
      ':',
      '😀',
    );
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    const property = fc.property(texts, fc.nat(40), (text, cursor) => {
      const { from, to, items } = completeFilter(text, cursor, context);
      const place = Math.min(cursor, text.length);
      expect(from <= place && place <= to && to <= text.length).toBe(true);
      for (const item of items.filter((i) => i.kind === 'value' && !i.insert.endsWith('-'))) {
        const before = text.slice(0, from);
        const faults = parseFilter(before + item.insert).errors.filter((e) => e.to > from);
        const field = parseFilter(before).errors.some((e) => e.code !== 'missing_value');
        if (!field) expect(faults, before + item.insert).toEqual([]);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
