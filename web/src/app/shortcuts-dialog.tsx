import { useState } from 'react';
import { useCommand } from '../lib/commands.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Keys } from '../ui/keys.tsx';

const GROUPS: { title: string; rows: [string[], string][] }[] = [
  {
    title: 'Anywhere',
    rows: [
      [['Mod+K'], 'Search and commands'],
      [['C'], 'Create a task'],
      [['/'], 'Filter the board'],
      [['['], 'Show or hide the sidebar'],
      [['Mod+Z'], 'Undo'],
      [['?'], 'This list'],
    ],
  },
  {
    title: 'On a board',
    rows: [
      [['J', 'Down'], 'Next card'],
      [['K', 'Up'], 'Previous card'],
      [['Left'], 'Column before'],
      [['Right'], 'Column after'],
      [['Shift+Up', 'Shift+Down'], 'Move up or down'],
      [['Shift+Left', 'Shift+Right'], 'Move across'],
      [['Enter'], 'Open'],
    ],
  },
  {
    title: 'On a task',
    rows: [
      [['E'], 'Edit'],
      [['S'], 'Status'],
      [['P'], 'Priority'],
      [['A'], 'Assignees'],
      [['L'], 'Labels'],
      [['D'], 'Due date'],
      [['Esc'], 'Close'],
    ],
  },
];

export function ShortcutsDialog() {
  const [open, setOpen] = useState(false);
  useCommand('shortcuts', () => setOpen(true));
  return (
    <Dialog open={open} onClose={() => setOpen(false)} title="Keyboard shortcuts" width="max-w-160">
      <div className="grid grid-cols-2 gap-x-8 gap-y-5 phone:grid-cols-1">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1.5 font-medium text-ink-3 text-xs">{group.title}</h3>
            <dl>
              {group.rows.map(([keys, what]) => (
                <div key={what} className="flex min-h-7.5 items-center justify-between gap-4 py-0.5">
                  <dt className="text-ink text-sm leading-tight">{what}</dt>
                  <dd className="flex shrink-0 items-center gap-1.5 text-ink-3 text-xs">
                    {keys.map((key, index) => (
                      <span key={key} className="inline-flex items-center gap-1.5">
                        {index > 0 ? 'or' : null}
                        <Keys keys={key} />
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
