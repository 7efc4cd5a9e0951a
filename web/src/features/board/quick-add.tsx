import { newId } from '@gantry/contracts';
import { type KeyboardEvent, useRef, useState } from 'react';
import { keepDraft, readDraft } from '../../lib/drafts.ts';
import { useProjectStore } from '../../sync/react.ts';
import { announce } from '../../ui/announcer.tsx';

const MAX_TITLE = 500;

/** A card being written. Enter adds it and starts the next one below; what is typed survives closing. */
export function QuickAdd({ statusId, onClose }: { statusId: string; onClose: () => void }) {
  const store = useProjectStore();
  const draftKey = `new-task:${statusId}`;
  const [title, setTitle] = useState(readDraft(draftKey));
  const last = useRef<string | null>(null);
  const change = (text: string) => {
    const line = text.replace(/[\r\n\t]+/g, ' ').slice(0, MAX_TITLE);
    setTitle(line);
    keepDraft(draftKey, line);
  };
  const add = () => {
    const text = title.trim();
    if (!text) return;
    const id = newId('task');
    const place = last.current ? { after: last.current } : 'start';
    store.write({
      kind: 'task.create',
      task: { id, title: text, status_id: statusId, rank: store.rankAt(statusId, place) },
    });
    last.current = id;
    change('');
    announce(`Added ${text}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      add();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      onClose();
    }
  };
  return (
    <div className="mb-2 rounded-lg border border-accent bg-raised px-3 py-2 shadow-card">
      <textarea
        aria-label="Title of the new task"
        // biome-ignore lint/a11y/noAutofocus: it appears because somebody asked to write in it
        autoFocus
        rows={2}
        dir="auto"
        value={title}
        placeholder="What needs doing?"
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => title.trim() === '' && onClose()}
        className="field-sizing-content block max-h-40 w-full resize-none bg-transparent font-medium text-ink text-sm leading-[18px] outline-none!"
      />
      <p className="mt-1 flex justify-between text-2xs text-ink-3">
        <span>Enter to add</span>
        <span>Esc to close</span>
      </p>
    </div>
  );
}
