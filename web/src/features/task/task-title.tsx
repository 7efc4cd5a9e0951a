import type { Task } from '@gantry/contracts/tasks';
import { useEffect, useRef } from 'react';
import { useEditedText } from '../../lib/use-edited-text.ts';
import { useProjectStore } from '../../sync/react.ts';

const MAX_TITLE = 500;

export function TaskTitle({ task, mayEdit, focus }: { task: Task; mayEdit: boolean; focus: boolean }) {
  const store = useProjectStore();
  const field = useRef<HTMLTextAreaElement>(null);
  const edited = useEditedText(task.title, (text) => {
    const title = text.trim();
    if (title && title !== task.title)
      store.write({ kind: 'task.update', taskId: task.id, patch: { title } });
  });
  useEffect(() => {
    if (!focus) return;
    field.current?.focus();
    field.current?.select();
  }, [focus]);
  return (
    <textarea
      ref={field}
      data-title
      aria-label="Title"
      rows={1}
      dir="auto"
      readOnly={!mayEdit}
      maxLength={MAX_TITLE}
      value={edited.text}
      onFocus={mayEdit ? edited.start : undefined}
      onChange={(event) => edited.change(event.target.value.replace(/[\r\n\t]+/g, ' '))}
      onBlur={edited.finish}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
          event.preventDefault();
          field.current?.blur();
        }
      }}
      className="field-sizing-content -mx-2 block w-[calc(100%+16px)] resize-none rounded-md bg-transparent px-2 py-1 font-semibold text-ink text-xl tracking-[-0.012em] outline-none! hover:bg-hover focus:bg-transparent focus:shadow-[inset_0_0_0_2px_var(--focus-halo)]"
    />
  );
}
