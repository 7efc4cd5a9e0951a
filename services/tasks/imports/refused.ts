/** The file cannot be imported; `code` is one of the contract's import errors, the message says what is wrong. */
export class ImportRefused extends Error {
  readonly code: 'import_not_json' | 'import_not_trello' | 'import_too_large';
  constructor(code: ImportRefused['code'], message: string) {
    super(message);
    this.name = 'ImportRefused';
    this.code = code;
  }
}
