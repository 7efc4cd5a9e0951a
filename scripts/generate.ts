import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ConfigField, type ConfigSpec, platformConfig } from '@gantry/kit';
import { allServices } from '../services/main.ts';

// Files made from declarations in code: `npm run check -- generated` says when one is out of date, `--write` mends it.
const repository = resolve(import.meta.dirname, '..');

interface Group {
  name: string;
  spec: ConfigSpec;
}

const groups: Group[] = [
  { name: 'every process', spec: platformConfig },
  ...allServices.map(({ name, config }) => ({ name, spec: config })),
].filter(({ spec }) => Object.keys(spec).length > 0);

const files: Record<string, string> = {
  '.env.example': envExample(),
  'docs/configuration.md': configurationPage(),
};

const check = process.argv.includes('--check');
for (const [path, text] of Object.entries(files)) {
  const file = join(repository, path);
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  if (check) {
    process.stderr.write(`${path} is out of date: npm run check -- generated --write\n`);
    process.exitCode = 1;
  } else {
    await writeFile(file, text);
    process.stdout.write(`${path} written\n`);
  }
}

/** Every variable with its default, commented out: nothing has to be set. */
function envExample(): string {
  const lines = [
    '# Every variable Gantry reads. Nothing has to be set; what is commented out shows the default.',
    '',
  ];
  for (const { name, spec } of groups) {
    lines.push(`# --- ${name} ---`);
    for (const [variable, field] of Object.entries(spec))
      lines.push(`# ${field.doc} (${kindOf(field)})`, `#${variable}=${field.default ?? ''}`);
    lines.push('');
  }
  return lines.join('\n');
}

function configurationPage(): string {
  const lines = [
    '# Configuration',
    '',
    'Made from the declarations in code by `npm run check -- generated --write`; do not edit.',
    'Variables are read from the environment, all at once at the start; every fault is named, then nothing starts.',
    'A service may have a database of its own: `<NAME>_DATABASE_URL`.',
  ];
  for (const { name, spec } of groups) {
    lines.push('', `## ${name}`, '', '| variable | kind | default | what |', '|---|---|---|---|');
    for (const [variable, field] of Object.entries(spec))
      lines.push(
        `| \`${variable}\` | ${kindOf(field)} | ${field.default === undefined ? '' : `\`${field.default}\``} | ${field.doc} |`,
      );
  }
  return `${lines.join('\n')}\n`;
}

function kindOf(field: ConfigField): string {
  const kind =
    field.type === 'enum' ? field.values.join(', ') : field.type === 'integer' ? 'whole number' : field.type;
  return field.secret ? `${kind}, secret` : kind;
}
