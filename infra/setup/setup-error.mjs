/** An expected set-up failure: what is wrong in one line, and what the reader can do. @module */

/** Thrown by steps; printed as one line with its remedy, without a stack. */
export class SetupError extends Error {
  /** @param {string} message @param {string} remedy what to do, as an imperative sentence */
  constructor(message, remedy) {
    super(message);
    this.name = 'SetupError';
    this.remedy = remedy;
  }
}
