/**
 * Packets of a synthetic fibre: noise, common mode, a car, and a quake each five minutes.
 * @module
 */
export const CHANNELS = 10_000;
export const RATE_HZ = 200;
export const SPACING_KM = 0.005;
export const QUAKE_EACH_S = 300;

/** Noise drawn once; packets start anywhere in it, so that making them costs less than the chain. */
const noise = Float32Array.from({ length: 1 << 22 }, gaussian());

/** [channel][time]: noise of 1; a common mode of 0.5; a car at 20 m/s; P and S of a quake at 4 and 2.3 km/s. */
export function fillPacket(second: number, samples: Float32Array): void {
  const quakeS = Math.floor(second / QUAKE_EACH_S) * QUAKE_EACH_S + 120;
  const common = Float32Array.from(
    { length: RATE_HZ },
    (_, t) => 0.5 * Math.sin(second * 7 + t * 0.11),
  );
  const isShaking = second >= quakeS && second < quakeS + 60;
  for (let c = 0; c < CHANNELS; c++) {
    const from = ((second * 7919 + c * 104_729) * 61) % (noise.length - RATE_HZ);
    const at = c * RATE_HZ;
    const x = c * SPACING_KM;
    const carS = x / 0.02;
    const hasCar = Math.abs(second - (carS % 2500)) < 4;
    for (let t = 0; t < RATE_HZ; t++) {
      let value = (noise[from + t] as number) + (common[t] as number);
      const now = second + t / RATE_HZ;
      if (isShaking)
        value += 20 * train(now - quakeS - x / 4) + 40 * train(now - quakeS - 12 - x / 2.3);
      if (hasCar) value += 30 * train(now - (carS % 2500));
      samples[at + t] = value;
    }
  }
}

function train(t: number): number {
  return t < 0 || t > 8 ? 0 : Math.sin(2 * Math.PI * 4 * t) * Math.exp(-t / 2);
}

function gaussian(): () => number {
  let state = 99;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
