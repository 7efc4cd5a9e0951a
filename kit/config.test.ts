import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig, type Env, readConfig } from './config.ts';
import { readAllConfig, selectServices } from './runtime.ts';
import { notesService } from './testing/index.ts';

const spec = defineConfig({
  A_PORT: { type: 'integer', min: 1, max: 10, default: 3, doc: 'A port.' },
  A_URL: { type: 'url', doc: 'An address.' },
  A_FLAG: { type: 'boolean', default: false, doc: 'A flag.' },
  A_MODE: { type: 'enum', values: ['x', 'y'], default: 'x', doc: 'A mode.' },
  A_KEY: { type: 'integer', secret: true, doc: 'A secret.' },
});

function faultsOf(env: Env): string[] {
  try {
    readConfig(spec, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('configuration', () => {
  it('has its defaults, and takes an empty variable for one that is not there', () => {
    expect(readConfig(spec, { A_PORT: '', A_MODE: ' ' })).toEqual({
      A_PORT: 3,
      A_URL: undefined,
      A_FLAG: false,
      A_MODE: 'x',
      A_KEY: undefined,
    });
  });

  it('is read with its types', () => {
    expect(
      readConfig(spec, { A_PORT: ' 7 ', A_URL: 'http://x', A_FLAG: '1', A_MODE: 'y', A_KEY: '5' }),
    ).toEqual({
      A_PORT: 7,
      A_URL: 'http://x',
      A_FLAG: true,
      A_MODE: 'y',
      A_KEY: 5,
    });
  });

  it('reports every fault at once, each with what is wanted, and never a secret', () => {
    const faults = faultsOf({
      A_PORT: '11',
      A_URL: 'nowhere',
      A_FLAG: 'maybe',
      A_MODE: 'z',
      A_KEY: 'hunter2',
    });
    expect(faults).toHaveLength(5);
    expect(faults[0]).toBe('A_PORT="11" is not a whole number from 1 to 10 (A port.)');
    expect(faults.join('\n')).not.toContain('hunter2');
    expect(faultsOf({ A_PORT: '1.5' })).toHaveLength(1);
    expect(faultsOf({ A_PORT: '1e400' })).toHaveLength(1);
  });

  it('of the platform and its services is reported together', () => {
    const odd = { ...notesService(), config: spec };
    expect(() => readAllConfig([odd], { PORT: 'x', A_PORT: 'y', LOG_LEVEL: 'loud' })).toThrow(/3 faults/);
  });

  it('names the services there are when SERVICES names another', () => {
    expect(() => selectServices([notesService()], 'notes,ghosts')).toThrow(
      /ghosts, which is no service.*notes/,
    );
  });
});
