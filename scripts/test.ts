import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopSignal } from './signals.ts';
import { formatSeconds, repository, runTool, say } from './tools.ts';
import { buildWebWhenStale } from './web-build.ts';

const checks = ['format', 'lint', 'types', 'borders', 'generated'];
const projects = ['unit', 'journeys', 'browser', 'faults', 'fuzz', 'soak'];

const help = `npm test [-- PROJECT…] [--long]     PROJECT: ${projects.join(', ')}, or "tests" for all of them

  Without a name: ${checks.join(', ')}, then every project, faults, fuzz and soak in their short form.
  --long     the long form (faults, fuzz, soak)
`;

type Counts = { passed: number; failed: number; skipped: number };
type Outcome = Counts & { name: string; seconds: number; skippedNames: string[]; failedNames: string[] };

type VitestReport = {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
};

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const long = process.argv.includes('--long');

onStopSignal(() => process.exit(130), say);
if (process.argv.includes('--help')) say(help);
else await main();

async function main(): Promise<void> {
  const chosen = choose();
  const outcomes: Outcome[] = [];
  for (const name of chosen.checks) outcomes.push(await runCheck(name));
  for (const name of chosen.projects) outcomes.push(await runProject(name));
  report(outcomes);
}

function choose(): { checks: string[]; projects: string[] } {
  if (names.length === 0) return { checks, projects };
  if (names.includes('tests')) return { checks: [], projects };
  const unknown = names.filter((name) => !projects.includes(name));
  if (unknown.length === 0) return { checks: [], projects: projects.filter((name) => names.includes(name)) };
  process.stderr.write(`There is no test project called ${unknown.join(', ')}.\n\n${help}`);
  process.exit(2);
}

/** A check counts as one test. */
async function runCheck(name: string): Promise<Outcome> {
  const began = Date.now();
  say(`\n── ${name}`);
  const ok = await runTool('node', [join(repository, 'scripts/check.ts'), name]);
  return {
    name,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
    skippedNames: [],
    failedNames: ok ? [] : [name],
    seconds: (Date.now() - began) / 1000,
  };
}

async function runProject(name: string): Promise<Outcome> {
  const began = Date.now();
  say(`\n── ${name}${long ? ' (long form)' : ''}`);
  const folder = join(repository, 'test-results');
  const file = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  await rm(file, { force: true });
  let ok = await webIsReady(name);
  if (ok) {
    ok = await runTool(
      'vitest',
      ['run', `--project=${name}`, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      { GANTRY_TEST_LONG: long ? '1' : '0', FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    );
  }
  const outcome = { name, seconds: (Date.now() - began) / 1000, ...(await readReport(file)) };
  if (ok && outcome.passed + outcome.failed + outcome.skipped === 0) {
    return { ...outcome, skipped: 1, skippedNames: [`${name}: there are no such tests yet`] };
  }
  // Vitest fails for more than failed tests: an error outside of any, a set-up that did not work.
  if (!ok && outcome.failed === 0) {
    return { ...outcome, failed: 1, failedNames: [`${name}: the run itself failed, see above`] };
  }
  return outcome;
}

/** Tests in the browser need the app as it is now. */
async function webIsReady(project: string): Promise<boolean> {
  if (project !== 'browser' && project !== 'journeys') return true;
  try {
    await buildWebWhenStale({ say });
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}

async function readReport(file: string): Promise<Counts & { skippedNames: string[]; failedNames: string[] }> {
  const none = { passed: 0, failed: 0, skipped: 0, skippedNames: [], failedNames: [] };
  if (!existsSync(file)) return none;
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const tests = testResults.flatMap((result) => {
    // A file that could not even be loaded has no tests to fail.
    const broken =
      result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed');
    const own = broken ? [{ fullName: '(the file itself)', status: 'failed' }] : [];
    return [...own, ...result.assertionResults].map((test) => ({
      name: `${result.name.replace(`${repository}/`, '')} > ${test.fullName}`,
      status: test.status,
    }));
  });
  const failedNames = tests.filter((test) => test.status === 'failed').map((test) => test.name);
  const skippedNames = tests
    .filter((test) => !['passed', 'failed'].includes(test.status))
    .map((test) => test.name);
  const passed = tests.length - failedNames.length - skippedNames.length;
  return { passed, failed: failedNames.length, skipped: skippedNames.length, skippedNames, failedNames };
}

function report(outcomes: Outcome[]): void {
  say('');
  for (const { name, passed, failed, skipped, seconds } of outcomes) {
    const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
    say(`${failed === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${formatSeconds(seconds)}   ${counts}`);
  }
  list(
    'Skipped:',
    outcomes.flatMap((outcome) => outcome.skippedNames),
  );
  list(
    'Failed:',
    outcomes.flatMap((outcome) => outcome.failedNames),
  );
  const sum = (key: keyof Counts): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  say(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}

function list(title: string, lines: string[]): void {
  if (lines.length === 0) return;
  say(`\n${title}`);
  for (const line of lines) say(`  ${line}`);
}
