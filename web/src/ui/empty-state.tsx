import type { ReactNode } from 'react';

/** A screen without data: what it is for, and the next step. */
export function EmptyState(props: {
  picture?: ReactNode;
  title: string;
  /** It is all there is on the page, so its title is the page's. */
  page?: boolean;
  children: ReactNode;
  actions?: ReactNode;
}) {
  const Title = props.page ? 'h1' : 'h2';
  return (
    <div className="mx-auto flex max-w-100 flex-col items-center px-6 py-16 text-center">
      {props.picture ? <div className="mb-5">{props.picture}</div> : null}
      <Title className="font-semibold text-ink text-lg">{props.title}</Title>
      <div className="mt-1.5 text-balance text-ink-2 text-sm">{props.children}</div>
      {props.actions ? <div className="mt-5 flex flex-wrap justify-center gap-2">{props.actions}</div> : null}
    </div>
  );
}
