import type { Task } from '@gantry/contracts/tasks';
import { Pencil } from 'lucide-react';
import { type MouseEvent, useEffect, useRef, useState } from 'react';
import { useEditedText } from '../../lib/use-edited-text.ts';
import { useProjectStore } from '../../sync/react.ts';
import { IconButton } from '../../ui/button.tsx';
import { Markdown } from '../../ui/markdown.tsx';

/** Reads as formatted text; a press turns it into a field that saves itself. */
export function TaskDescription({ task, mayEdit }: { task: Task; mayEdit: boolean }) {
  const store = useProjectStore();
  const [open, setOpen] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const edited = useEditedText(task.description, (description) => {
    if (description !== task.description)
      store.write({ kind: 'task.update', taskId: task.id, patch: { description } });
  });
  useEffect(() => {
    if (open) field.current?.focus();
  }, [open]);
  const onRead = (event: MouseEvent) => {
    const selecting = (getSelection()?.toString() ?? '') !== '';
    if (mayEdit && !selecting && !(event.target as Element).closest('a')) setOpen(true);
  };
  if (open)
    return (
      <section aria-label="Description" className="mt-5">
        <textarea
          ref={field}
          aria-label="Description"
          dir="auto"
          value={edited.text}
          placeholder="Add a description. Markdown works."
          onFocus={(event) => {
            edited.start();
            event.currentTarget.setSelectionRange(edited.text.length, edited.text.length);
          }}
          onChange={(event) => edited.change(event.target.value)}
          onBlur={() => {
            edited.finish();
            setOpen(false);
          }}
          className="field field-sizing-content block min-h-30 w-full resize-none px-3 py-2.5 text-base leading-[22px]"
        />
        <p className="mt-1 flex justify-between text-2xs text-ink-3">
          <span>
            {edited.changedElsewhere
              ? 'Someone else changed this meanwhile; your text will replace theirs.'
              : 'Saves by itself. Markdown works.'}
          </span>
          <span>Esc to finish</span>
        </p>
      </section>
    );
  return (
    <section aria-label="Description" className="group relative mt-5">
      {task.description.trim() ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: the pencil does the same for the keyboard
        // biome-ignore lint/a11y/useKeyWithClickEvents: the pencil does the same for the keyboard
        <div onClick={onRead} className="min-h-10 text-base text-ink leading-[22px] touch:pr-9">
          <Markdown source={task.description} />
        </div>
      ) : mayEdit ? (
        <button
          type="button"
          onClick={() => setOpen(true)}
          className="-mx-2 block w-[calc(100%+16px)] rounded-md px-2 py-1.5 text-left text-base text-ink-3 hover:bg-hover touch:min-h-11"
        >
          Add a description…
        </button>
      ) : null}
      {mayEdit && task.description.trim() ? (
        <IconButton
          label="Edit description"
          size="sm"
          onClick={() => setOpen(true)}
          className="absolute! -top-1 -right-1 bg-surface opacity-0 focus-visible:opacity-100 group-hover:opacity-100 touch:opacity-100"
        >
          <Pencil size={13} aria-hidden />
        </IconButton>
      ) : null}
    </section>
  );
}
