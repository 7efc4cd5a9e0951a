import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type Inline, parseInline, parseMarkdown, safeUrl } from './markdown.ts';

function textOf(nodes: readonly (Block | Inline)[]): string {
  return nodes
    .map((node): string => {
      if ('text' in node) return node.text;
      if ('items' in node) return node.items.map((item) => textOf(item.children)).join('');
      return 'children' in node ? textOf(node.children) : '';
    })
    .join('');
}

describe('parseMarkdown', () => {
  test('reads what people write most', () => {
    const blocks = parseMarkdown(
      '# Title\n\nSome **bold**, *soft* and `code`.\n\n- one\n- [x] two\n\n> said\n\n```\na < b\n```\n\n---',
    );
    expect(blocks.map((b) => b.kind)).toEqual(['heading', 'paragraph', 'list', 'quote', 'code', 'rule']);
    expect(blocks[2]).toMatchObject({ items: [{ checked: null }, { checked: true }] });
    expect(blocks[4]).toMatchObject({ text: 'a < b' });
  });

  test('HTML stays text', () => {
    expect(parseInline('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ]);
  });

  test('snake_case and 2 * 3 * 4 are not emphasis', () => {
    expect(parseInline('a_b_c and 2 * 3 * 4')).toEqual([{ kind: 'text', text: 'a_b_c and 2 * 3 * 4' }]);
  });

  test('a bare address is a link without the full stop behind it', () => {
    expect(parseInline('See https://example.com/a.')).toMatchObject([
      { text: 'See ' },
      { kind: 'link', href: 'https://example.com/a' },
      { text: '.' },
    ]);
  });

  test('never loses a letter, and always ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (source) => {
        const seen = textOf(parseMarkdown(source));
        for (const letter of source.match(/[a-z0-9]/gi) ?? [])
          expect(`${seen}${source.match(/\]\([^)]*\)|```.*|^\s*\d+[.)]/gm) ?? ''}`).toContain(letter);
      }),
    );
  });

  test('hostile text is read in no time', () => {
    const start = performance.now();
    for (const part of ['**a ', '[a](', '`', '_a *b ', '> ', '- ', '~~x '])
      parseMarkdown(part.repeat(25_000).slice(0, 50_000));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

test('links that could run something are not links', () => {
  for (const href of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '/relative',
    'file:///etc',
  ])
    expect(safeUrl(href)).toBeNull();
  expect(safeUrl('https://example.com/?q=1')).toBe('https://example.com/?q=1');
  expect(safeUrl('mailto:a@example.com')).toBe('mailto:a@example.com');
});
