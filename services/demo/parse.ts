import type { Priority } from '@gantry/contracts/tasks';

export interface DemoTask {
  status: string;
  priority: Priority;
  labels: string[];
  people: string[];
  /** Days from today; null: no due date. */
  due: number | null;
  title: string;
  description: string;
  comments: { person: string; content: string }[];
}

/** Tasks of a demo project, in order; the lines are explained in content.ts. */
export function parseTasks(text: string): DemoTask[] {
  const tasks: DemoTask[] = [];
  for (const line of text.split('\n').filter((l) => l.trim() !== '')) {
    const comment = /^> (\w+): (.+)$/.exec(line);
    if (comment) tasks.at(-1)?.comments.push({ person: comment[1] as string, content: comment[2] as string });
    else tasks.push(parseTask(line));
  }
  return tasks;
}

function parseTask(line: string): DemoTask {
  const parts = line.split('|').map((part) => part.trim());
  const [status = '', priority = 'none', labels = '', people = '', due = '', text = ''] = parts;
  const [title = '', description = ''] = text.split(' :: ');
  const words = (list: string) => list.split(',').filter(Boolean);
  return {
    status,
    priority: priority as Priority,
    labels: words(labels),
    people: words(people),
    due: due === '' ? null : Number(due),
    title,
    description,
    comments: [],
  };
}
