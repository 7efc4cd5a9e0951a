/** A small, safe reading of Markdown: text in, plain data out. Nothing of it is ever parsed as HTML. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] }
  | { kind: 'break' };

export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; children: Block[] }
  | {
      kind: 'list';
      ordered: boolean;
      start: number;
      items: { checked: boolean | null; children: Inline[] }[];
    }
  | { kind: 'rule' };

const ITEM = /^\s{0,3}(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const MAX_DEPTH = 6;

export function parseMarkdown(source: string, depth = 0): Block[] {
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] as string;
    if (line.trim() === '') {
      i++;
    } else if (/^\s{0,3}(```|~~~)/.test(line)) {
      const fence = line.trim().slice(0, 3);
      const body: string[] = [];
      for (i++; i < lines.length && !closes(lines[i] as string, fence); i++) body.push(lines[i] as string);
      i++;
      blocks.push({ kind: 'code', text: body.join('\n') });
    } else if (HEADING.test(line)) {
      const m = HEADING.exec(line);
      blocks.push({ kind: 'heading', level: m?.[1]?.length ?? 1, children: parseInline(m?.[2] ?? '') });
      i++;
    } else if (RULE.test(line)) {
      blocks.push({ kind: 'rule' });
      i++;
    } else if (/^\s{0,3}>/.test(line) && depth < MAX_DEPTH) {
      const body: string[] = [];
      for (; i < lines.length && /^\s{0,3}>/.test(lines[i] as string); i++)
        body.push((lines[i] as string).replace(/^\s{0,3}>\s?/, ''));
      blocks.push({ kind: 'quote', children: parseMarkdown(body.join('\n'), depth + 1) });
    } else if (ITEM.test(line)) {
      const list: Extract<Block, { kind: 'list' }> = { kind: 'list', ordered: false, start: 1, items: [] };
      for (; i < lines.length; i++) {
        const m = ITEM.exec(lines[i] as string);
        if (!m) break;
        if (list.items.length === 0) {
          list.ordered = m[2] !== undefined;
          list.start = Number(m[2] ?? 1);
        } else if (list.ordered !== (m[2] !== undefined)) break;
        const box = /^\[([ xX])\]\s+(.*)$/.exec(m[3] ?? '');
        list.items.push({
          checked: box ? box[1] !== ' ' : null,
          children: parseInline(box?.[2] ?? m[3] ?? ''),
        });
      }
      blocks.push(list);
    } else {
      const body: string[] = [];
      for (; i < lines.length && startsNothing(lines[i] as string, body.length === 0); i++)
        body.push(lines[i] as string);
      blocks.push({ kind: 'paragraph', children: parseInline(body.join('\n')) });
    }
  }
  return blocks;
}

/** A fence is closed by itself alone; with words behind it, it is part of the code. */
function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.startsWith(fence) && /^(`+|~+)$/.test(text);
}

function startsNothing(line: string, first: boolean): boolean {
  if (first) return true;
  return (
    line.trim() !== '' &&
    !/^\s{0,3}(```|~~~|>)/.test(line) &&
    !HEADING.test(line) &&
    !RULE.test(line) &&
    !ITEM.test(line)
  );
}

const INLINE =
  /(`+)([^`]|[^`][\s\S]{0,1000}?[^`])\1(?!`)|\*\*(?=\S)([\s\S]{0,1000}?\S)\*\*|__(?=\S)([\s\S]{0,1000}?\S)__|~~(?=\S)([\s\S]{0,1000}?\S)~~|\*(?=[^\s*])([^*]{0,1000}[^\s*])\*|(?<![\w])_(?=[^\s_])([^_]{0,1000}[^\s_])_(?!\w)|!?\[([^\]\n]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)|(https?:\/\/[^\s<>"']+)|(\n)/g;

export function parseInline(text: string, depth = 0): Inline[] {
  if (depth > MAX_DEPTH) return [{ kind: 'text', text }];
  const out: Inline[] = [];
  let at = 0;
  for (const m of text.matchAll(INLINE)) {
    if (m.index > at) out.push({ kind: 'text', text: text.slice(at, m.index) });
    at = m.index + m[0].length;
    const [, , code, strong, strong2, del, em, em2, label, href, bare, newline] = m;
    if (code !== undefined) out.push({ kind: 'code', text: code });
    else if (strong !== undefined || strong2 !== undefined)
      out.push({ kind: 'strong', children: parseInline(strong ?? strong2 ?? '', depth + 1) });
    else if (del !== undefined) out.push({ kind: 'del', children: parseInline(del, depth + 1) });
    else if (em !== undefined || em2 !== undefined)
      out.push({ kind: 'em', children: parseInline(em ?? em2 ?? '', depth + 1) });
    else if (href !== undefined) {
      const safe = safeUrl(href);
      const children: Inline[] = [{ kind: 'text', text: label || href }];
      if (safe) out.push({ kind: 'link', href: safe, children });
      else out.push(...children);
    } else if (bare !== undefined) {
      const url = bare.replace(/[.,;:!?)\]]+$/, '');
      out.push({ kind: 'link', href: url, children: [{ kind: 'text', text: url }] });
      at -= bare.length - url.length;
    } else if (newline !== undefined) out.push({ kind: 'break' });
  }
  if (at < text.length) out.push({ kind: 'text', text: text.slice(at) });
  return out;
}

/** The address if it is one a link may have; never javascript:, data: or a relative path of ours. */
export function safeUrl(href: string): string | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
}
