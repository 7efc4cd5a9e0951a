import { newId } from '@gantry/contracts';
import { ArrowUp } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useSession } from '../../entities/session.ts';
import { UserAvatar } from '../../entities/user-avatar.tsx';
import { keepDraft, onDraftReturned, readDraft } from '../../lib/drafts.ts';
import { useProjectStore } from '../../sync/react.ts';
import { IconButton } from '../../ui/button.tsx';

/** Writes a comment. What is typed survives leaving, and a refused comment comes back into the field. */
export function CommentForm({ taskId }: { taskId: string }) {
  const store = useProjectStore();
  const { user } = useSession();
  const key = `comment:${taskId}`;
  const [text, setText] = useState(() => readDraft(key));
  useEffect(() => onDraftReturned(key, setText), [key]);
  const change = (next: string) => {
    setText(next);
    keepDraft(key, next);
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const content = text.trim();
    if (!content) return;
    store.write({ kind: 'comment.create', taskId, commentId: newId('comment'), content });
    change('');
  };
  return (
    <form onSubmit={send} className="mt-4 flex gap-2.5">
      <UserAvatar seed={user.id} name={user.name} size={24} silent className="mt-1" />
      <div className="field flex min-w-0 flex-1 items-end rounded-lg!">
        <textarea
          aria-label="Comment"
          rows={1}
          dir="auto"
          value={text}
          placeholder="Leave a comment…"
          maxLength={50_000}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send();
          }}
          className="field-sizing-content max-h-80 min-h-9 min-w-0 flex-1 resize-none bg-transparent px-3 py-2 text-sm outline-none!"
        />
        <IconButton
          type="submit"
          label="Send comment"
          keys="Mod+Enter"
          disabled={!text.trim()}
          className="m-1 bg-accent text-on-accent! hover:bg-accent-hover! disabled:bg-selected disabled:text-ink-3!"
        >
          <ArrowUp size={15} aria-hidden />
        </IconButton>
      </div>
    </form>
  );
}
