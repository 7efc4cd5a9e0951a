import { PanelLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { toggleSidebar, useSidebarCollapsed } from '../lib/sidebar.ts';
import { IconButton } from './button.tsx';

interface PageHeaderProps {
  title: ReactNode;
  children?: ReactNode;
}

/** The bar on top of every screen: where one is, and what one can do here. */
export function PageHeader({ title, children }: PageHeaderProps) {
  const collapsed = useSidebarCollapsed();
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-line border-b pr-3 pl-4 phone:h-13 phone:pl-3">
      {collapsed ? (
        <IconButton label="Show sidebar" keys="[" className="-ml-1.5 phone:hidden" onClick={toggleSidebar}>
          <PanelLeft size={16} aria-hidden />
        </IconButton>
      ) : null}
      <div className="flex min-w-0 flex-1 items-center gap-2">{title}</div>
      {children}
    </header>
  );
}

export function PageTitle({ children }: { children: ReactNode }) {
  return <h1 className="truncate font-semibold text-base text-ink">{children}</h1>;
}
