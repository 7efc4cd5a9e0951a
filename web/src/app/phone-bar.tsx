import { Dialog } from '@base-ui/react/dialog';
import { Link } from '@tanstack/react-router';
import { FolderKanban, Menu, Search, Users } from 'lucide-react';
import { runCommand } from '../lib/commands.ts';
import { setDrawer, useDrawer } from '../lib/sidebar.ts';
import { Sidebar } from './sidebar.tsx';

const ITEM = 'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-ink-3';

/** The bar at the bottom of a phone. */
export function PhoneBar() {
  return (
    <nav
      aria-label="Bottom"
      className="hidden shrink-0 border-line border-t bg-canvas pb-[env(safe-area-inset-bottom)] phone:flex"
    >
      <Link to="/projects" className={ITEM} activeProps={{ className: 'text-ink! font-medium' }}>
        <FolderKanban size={19} aria-hidden />
        Projects
      </Link>
      <button type="button" className={ITEM} onClick={() => runCommand('command-menu')}>
        <Search size={19} aria-hidden />
        Search
      </button>
      <Link to="/members" className={ITEM} activeProps={{ className: 'text-ink! font-medium' }}>
        <Users size={19} aria-hidden />
        Members
      </Link>
      <button type="button" className={ITEM} onClick={() => setDrawer(true)}>
        <Menu size={19} aria-hidden />
        Menu
      </button>
    </nav>
  );
}

export function PhoneDrawer() {
  const open = useDrawer();
  return (
    <Dialog.Root open={open} onOpenChange={setDrawer}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop-motion fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Popup
          aria-label="Menu"
          className="drawer-motion fixed inset-y-0 left-0 z-50 w-[min(320px,86vw)] border-line border-r bg-canvas shadow-dialog outline-none"
        >
          <Sidebar drawer />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
