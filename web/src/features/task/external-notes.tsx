import type { Task } from '@gantry/contracts/tasks';
import { ExternalLink, Paperclip } from 'lucide-react';
import { safeUrl } from '../../lib/markdown.ts';

const SOURCES: Record<string, string> = { trello: 'Trello' };

export function sourceName(source: string): string {
  return SOURCES[source] ?? source;
}

/** What an imported task brought along that has no place of its own here. */
export function ExternalNotes({ external }: { external: NonNullable<Task['external']> }) {
  const original = external.url ? safeUrl(external.url) : null;
  return (
    <section aria-label="From the import" className="mt-4 flex flex-col gap-1 text-sm">
      {external.links.map((link) => {
        const url = safeUrl(link.url);
        return (
          <span key={`${link.name}${link.url}`} className="flex min-w-0 items-center gap-2 text-ink-2">
            <Paperclip size={13} aria-hidden className="shrink-0 text-ink-3" />
            {url ? (
              <a
                href={url}
                target="_blank"
                rel="noopener noreferrer nofollow"
                className="truncate underline decoration-line-strong underline-offset-2 hover:text-ink"
              >
                {link.name || link.url}
              </a>
            ) : (
              <span className="truncate">{link.name || link.url}</span>
            )}
          </span>
        );
      })}
      <span className="flex items-center gap-2 text-ink-3 text-xs">
        <ExternalLink size={12} aria-hidden />
        Imported from{' '}
        {original ? (
          <a
            href={original}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="underline underline-offset-2"
          >
            {sourceName(external.source)}
          </a>
        ) : (
          sourceName(external.source)
        )}
      </span>
    </section>
  );
}
