/**
 * The out-of-distribution flag on windows unlike the training's. Prints JSON. Run:
 * `node --import tsx bench/das/picker/odd-windows.ts [WINDOWS] [WEIGHTS_DIR]`.
 * @module
 */
import { outOfDistribution } from '../../../models/das/picker/out-of-distribution.js';
import { oddFeatures } from '../../../models/das/picker/train/calibrate.js';
import { ODD_KINDS } from '../../../models/das/picker/train/odd-window.js';
import { readPicker } from '../../../models/das/picker/weights-file.js';

/** Seeds that no fit has seen. */
const SEED = 2_050_000_000;
const [windows = '150', dir] = process.argv.slice(2);
const { reference } = readPicker(dir).file;
const scores = oddFeatures(SEED, Number(windows)).map(({ kind, features }) => ({
  kind,
  score: outOfDistribution(features, reference).score,
}));

/** Area under the receiver operating curve of the scores against those of sound windows. */
function areaUnderCurve(inside: readonly number[], outside: readonly number[]): number {
  let wins = 0;
  for (const o of outside) for (const i of inside) wins += o > i ? 1 : o === i ? 0.5 : 0;
  return wins / (inside.length * outside.length);
}

const of = (kind: string): number[] => scores.filter((s) => s.kind === kind).map((s) => s.score);
const table = ODD_KINDS.map((kind) => {
  const own = of(kind).sort((a, b) => a - b);
  return [
    kind,
    {
      windows: own.length,
      flagged: own.filter((x) => x > 1).length / own.length,
      medianScore: own[own.length >> 1],
      areaUnderCurve: areaUnderCurve(of('none'), own),
    },
  ] as const;
});
process.stdout.write(`${JSON.stringify(Object.fromEntries(table), null, 2)}\n`);
