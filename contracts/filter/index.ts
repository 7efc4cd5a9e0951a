/** The filter language: one parser, one meaning. docs/filters.md is for the people who write filters. */
export * from './ast.ts';
export { type Completion, type Completions, completeFilter } from './complete.ts';
export { isTimeZone } from './dates.ts';
export {
  type FilterColumn,
  type FilterField,
  type FilterWord,
  findField,
  SORT_FIELDS,
  TASK_FIELDS,
} from './fields.ts';
export {
  compareTasks,
  compileFilter,
  type FilterableTask,
  matchesFilter,
  type TaskMatcher,
} from './match.ts';
export { parseFilter } from './parse.ts';
export { hasTerm, printFilter, type TermSpec, withoutTerm, withTerm } from './print.ts';
export {
  checkFilter,
  type FilterContext,
  type FilterTest,
  resolveFilter,
  resolveSort,
  type SortTest,
} from './resolve.ts';
export { compareText, fold, lower } from './text.ts';
export { quoteValue } from './values.ts';
