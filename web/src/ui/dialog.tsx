import { Dialog as Base } from '@base-ui/react/dialog';
import clsx from 'clsx';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { IconButton } from './button.tsx';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  width?: string;
  initialFocus?: RefObject<HTMLElement | null>;
}

/** A modal window. Esc and a press outside close it; focus returns to where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  width = 'max-w-110',
  initialFocus,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop-motion fixed inset-0 z-40 bg-backdrop" />
        <Base.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={clsx(
            'dialog-motion fixed inset-x-0 top-[12vh] z-50 mx-auto flex max-h-[80vh] w-[calc(100vw-24px)] flex-col overflow-hidden rounded-xl border border-line-strong bg-raised shadow-dialog phone:top-auto phone:bottom-3',
            width,
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="font-semibold text-base text-ink">{title}</Base.Title>
              {description ? (
                <Base.Description className="mt-0.5 text-ink-3 text-sm">{description}</Base.Description>
              ) : null}
            </div>
            <Base.Close
              render={
                <IconButton label="Close" tip={false} className="-mt-0.5 -mr-1.5">
                  <X size={16} aria-hidden />
                </IconButton>
              }
            />
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pb-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex justify-end gap-2">{children}</div>;
}
