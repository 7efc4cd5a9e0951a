import { memo, type ReactNode } from 'react';
import { type Block, type Inline, parseMarkdown } from '../lib/markdown.ts';

/** Text written by people, formatted. Built from elements, so nothing in it can run. */
export const Markdown = memo(function Markdown({ source }: { source: string }) {
  return (
    <div className="prose" dir="auto">
      {withEvenHeadings(parseMarkdown(source)).map(block)}
    </div>
  );
});

/** Whatever levels somebody used become 1, 2, 3 in their order, so that the page's outline has no gaps. */
function withEvenHeadings(blocks: Block[]): Block[] {
  const used = [...new Set(blocks.flatMap((b) => (b.kind === 'heading' ? b.level : [])))].sort(
    (a, b) => a - b,
  );
  let last = 0;
  return blocks.map((b) => {
    if (b.kind !== 'heading') return b;
    last = Math.min(used.indexOf(b.level) + 1, last + 1);
    return { ...b, level: last };
  });
}

function block(value: Block, key: number): ReactNode {
  switch (value.kind) {
    case 'paragraph':
      return <p key={key}>{value.children.map(inline)}</p>;
    case 'heading': {
      const Tag = value.level === 1 ? 'h3' : value.level === 2 ? 'h4' : 'h5';
      return <Tag key={key}>{value.children.map(inline)}</Tag>;
    }
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and the keyboard must be able to
        <pre key={key} tabIndex={0}>
          <code>{value.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote key={key}>{value.children.map(block)}</blockquote>;
    case 'rule':
      return <hr key={key} />;
    case 'list': {
      const items = value.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parsed afresh each time; the place is the identity
        <li key={index} className={item.checked === null ? undefined : 'task-item'}>
          {item.checked === null ? null : (
            <span role="img" aria-label={item.checked ? 'Done' : 'Not done'} className="mr-2">
              {item.checked ? '☑' : '☐'}
            </span>
          )}
          {item.children.map(inline)}
        </li>
      ));
      return value.ordered ? (
        <ol key={key} start={value.start}>
          {items}
        </ol>
      ) : (
        <ul key={key}>{items}</ul>
      );
    }
  }
}

function inline(value: Inline, key: number): ReactNode {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'code':
      return <code key={key}>{value.text}</code>;
    case 'strong':
      return <strong key={key}>{value.children.map(inline)}</strong>;
    case 'em':
      return <em key={key}>{value.children.map(inline)}</em>;
    case 'del':
      return <del key={key}>{value.children.map(inline)}</del>;
    case 'break':
      return <br key={key} />;
    case 'link':
      return (
        <a key={key} href={value.href} target="_blank" rel="noopener noreferrer nofollow">
          {value.children.map(inline)}
        </a>
      );
  }
}
