/** Configuration: declared per service, parsed once from the environment, all faults reported together. */

interface Field<T> {
  doc: string;
  default?: T;
  /** Never printed. */
  secret?: boolean;
}
export type ConfigField =
  | ({ type: 'string' } & Field<string>)
  | ({ type: 'integer'; min?: number; max?: number } & Field<number>)
  | ({ type: 'boolean' } & Field<boolean>)
  | ({ type: 'url' } & Field<string>)
  | ({ type: 'enum'; values: readonly string[] } & Field<string>);

export type ConfigSpec = Record<string, ConfigField>;

type ValueOf<F extends ConfigField> = F['type'] extends 'integer'
  ? number
  : F['type'] extends 'boolean'
    ? boolean
    : string;
export type ConfigOf<S extends ConfigSpec> = {
  [K in keyof S]: S[K] extends { default: unknown } ? ValueOf<S[K]> : ValueOf<S[K]> | undefined;
};

export type Env = Record<string, string | undefined>;

/** Declares what a service reads from the environment. */
export function defineConfig<const S extends ConfigSpec>(spec: S): S {
  return spec;
}

/** Thrown with every fault at once; its message is ready to print. */
export class ConfigError extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Parses the environment by these specs. Throws ConfigError naming every fault of all of them. */
export function readConfig<S extends ConfigSpec>(spec: S, env: Env): ConfigOf<S> {
  const faults: string[] = [];
  const out: Record<string, unknown> = {};
  for (const [name, f] of Object.entries(spec)) {
    const text = env[name]?.trim();
    if (text === undefined || text === '') {
      out[name] = f.default;
      continue;
    }
    const value = parseField(f, text);
    if (value === undefined)
      faults.push(`${name}=${f.secret ? '…' : JSON.stringify(text)} is not ${wanted(f)} (${f.doc})`);
    else out[name] = value;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return out as ConfigOf<S>;
}

function parseField(f: ConfigField, text: string): unknown {
  switch (f.type) {
    case 'string':
      return text;
    case 'integer': {
      const n = Number(text);
      return Number.isSafeInteger(n) &&
        n >= (f.min ?? Number.MIN_SAFE_INTEGER) &&
        n <= (f.max ?? Number.MAX_SAFE_INTEGER)
        ? n
        : undefined;
    }
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;
    case 'url':
      return URL.canParse(text) ? text : undefined;
    case 'enum':
      return f.values.includes(text) ? text : undefined;
  }
}

function wanted(f: ConfigField): string {
  if (f.type === 'integer')
    return `a whole number${f.min !== undefined ? ` from ${f.min}` : ''}${f.max !== undefined ? ` to ${f.max}` : ''}`;
  if (f.type === 'boolean') return 'true or false';
  if (f.type === 'url') return 'an address (URL)';
  if (f.type === 'enum') return `one of ${f.values.join(', ')}`;
  return 'text';
}

/** What every process reads, whatever services it runs. */
export const platformConfig = defineConfig({
  PORT: {
    type: 'integer',
    min: 0,
    max: 65_535,
    default: 3000,
    doc: 'Port of the public listener; 0 for any free one.',
  },
  HOST: { type: 'string', default: '0.0.0.0', doc: 'Address to listen on.' },
  INTERNAL_PORT: {
    type: 'integer',
    min: 0,
    max: 65_535,
    doc: 'Port for calls between services, when the gateway shares this process.',
  },
  PUBLIC_URL: { type: 'url', doc: 'Address people use; from PORT if left out.' },
  SERVICES: { type: 'string', default: 'all', doc: 'Services this process runs, comma-separated, or all.' },
  DATABASE_URL: { type: 'url', secret: true, doc: 'PostgreSQL 18 or newer; embedded if left out.' },
  GANTRY_DATA: { type: 'string', default: '.gantry', doc: 'Folder for everything kept on disk.' },
  GANTRY_SECRET: {
    type: 'string',
    secret: true,
    doc: 'Secret shared by all processes; made and kept in GANTRY_DATA if left out.',
  },
  LOG_LEVEL: {
    type: 'enum',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    doc: 'Least level that is logged.',
  },
  METRICS_TOKEN: {
    type: 'string',
    secret: true,
    doc: 'Bearer token for /metrics from other machines; this machine needs none.',
  },
  USERS_URL: { type: 'url', doc: 'Where the users service is, when it runs elsewhere.' },
  PROJECTS_URL: { type: 'url', doc: 'Where the projects service is, when it runs elsewhere.' },
  TASKS_URL: { type: 'url', doc: 'Where the tasks service is, when it runs elsewhere.' },
  NOTIFICATIONS_URL: { type: 'url', doc: 'Where the notifications service is, when it runs elsewhere.' },
});
export type PlatformConfig = ConfigOf<typeof platformConfig>;
