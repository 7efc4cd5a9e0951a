import pg from 'pg';

type Parser = (text: string) => unknown;
type Row = Record<string, unknown>;
type Callback = (error: Error | null, rows: Row[]) => void;

/** What the columns of a statement are called and how their text becomes values, as a connection said once. */
interface RowShape {
  names: string[];
  parsers: Parser[];
  empty: Row;
}

/** What the driver's queries use of a connection; it has no types for this. */
interface Connection {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string | undefined>;
  submittedNamedStatements: Record<string, string | undefined>;
  parse(what: object): void;
  bind(what: object): void;
  describe(what: object): void;
  execute(what: object): void;
  sync(): void;
}

const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils;
const shapes = new WeakMap<object, Map<string, RowShape>>();

/** The driver's own constructor copies its input and prepares events that nobody here listens to. */
function bareQuery(): void {}
bareQuery.prototype = pg.Query.prototype;
const BareQuery = bareQuery as unknown as new () => object;

/**
 * A named statement run as the driver runs it, except that the server describes its columns only once for each
 * connection: for one row that description is half of the answer. They cannot change behind our back: the server
 * refuses a plan whose columns have changed (see isStalePlan).
 */
class PreparedQuery extends BareQuery {
  // Set, not defined by field syntax: the driver reads them, and so does its prototype's code.
  name: string;
  text: string;
  values: readonly unknown[];
  callback: Callback;
  #parserFor: (oid: number) => Parser;
  #shape: RowShape | undefined;
  #found: Row[] = [];
  #connection: Connection | undefined;
  #fault: Error | undefined;

  constructor(
    statement: { name: string; text: string },
    values: readonly unknown[],
    parserFor: (oid: number) => Parser,
    callback: Callback,
  ) {
    super();
    this.name = statement.name;
    this.text = statement.text;
    this.values = values;
    this.callback = callback;
    this.#parserFor = parserFor;
  }

  submit(connection: Connection): Error | null {
    const { name, text } = this;
    const known = connection.parsedStatements[name] ?? connection.submittedNamedStatements[name];
    if (known !== undefined && known !== text)
      return new Error(`two statements are called ${name}; a name belongs to one text`);
    this.#connection = connection;
    this.#shape = shapes.get(connection)?.get(name);
    connection.stream.cork();
    try {
      if (known === undefined) {
        connection.parse({ name, text });
        connection.submittedNamedStatements[name] = text;
      }
      try {
        connection.bind({ statement: name, values: this.values, valueMapper: prepareValue });
      } catch (error) {
        // Nothing was bound; the answer to this sync ends the query with the fault.
        this.#fault = error as Error;
        connection.sync();
        return null;
      }
      if (this.#shape === undefined) connection.describe({ type: 'P', name: '' });
      connection.execute({});
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const shape: RowShape = {
      names: fields.map((field) => field.name),
      parsers: fields.map((field) => this.#parserFor(field.dataTypeID)),
      empty: Object.fromEntries(fields.map((field) => [field.name, null])),
    };
    this.#shape = shape;
    const connection = this.#connection as Connection;
    const known = shapes.get(connection) ?? new Map<string, RowShape>();
    shapes.set(connection, known.set(this.name, shape));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.#fault) return;
    const { names, parsers, empty } = this.#shape as RowShape;
    const row = { ...empty };
    try {
      for (let i = 0; i < fields.length; i++) {
        const text = fields[i] as string | null;
        if (text !== null) row[names[i] as string] = (parsers[i] as Parser)(text);
      }
    } catch (error) {
      this.#fault = error as Error;
    }
    this.#found.push(row);
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  handleError(error: Error): void {
    this.callback(error, []);
  }

  handleReadyForQuery(): void {
    if (this.#fault) this.callback(this.#fault, []);
    else this.callback(null, this.#found);
  }
}

/** Rows of a named statement on this connection; it may be sent behind others that are not answered yet. */
export function runPrepared<Row>(
  client: pg.ClientBase,
  statement: { name: string; text: string },
  values: readonly unknown[],
  parserFor: (oid: number) => Parser,
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const query = new PreparedQuery(statement, values, parserFor, (error, rows) => {
      if (error) reject(error);
      else resolve(rows as Row[]);
    });
    client.query(query as unknown as pg.Submittable);
  });
}
