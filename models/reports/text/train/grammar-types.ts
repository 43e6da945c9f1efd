/** What a language's grammar of posts consists of. @module */
export interface LanguageGrammar {
  /** ISO 639-1. */
  readonly language: string;
  readonly places: readonly string[];
  /** Said before or after anything, felt or not. */
  readonly openers: readonly string[];
  readonly tails: readonly string[];
  /** Posts of somebody who feels, or just felt, shaking. `{p}` is a place. */
  readonly felt: readonly string[];
  /** News, jokes, games, metaphors, memories, drills, sympathy. */
  readonly other: readonly string[];
}
