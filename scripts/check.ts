import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkBorders } from './borders.ts';
import { onStopSignal } from './signals.ts';
import { formatSeconds, repository, runTool, say } from './tools.ts';

type Check = { name: string; run(): Promise<boolean> };

const help = `npm run check [-- NAME…] [--write]     NAME: format, lint, types, borders, generated, tests (default: all)

  --write    mends what can be mended (format, lint, generated)
`;

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const write = process.argv.includes('--write');

const checks: Check[] = [
  {
    name: 'format',
    run: () => runTool('biome', ['format', ...(write ? ['--write'] : []), '--reporter=summary', repository]),
  },
  {
    name: 'lint',
    run: () => runTool('biome', ['lint', ...(write ? ['--write'] : []), '--error-on-warnings', repository]),
  },
  { name: 'types', run: checkTypes },
  { name: 'borders', run: bordersAreRespected },
  { name: 'generated', run: checkGenerated },
  { name: 'tests', run: () => runTool('node', [join(repository, 'scripts/test.ts'), 'tests']) },
];

onStopSignal(() => process.exit(130), say);
if (process.argv.includes('--help')) say(help);
else await main();

async function main(): Promise<void> {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no check called ${unknown.join(', ')}.\n\n${help}`);
    process.exit(2);
  }
  const chosen = names.length === 0 ? checks : checks.filter((check) => names.includes(check.name));
  const results: { name: string; ok: boolean; seconds: number }[] = [];
  for (const check of chosen) {
    const began = Date.now();
    const ok = await check.run();
    results.push({ name: check.name, ok, seconds: (Date.now() - began) / 1000 });
  }
  say('');
  for (const { name, ok, seconds } of results) {
    say(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${formatSeconds(seconds)}`);
  }
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
}

async function checkTypes(): Promise<boolean> {
  const server = await runTool('tsc', ['-p', join(repository, 'tsconfig.json')]);
  const hasWeb = existsSync(join(repository, 'web', 'src'));
  const web = !hasWeb || (await runTool('tsc', ['-p', join(repository, 'web', 'tsconfig.json')]));
  return server && web;
}

async function bordersAreRespected(): Promise<boolean> {
  const faults = await checkBorders(repository);
  for (const { file, line, message } of faults) say(`${file}:${line}  ${message}`);
  return faults.length === 0;
}

/** The generators themselves say whether what they wrote last is still true. */
async function checkGenerated(): Promise<boolean> {
  const generator = join(repository, 'scripts', 'generate.ts');
  return !existsSync(generator) || runTool('node', [generator, ...(write ? [] : ['--check'])]);
}
