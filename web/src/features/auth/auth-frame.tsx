import type { ReactNode } from 'react';
import { BrandMark } from '../../entities/brand.tsx';
import { BrandPanel } from './brand-panel.tsx';

/** A form beside the brand. On a phone the form alone. */
export function AuthFrame({
  title,
  lead,
  children,
}: {
  title: string;
  lead: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex h-full overflow-auto bg-surface">
      <main className="flex min-h-full w-full flex-col px-6 py-8 lg:w-[46%] lg:px-10">
        <div className="flex items-center gap-2 text-ink">
          <BrandMark size={22} />
          <span className="font-semibold text-lg tracking-tight">Gantry</span>
        </div>
        <div className="mx-auto flex w-full max-w-88 flex-1 flex-col py-10 pt-[max(40px,14vh)] phone:pt-10">
          <h1 className="font-semibold text-2xl text-ink tracking-[-0.02em]">{title}</h1>
          <p className="mt-1.5 text-base text-ink-2">{lead}</p>
          <div className="mt-7">{children}</div>
        </div>
        <p className="text-ink-3 text-xs">Self-hosted. Your data stays on this server.</p>
      </main>
      <BrandPanel />
    </div>
  );
}
