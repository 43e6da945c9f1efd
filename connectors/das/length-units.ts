/** Units of length by the words that vendors write, in metres. @module */

const METRES: ReadonlyMap<string, number> = new Map([
  ['m', 1],
  ['meter', 1],
  ['meters', 1],
  ['metre', 1],
  ['metres', 1],
  ['cm', 0.01],
  ['km', 1000],
  ['ft', 0.3048],
  ['foot', 0.3048],
  ['feet', 0.3048],
]);

/** Metres in the unit, upper or lower case; undefined for a text that is no unit of length. */
export function metresIn(unit: string): number | undefined {
  return METRES.get(unit.trim().toLowerCase());
}
