/**
 * Runs in a process of its own, whose environment names a Vulkan driver: stacks with the engine of
 * the backend QUAKELOOM_BACKEND and with the SIMD kernel, and prints both as one JSON line.
 * @module
 */
import { loadBackend } from '../../../models/backend.js';
import { simdEngine, stackEngine } from '../../../models/detection/stack-engine.js';
import type { StackResult } from '../../../models/detection/stack.js';
import { randomPlan, stackScene } from './stack-scene.js';

/** What a probe prints. */
export interface StackProbe {
  readonly name: string;
  readonly plans: readonly { readonly engine: PlainResult; readonly simd: PlainResult }[];
}

interface PlainResult {
  readonly best: readonly number[];
  readonly cell: readonly number[];
}

const plain = ({ best, cell }: StackResult): PlainResult => ({ best: [...best], cell: [...cell] });

const engine = await stackEngine(await loadBackend());
const plans = [
  stackScene().plan,
  // More cells than a chunk, more times than a workgroup, more terms than a fold.
  randomPlan({ seed: 1, sensors: 23, cells: 77, times: 600, shifts: 50 }),
  randomPlan({ seed: 2, sensors: 1, cells: 1, times: 1, shifts: 1 }),
];
const probe: { name: string; plans: StackProbe['plans'][number][] } = {
  name: engine.name,
  plans: [],
};
for (const plan of plans) {
  probe.plans.push({
    engine: plain(await engine.run(plan)),
    simd: plain(await simdEngine.run(plan)),
  });
}
process.stdout.write(JSON.stringify(probe), () => process.exit(0));
