import type { Comment, Task } from '@gantry/contracts/tasks';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { nameOf, usePeople } from '../../entities/people.ts';
import { useMay } from '../../entities/project-context.tsx';
import { useSession } from '../../entities/session.ts';
import { UserAvatar } from '../../entities/user-avatar.tsx';
import { ago, fullTime } from '../../lib/dates.ts';
import { useProjectStore } from '../../sync/react.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Markdown } from '../../ui/markdown.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { sourceName } from './external-notes.tsx';

export function CommentItem({ comment, task }: { comment: Comment; task: Task }) {
  const store = useProjectStore();
  const { user } = useSession();
  const people = usePeople(task.project_id);
  const [editing, setEditing] = useState(false);
  const mayEditOwn = useMay('comment.edit.own');
  const mayDeleteAny = useMay('comment.delete.any');
  const mine = comment.user_id === user.id;
  const outside = comment.external_author;
  const name = comment.user_id ? nameOf(people, comment.user_id) : (outside?.name ?? 'Former member');
  const canEdit = mine && mayEditOwn;
  const remove = () => store.write({ kind: 'comment.delete', taskId: task.id, commentId: comment.id });
  return (
    <article aria-label={`Comment by ${name}`} className="group flex gap-2.5">
      <UserAvatar
        seed={comment.user_id ?? outside?.id ?? name}
        name={name}
        outside={!comment.user_id}
        size={24}
        silent
        className="mt-1.5"
      />
      <div className="min-w-0 flex-1 rounded-lg border border-line bg-raised px-3 py-2 shadow-card">
        <header className="flex min-h-5 items-center gap-2 text-xs">
          <span className="truncate font-medium text-ink" dir="auto">
            {name}
          </span>
          {outside ? (
            <span className="shrink-0 rounded-full border border-line px-1.5 text-2xs text-ink-3">
              imported from {sourceName(outside.source)}
            </span>
          ) : null}
          <time
            dateTime={comment.created_at}
            title={fullTime(comment.created_at)}
            className="tnum shrink-0 text-ink-3"
          >
            {ago(comment.created_at)}
          </time>
          {comment.edited ? <span className="text-ink-3">edited</span> : null}
          <span className="flex-1" />
          {canEdit || mayDeleteAny ? (
            <span className="-my-1 -mr-1.5 opacity-0 focus-within:opacity-100 group-hover:opacity-100 has-[[data-popup-open]]:opacity-100 touch:opacity-100">
              <Menu
                align="end"
                trigger={
                  <IconButton label="Comment actions" size="sm" tip={false}>
                    <Ellipsis size={14} aria-hidden />
                  </IconButton>
                }
              >
                {canEdit ? (
                  <MenuItem icon={<Pencil size={14} aria-hidden />} onClick={() => setEditing(true)}>
                    Edit
                  </MenuItem>
                ) : null}
                <MenuItem danger icon={<Trash2 size={14} aria-hidden />} onClick={remove}>
                  Delete
                </MenuItem>
              </Menu>
            </span>
          ) : null}
        </header>
        {editing ? (
          <CommentEditor comment={comment} onDone={() => setEditing(false)} />
        ) : (
          <div className="mt-0.5 text-ink text-sm">
            <Markdown source={comment.content} />
          </div>
        )}
      </div>
    </article>
  );
}

function CommentEditor({ comment, onDone }: { comment: Comment; onDone: () => void }) {
  const store = useProjectStore();
  const [text, setText] = useState(comment.content);
  const save = () => {
    const content = text.trim();
    if (content && content !== comment.content)
      store.write({ kind: 'comment.update', taskId: comment.task_id, commentId: comment.id, content });
    onDone();
  };
  return (
    <div className="mt-1.5">
      <textarea
        aria-label="Edit comment"
        // biome-ignore lint/a11y/noAutofocus: it appears because somebody asked to edit
        autoFocus
        dir="auto"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) save();
          if (event.key === 'Escape') {
            event.stopPropagation();
            onDone();
          }
        }}
        className="field field-sizing-content block max-h-80 w-full resize-none px-2.5 py-1.5 text-sm"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button size="sm" onClick={onDone}>
          Cancel
        </Button>
        <Button size="sm" look="primary" onClick={save} disabled={!text.trim()}>
          Save
        </Button>
      </div>
    </div>
  );
}
