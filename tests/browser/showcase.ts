import type { Project } from '@gantry/contracts/projects';
import type { Color, Priority } from '@gantry/contracts/tasks';
import type { TestGantry, TestPerson } from '../setup/gantry.ts';

export interface Showcase {
  ada: TestPerson;
  ben: TestPerson;
  project: Project;
  /** Readable key of the task with the most to it. */
  rich: string;
}

interface Card {
  status: string;
  title: string;
  labels?: string[];
  priority?: Priority;
  /** Days from today. */
  due?: number;
  who?: ('ada' | 'ben' | 'mira' | 'tomas')[];
}

const LABELS: Record<string, Color> = {
  Design: 'violet',
  Booking: 'sky',
  Bug: 'red',
  Content: 'amber',
  Performance: 'green',
};

const CARDS: Card[] = [
  {
    status: 'todo',
    title: 'Fares for groups of ten and more',
    labels: ['Booking'],
    priority: 'high',
    due: 6,
    who: ['ben'],
  },
  { status: 'todo', title: 'Empty state for days without departures', labels: ['Design'], who: ['mira'] },
  {
    status: 'todo',
    title: 'Refunds go back to the card they came from',
    labels: ['Booking'],
    priority: 'urgent',
    due: 2,
    who: ['tomas'],
  },
  { status: 'todo', title: 'Write the accessibility statement', labels: ['Content'], due: 12, who: ['ada'] },
  { status: 'todo', title: 'Search piers by their old names', priority: 'medium' },
  { status: 'todo', title: 'Bicycles need a ticket of their own', labels: ['Booking'], due: 20 },
  { status: 'todo', title: 'Push messages when a ferry is late', priority: 'medium', who: ['ben'] },
  {
    status: 'todo',
    title: 'Photos of every pier, taken in good weather',
    labels: ['Content'],
    who: ['mira'],
  },
  { status: 'todo', title: 'Gift vouchers', labels: ['Booking', 'Design'], priority: 'low' },
  {
    status: 'in_progress',
    title: 'Seat map that works with one thumb',
    labels: ['Design', 'Booking'],
    priority: 'high',
    due: 1,
    who: ['mira', 'ben'],
  },
  {
    status: 'in_progress',
    title: 'Departures load in under a second on 3G',
    labels: ['Performance'],
    priority: 'high',
    who: ['tomas'],
  },
  { status: 'in_progress', title: 'Winter timetable', labels: ['Content'], due: -1, who: ['ada'] },
  {
    status: 'in_progress',
    title: 'Payment hangs when the bank asks twice',
    labels: ['Bug', 'Booking'],
    priority: 'urgent',
    due: 0,
    who: ['ben'],
  },
  {
    status: 'in_progress',
    title: 'Danish and Polish',
    labels: ['Content'],
    priority: 'low',
    who: ['ada', 'tomas'],
  },
  { status: 'in_progress', title: 'Timetables as calendar feeds', labels: ['Booking'], who: ['tomas'] },
  {
    status: 'in_review',
    title: 'Tickets open without a network',
    labels: ['Performance'],
    priority: 'medium',
    who: ['tomas'],
  },
  { status: 'in_review', title: 'Contrast of the tide table', labels: ['Design', 'Bug'], who: ['mira'] },
  {
    status: 'in_review',
    title: 'Prices show the currency of the visitor',
    labels: ['Booking'],
    due: 3,
    who: ['ben', 'ada'],
  },
  {
    status: 'in_review',
    title: 'Half the data for the map of the harbour',
    labels: ['Performance'],
    who: ['tomas'],
  },
  { status: 'done', title: 'One address for all harbours', labels: ['Content'], who: ['ada'] },
  { status: 'done', title: 'New ferry pictograms', labels: ['Design'], who: ['mira'] },
  {
    status: 'done',
    title: 'Cancelled departures stay in the list',
    labels: ['Bug'],
    priority: 'high',
    who: ['tomas'],
  },
  { status: 'done', title: 'Log-in by e-mail link', who: ['ben'] },
  { status: 'done', title: 'Children under six travel free', labels: ['Booking'], who: ['ben'] },
  {
    status: 'done',
    title: 'Receipts with the tax of every country',
    labels: ['Booking'],
    who: ['ada', 'ben'],
  },
  { status: 'done', title: 'Sea state in the list of departures', labels: ['Design'], who: ['mira'] },
  {
    status: 'done',
    title: 'Clocks that change in the night of a crossing',
    labels: ['Bug'],
    priority: 'urgent',
    who: ['tomas'],
  },
];

const DESCRIPTION = `People book standing at the pier, phone in one hand, ticket machine in the other.
The seat map must work **with one thumb** and in bright sun.

- Seats at least 44 px, decks switched by swiping
- Prams and wheelchairs are places too, not remarks
- Nobody loses a chosen seat while they pay

Sketches: [three ways to show two decks](https://example.com/sketches)`;

/** A workspace of four people with a board that looks like one in use. */
export async function aShowcase(gantry: TestGantry): Promise<Showcase> {
  const person = (first_name: string, last_name: string) =>
    gantry.signUp({
      first_name,
      last_name,
      email: `${first_name.toLowerCase()}@harbour.example`,
      workspace_name: 'Harbour',
    });
  const [ada, ben, mira, tomas] = await Promise.all([
    person('Ada', 'Lang'),
    person('Ben', 'Okoro'),
    person('Mira', 'Sato'),
    person('Tomas', 'Vega'),
  ]);
  const people = { ada, ben, mira, tomas };
  for (const one of [ben, mira, tomas])
    await gantry.addToWorkspace(ada, one, one === mira ? 'admin' : 'member');
  const make = (name: string, key: string) =>
    ada.api.createProject({ body: { workspace_id: ada.workspace.id, name, key } });
  const project = await make('Ferry booking', 'FRY');
  await make('Harbour website', 'WEB');
  await make('Ticket machines', 'TKT');
  const params = { project_id: project.id };
  const { data: statuses } = await ada.api.listStatuses({ params, query: {} });
  for (const { id, key } of statuses)
    if (key === 'backlog' || key === 'canceled')
      await ada.api.deleteStatus({ params: { ...params, status_id: id }, query: {} });
  const labels = new Map<string, string>();
  for (const [name, color] of Object.entries(LABELS))
    labels.set(name, (await ada.api.createLabel({ params, body: { name, color } })).id);

  let rich = '';
  for (const card of CARDS) {
    const isRich = card.title.startsWith('Seat map');
    const task = await ada.api.createTask({
      params,
      body: {
        title: card.title,
        status: card.status,
        priority: card.priority ?? 'none',
        label_ids: (card.labels ?? []).map((name) => labels.get(name) ?? ''),
        assignee_ids: (card.who ?? []).map((who) => people[who].user.id),
        due_date: card.due === undefined ? null : dayFromNow(card.due),
        ...(isRich && { description: DESCRIPTION }),
      },
    });
    if (!isRich) continue;
    rich = task.key;
    const steps = [
      ['Measure thumbs: which seats are hard to hit', 'done'],
      ['Two decks on one screen', 'in_progress'],
      ['Places for prams and wheelchairs', 'todo'],
    ] as const;
    for (const [title, status] of steps)
      await mira.api.createTask({ params, body: { title, status, parent_id: task.id } });
    const comments = [
      [ben, 'The swipe between decks feels right. On small phones the **legend** covers the last row.'],
      [mira, 'Moved it below the deck. Could you try again on the ferry itself?'],
    ] as const;
    for (const [who, content] of comments)
      await who.api.addComment({ params: { task_id: task.id }, body: { content } });
    await ben.api.updateTask({ params: { task_id: task.id }, body: { priority: 'urgent' } });
    await ben.api.updateTask({ params: { task_id: task.id }, body: { priority: 'high' } });
  }
  return { ada, ben, project, rich };
}

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
