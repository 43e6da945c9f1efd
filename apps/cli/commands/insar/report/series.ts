/** Time series of the pixels that a report shows: fastest towards, fastest away, median. @module */
import type { StackQc } from './qc-file.js';

export interface PixelSeries {
  readonly label: string;
  readonly row: number;
  readonly column: number;
  readonly velocity: number;
  /** At the epochs of the stack, mm. */
  readonly values: readonly number[];
}

/** Reads the epochs that were written. */
export async function seriesOf(
  qc: StackQc,
  velocity: Float32Array,
  readMap: (name: string) => Promise<{ readonly values: Float32Array }>,
): Promise<PixelSeries[]> {
  const solved = [...velocity.keys()].filter((i) => !Number.isNaN(velocity[i] as number));
  solved.sort((a, b) => (velocity[a] as number) - (velocity[b] as number));
  const chosen = [
    ['fastest away', solved[0]],
    ['median', solved[solved.length >> 1]],
    ['fastest towards', solved.at(-1)],
  ] as const;
  const values = chosen.map((): number[] => []);
  for (const date of qc.epochs) {
    const name = `series/displacement-${date.replaceAll('-', '')}.tif`;
    const { values: grid } = await readMap(name);
    chosen.forEach(([, pixel], k) => values[k]?.push(grid[pixel ?? 0] as number));
  }
  return chosen.flatMap(([label, pixel], k) =>
    pixel === undefined
      ? []
      : [
          {
            label,
            row: Math.floor(pixel / qc.columns),
            column: pixel % qc.columns,
            velocity: velocity[pixel] as number,
            values: values[k] as number[],
          },
        ],
  );
}
