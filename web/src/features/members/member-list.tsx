import { UserMinus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { UserAvatar } from '../../entities/user-avatar.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';

export function MemberList({
  label,
  count,
  children,
}: {
  label: string;
  count: number;
  children: ReactNode;
}) {
  return (
    <section aria-label={label}>
      <h2 className="mb-2 flex items-baseline gap-2 font-medium text-ink text-sm">
        {label} <span className="tnum font-normal text-ink-3 text-xs">{count}</span>
      </h2>
      <ul className="overflow-hidden rounded-lg border border-line bg-raised">{children}</ul>
    </section>
  );
}

interface MemberRowProps {
  id: string;
  name: string;
  detail?: string;
  you: boolean;
  children: ReactNode;
  onRemove: (() => void) | null;
  removeText: string;
}

/** A person, their role, and taking them out, which asks first. */
export function MemberRow({ id, name, detail, you, children, onRemove, removeText }: MemberRowProps) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="flex min-h-13 items-center gap-3 border-line border-b px-3 py-1.5 last:border-b-0">
      <UserAvatar seed={id} name={name} size={28} silent />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-ink text-sm" dir="auto">
          {name} {you ? <span className="font-normal text-ink-3">(you)</span> : null}
        </p>
        {detail ? <p className="truncate text-ink-3 text-xs">{detail}</p> : null}
      </div>
      {children}
      <span className="flex w-7 justify-end touch:w-11">
        {onRemove ? (
          <IconButton label={removeText} onClick={() => setAsking(true)}>
            <UserMinus size={15} aria-hidden />
          </IconButton>
        ) : null}
      </span>
      {onRemove ? (
        <Dialog
          open={asking}
          onClose={() => setAsking(false)}
          title={`${removeText}?`}
          description="Access ends within a second. What was written stays, and you can be added again."
        >
          <DialogActions>
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button
              look="danger"
              onClick={() => {
                setAsking(false);
                onRemove();
              }}
            >
              {you ? 'Leave' : 'Remove'}
            </Button>
          </DialogActions>
        </Dialog>
      ) : null}
    </li>
  );
}

export function MemberListSkeleton() {
  return (
    <div role="status" aria-label="Loading members" className="overflow-hidden rounded-lg border border-line">
      {[30, 42, 26].map((width) => (
        <div key={width} className="flex h-13 items-center gap-3 border-line border-b px-3 last:border-b-0">
          <div className="skeleton size-7 rounded-full" />
          <div className="skeleton h-3" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
