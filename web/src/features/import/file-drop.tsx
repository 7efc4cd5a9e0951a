import clsx from 'clsx';
import { FileJson } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';

const MAX_BYTES = 64 * 1024 * 1024;

/** Takes a file by drop or by choosing. */
export function FileDrop({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size > MAX_BYTES)
      return setProblem('This file is larger than 64 MB, the most one import can take.');
    if (file.size === 0) return setProblem('This file is empty. Export the board again.');
    setProblem(null);
    onFile(file);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same for the keyboard
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
      className={clsx(
        'flex flex-col items-center rounded-xl border border-dashed px-6 py-12 text-center transition-colors',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong bg-sunken',
      )}
    >
      <FileJson size={28} strokeWidth={1.5} aria-hidden className="text-ink-3" />
      <p className="mt-3 font-medium text-base text-ink">Drop a Trello export here</p>
      <p className="mt-1 max-w-96 text-balance text-ink-2 text-sm">
        In Trello: board menu, <em className="not-italic font-medium">Print, export and share</em>, then{' '}
        <em className="not-italic font-medium">Export as JSON</em>.
      </p>
      <Button look="primary" className="mt-5" onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        aria-label="Trello export file"
        accept=".json,application/json"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          take(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      {problem ? (
        <p role="alert" className="mt-4 text-danger text-sm">
          {problem}
        </p>
      ) : null}
    </div>
  );
}
