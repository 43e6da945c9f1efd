/** Events to export: real and simulated, many versions, awkward text and places. @module */
import type { ExportInput } from '../../../catalogue/export/quakes.js';
import type { StoredOrigin } from '../../../core/quake.js';
import { draft, gaussian } from '../drafts.js';

/** Text that breaks a writer which does not escape; a line break and a tab must survive. */
export const nastyNote = `<b> & "q" | 'a', ]]>\n\té\u{1F30B}`;

function stored(
  eventId: string,
  version: number,
  input: Parameters<typeof draft>[0],
): StoredOrigin {
  const createdAt = `2024-03-0${version}T12:00:00.25Z`;
  return { ...draft(input), eventId, version, createdAt };
}

/** Three quakes with four origins. */
export function exported(): ExportInput {
  const first = [
    stored('qlabcdefgh23', 1, { rest: { notes: [] } }),
    stored('qlabcdefgh23', 2, {
      latitude: 16.4012345678901,
      magnitude: 7.18,
      rest: { depthKm: gaussian(24.25, 0.3) },
    }),
  ];
  const second = [
    stored('qlzzzzzzzz77', 1, {
      synthetic: true,
      regionId: 'tonga',
      originTime: '2024-02-29T23:59:59.999999999Z',
      longitude: 181.25,
      latitude: -20.5,
      rest: {
        notes: [nastyNote],
        nearestSensorKm: null,
        existenceProbability: 0.62,
        depthKm: gaussian(550.5, 40),
        contributions: [
          { source: 'das', nats: 3.75, items: 4 },
          { source: 'insar', nats: 1e-7, items: 1 },
        ],
      },
    }),
  ];
  const third = [
    stored('qlshallow222', 1, {
      originTime: '1969-12-31T23:59:59.5Z',
      rest: {
        depthKm: gaussian(-0.8, 3),
        ellipse90: { semiMajorKm: 12, semiMinorKm: 3, azimuthDeg: 250 },
      },
    }),
  ];
  return {
    generatedAt: '2024-03-05T00:00:00Z',
    quakes: [first, second, third].map((origins) => {
      const preferred = origins.at(-1) as StoredOrigin;
      const { eventId, regionId } = preferred;
      return { quake: { eventId, regionId, versions: origins.length, preferred }, origins };
    }),
  };
}
