/** What the felt-report form says in one language. @module */

/** Options stand in the order of the answers 0, 1, 2 ... of `core/felt-answers.ts`. */
export interface FeltWords {
  /** BCP 47. */
  readonly code: string;
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  readonly title: string;
  readonly intro: string;
  readonly privacy: string;
  readonly languageLabel: string;
  readonly when: { readonly label: string; readonly options: readonly string[] };
  readonly place: {
    readonly label: string;
    readonly hint: string;
    readonly latitude: string;
    readonly longitude: string;
    readonly locate: string;
  };
  readonly felt: Question;
  /** Options from "nobody else was there" on. */
  readonly otherFelt: Question;
  readonly motion: Question;
  readonly reaction: Question;
  readonly stand: Question;
  readonly shelf: Question;
  readonly picture: Question;
  readonly furniture: Question;
  /** Options in the order of DAMAGE_TOKENS. */
  readonly damage: Question;
  readonly noAnswer: string;
  readonly send: string;
  readonly again: string;
  readonly thanks: string;
  /** `{cdi}` and `{level}` are replaced. */
  readonly result: string;
  readonly resultNote: string;
  /** Levels I to X of intensity in a word or two; the first is "not felt". */
  readonly levels: readonly string[];
  readonly problem: string;
  readonly refused: Readonly<Record<RefusalKind, string>>;
}

export interface Question {
  readonly label: string;
  readonly options: readonly string[];
}

/** Why an answer was not taken, as far as it concerns the one who gave it. */
export type RefusalKind = 'felt' | 'place' | 'answers' | 'expired' | 'repeated' | 'many';
