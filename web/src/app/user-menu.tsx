import { Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useSession, useSignOut } from '../entities/session.ts';
import { UserAvatar } from '../entities/user-avatar.tsx';
import { runCommand } from '../lib/commands.ts';
import { setTheme, useTheme } from '../lib/theme.ts';
import { Keys } from '../ui/keys.tsx';
import { Menu, MenuChoices, MenuItem, MenuLine } from '../ui/menu.tsx';

export function UserMenu() {
  const { user } = useSession();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Menu
      side="top"
      width="min-w-55"
      trigger={
        <button
          type="button"
          className="flex h-9 w-full items-center gap-2.5 rounded-md px-1.5 hover:bg-hover data-[popup-open]:bg-selected touch:h-11"
        >
          <UserAvatar seed={user.id} name={user.name} size={24} silent />
          <span className="sr-only">Your menu</span>
          <span className="min-w-0 flex-1 text-left">
            <span className="block truncate font-medium text-ink text-sm leading-4.5" dir="auto">
              {user.name}
            </span>
            <span className="block truncate text-2xs text-ink-2 leading-3.5">{user.email}</span>
          </span>
        </button>
      }
    >
      <MenuChoices
        label="Theme"
        value={theme}
        onChange={setTheme}
        choices={[
          { value: 'system', label: 'Same as system', icon: <Monitor size={14} aria-hidden /> },
          { value: 'light', label: 'Light', icon: <Sun size={14} aria-hidden /> },
          { value: 'dark', label: 'Dark', icon: <Moon size={14} aria-hidden /> },
        ]}
      />
      <MenuLine />
      <MenuItem
        icon={<Keyboard size={14} aria-hidden />}
        trailing={<Keys keys="?" />}
        onClick={() => runCommand('shortcuts')}
      >
        Keyboard shortcuts
      </MenuItem>
      <MenuItem icon={<LogOut size={14} aria-hidden />} onClick={() => void signOut()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
