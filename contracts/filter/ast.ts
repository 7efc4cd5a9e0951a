/** The shape of a parsed filter. Positions are UTF-16 offsets into the text, `to` exclusive. */

/** Stated limits of a filter: characters of text, terms, and depth of parentheses and `-`. */
export const FILTER_LIMITS = { characters: 2_000, terms: 50, depth: 10 } as const;

export interface Span {
  from: number;
  to: number;
}

/** `:` is "is" or "contains"; the others compare in the order of the field. */
export type FilterOperator = ':' | '<' | '<=' | '>' | '>=';

export interface FilterValue extends Span {
  op: FilterOperator;
  text: string;
  /** Last value of a range `text..end`, both included. */
  end?: string;
  /** Written in quotes where that matters: a name, not a word of the language such as `none` or `me`. */
  exact?: true;
}

/** `field:value,value`: true if one of the values is. `field` is the canonical name. */
export interface FilterTerm extends Span {
  type: 'term';
  field: string;
  values: FilterValue[];
}

/** Free words: a part of the title, or a task key. */
export interface FilterText extends Span {
  type: 'text';
  text: string;
}

export interface FilterNot extends Span {
  type: 'not';
  item: FilterNode;
}

/** All of the items. The empty filter is one without items: everything. */
export interface FilterAnd extends Span {
  type: 'and';
  items: FilterNode[];
}

export interface FilterOr extends Span {
  type: 'or';
  items: FilterNode[];
}

export type FilterNode = FilterTerm | FilterText | FilterNot | FilterAnd | FilterOr;

export interface FilterSort extends Span {
  field: string;
  descending: boolean;
}

export type FilterErrorCode =
  | 'too_long'
  | 'too_many_terms'
  | 'too_deep'
  | 'unclosed_quote'
  | 'unclosed_parenthesis'
  | 'unexpected_parenthesis'
  | 'empty_group'
  | 'lonely_or'
  | 'unknown_field'
  | 'unknown_operator'
  | 'missing_value'
  | 'bad_value'
  | 'unknown_value'
  | 'reversed_range'
  | 'future_value'
  | 'misplaced_sort'
  | 'not_yet';

export interface FilterError extends Span {
  code: FilterErrorCode;
  /** A sentence that says what to do. */
  message: string;
  /** Text that, put at `from`..`to`, is likely what was meant. */
  suggestion?: string;
}

export interface ParsedFilter {
  /** What could be understood; terms with an error are left out. */
  ast: FilterNode;
  sort: FilterSort[];
  errors: FilterError[];
}
