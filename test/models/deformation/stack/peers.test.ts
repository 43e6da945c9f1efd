import { expect, it } from 'vitest';
import { createRandom } from '../../../../core/random.js';
import type { InsarScene } from '../../../../core/waveform.js';
import { sbasVelocity } from '../../../../models/deformation/stack/sbas.js';
import { describeWithPeers, runPeer } from '../../../support/peers.js';

const EPOCHS = 14;
const PIXELS = 24;
const DATES = Array.from({ length: EPOCHS }, (_, k) =>
  new Date(Date.UTC(2019, 0, 5 + 12 * k + (k % 3) * 5)).toISOString().slice(0, 10),
);

/** Random pairs of up to four epochs, random ground, coherence and holes; pixel 0 stays whole and at zero. */
function randomStack(seed: number): InsarScene[] {
  const random = createRandom(seed);
  const pairs = DATES.flatMap((_, a) =>
    [1, 2, 4].flatMap((step) =>
      a + step < EPOCHS && random.uniform() < 0.85 ? [[a, a + step] as const] : [],
    ),
  );
  return pairs.map(([a, b]) => ({
    ...{ sceneId: `${a}-${b}`, firstDate: DATES[a] as string, secondDate: DATES[b] as string },
    ...{ rows: 4, columns: 6, transform: [10, 0.001, 0, 50, 0, -0.001] as const, crs: 'EPSG:4326' },
    losM: Float32Array.from({ length: PIXELS }, (_, i) =>
      i === 0 ? 0 : random.uniform() < 0.35 ? Number.NaN : 0.02 * random.normal(),
    ),
    coherence: Float32Array.from({ length: PIXELS }, () => 0.1 + 0.85 * random.uniform()),
    unitVectors: new Float32Array(3 * PIXELS),
    wavelengthM: 0.0555,
    notes: [],
  }));
}

const PEER = `
import json, sys
import numpy as np
data = json.loads(sys.argv[1])
t = np.array(data['years']); n = len(t); pairs = data['pairs']
out = []
for pixel in range(len(data['los'][0])):
    valid = [k for k in range(len(pairs)) if data['los'][k][pixel] is not None]
    d = np.array([data['los'][k][pixel] for k in valid])
    w = np.sqrt(np.array([data['weights'][k][pixel] for k in valid]))
    # Increments, then velocity and constant of NSBAS (Lopez-Quiroz et al. 2009), as LiCSBAS lays them out.
    G = np.zeros((len(valid) + n, n + 1))
    for r, k in enumerate(valid):
        a, b = pairs[k]; G[r, a:b] = 1
    gamma = 1e-4
    for k in range(n):
        G[len(valid) + k, :k] = gamma; G[len(valid) + k, n - 1] = -gamma * t[k]; G[len(valid) + k, n] = -gamma
    scale = np.concatenate([w / np.median(w), np.ones(n)])
    right = np.concatenate([d, np.zeros(n)])
    x = np.linalg.lstsq(G * scale[:, None], right * scale, rcond=1e-14)[0]
    cum = np.concatenate([[0], np.cumsum(x[:n - 1])])
    rank = np.linalg.matrix_rank(G[:len(valid), :n - 1])
    slope = np.polyfit(t, cum, 1)[0]
    residual = d - G[:len(valid), :n - 1] @ x[:n - 1]
    tcoh = abs(np.mean(np.exp(1j * residual * data['radiansPerMm'])))
    out.append({'cum': cum.tolist(), 'slope': slope, 'full': bool(rank == n - 1), 'tcoh': tcoh})
print(json.dumps(out))
`;

interface PeerPixel {
  readonly cum: readonly number[];
  readonly slope: number;
  readonly full: boolean;
  readonly tcoh: number;
}

describeWithPeers('time series beside dense least squares with the line of NSBAS (numpy)', () => {
  it.each(['none', 'pixel'] as const)('agrees pixel by pixel, weights %s', (weighting) => {
    const scenes = randomStack(11);
    const result = sbasVelocity({
      scenes,
      weighting,
      looks: 20,
      referencePixel: { row: 0, column: 0 },
      thresholds: { minPairShare: 0.05, maxLoopRmsRad: Infinity },
    });
    const first = Date.parse(result.epochs[0] as string);
    const theirs = runPeer<PeerPixel[]>(PEER, [
      JSON.stringify({
        years: result.epochs.map((date) => (Date.parse(date) - first) / 86_400_000 / 365.25),
        pairs: scenes.map((s) =>
          [s.firstDate, s.secondDate].map((date) => result.epochs.indexOf(date)),
        ),
        los: scenes.map((s) => Array.from(s.losM, (v) => (Number.isNaN(v) ? null : 1000 * v))),
        weights: scenes.map((s) =>
          Array.from(s.coherence, (g) => (weighting === 'none' ? 1 : (40 * g * g) / (1 - g * g))),
        ),
        radiansPerMm: (4 * Math.PI) / 55.5,
      }),
    ]);
    let bridged = 0;
    theirs.forEach(({ cum, slope, full, tcoh }, i) => {
      if (i === 0) return;
      if (!full) bridged++;
      expect(result.rankDeficient[i]).toBe(full ? 0 : 1);
      // Their line has a weight of 1e-4, ours of 0.
      const tolerance = full ? 1e-4 : 2e-3;
      cum.forEach((value, k) =>
        expect(Math.abs((result.cumulativeMm[k * PIXELS + i] as number) - value)).toBeLessThan(
          tolerance,
        ),
      );
      expect(Math.abs((result.velocityMmPerYear[i] as number) - slope)).toBeLessThan(
        10 * tolerance,
      );
      expect(Math.abs((result.temporalCoherence[i] as number) - tcoh)).toBeLessThan(1e-5);
    });
    expect(bridged).toBeGreaterThan(2);
    expect(bridged).toBeLessThan(20);
  });
});
