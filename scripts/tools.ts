import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '..');

const modules = join(repository, 'node_modules');

/** Programs by their file, so that neither PATH nor the platform's way of linking them matters. */
const tools: Record<string, string[]> = {
  node: [],
  biome: [join(modules, '@biomejs/biome/bin/biome')],
  tsc: [join(modules, 'typescript/bin/tsc')],
  vitest: [join(modules, 'vitest/vitest.mjs')],
};

/**
 * Runs one of our tools with the Node that runs us, its output shown as it comes. Resolves true when it succeeded.
 * It ends with us, whatever ends us.
 */
export function runTool(
  name: keyof typeof tools,
  args: string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [...(tools[name] ?? []), ...args], {
      cwd: repository,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const endWithUs = (): void => {
      child.kill('SIGTERM');
    };
    process.on('exit', endWithUs);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('exit', endWithUs);
      done(code === 0);
    });
  });
}

export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`.padStart(8);
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
