import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeQuakeMl } from '../../../catalogue/export/quakeml.js';
import { kmToM } from '../../../catalogue/export/quakes.js';
import { floorDiv, isoToNs } from '../../../core/time.js';
import { describeWithPeers, runPeer } from '../../support/peers.js';
import { exported, nastyNote } from './samples.js';

let file: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quakeloom-quakeml-'));
  file = path.join(folder, 'events.xml');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VALIDATE = `
import sys, json, os, obspy
from lxml import etree
xsd = os.path.join(os.path.dirname(obspy.__file__), 'io/quakeml/data/QuakeML-1.2.xsd')
schema = etree.XMLSchema(etree.parse(xsd))
ok = schema.validate(etree.parse(sys.argv[1]))
print(json.dumps({'valid': ok, 'errors': [str(e) for e in schema.error_log]}))`;

const READ = `
import sys, json, obspy
def q(e, n): return [getattr(e, n), getattr(e, n + '_errors').uncertainty, getattr(e, n + '_errors').confidence_level]
def extra(e): return {k: v['value'] for k, v in e.get('extra', {}).items() if isinstance(v['value'], str)}
out = []
for e in obspy.read_events(sys.argv[1]):
    ev = dict(id=e.resource_id.id, type=e.event_type, certainty=e.event_type_certainty, origins=[], magnitudes=[],
        preferred=e.preferred_origin().resource_id.id, preferredMagnitude=e.preferred_magnitude().mag,
        descriptions=[d.text for d in e.event_descriptions], extra=extra(e), version=e.creation_info.version,
        created=e.creation_info.creation_time.ns)
    for o in e.origins:
        u, c = o.origin_uncertainty, o.origin_uncertainty.confidence_ellipsoid
        contributions = o.extra['contributions']['value']
        ev['origins'].append(dict(id=o.resource_id.id, time=str(o.time.ns), timeSd=o.time_errors.uncertainty,
            latitude=q(o, 'latitude'), longitude=q(o, 'longitude'), depth=q(o, 'depth'),
            ellipse=[u.min_horizontal_uncertainty, u.max_horizontal_uncertainty, u.azimuth_max_horizontal_uncertainty, u.horizontal_uncertainty],
            description=u.preferred_description, level=u.confidence_level,
            ellipsoid=[c.semi_major_axis_length, c.semi_intermediate_axis_length, c.semi_minor_axis_length, c.major_axis_plunge, c.major_axis_azimuth, c.major_axis_rotation],
            quality=[o.quality.used_phase_count, o.quality.azimuthal_gap, o.quality.minimum_distance],
            mode=o.evaluation_mode, status=o.evaluation_status, version=o.creation_info.version,
            agency=o.creation_info.agency_id, comments=[c.text for c in o.comments], extra=extra(o),
            contributions={k: v['value'] for k, v in contributions.items()}))
    for m in e.magnitudes:
        ev['magnitudes'].append(dict(mag=q(m, 'mag'), type=m.magnitude_type, origin=m.origin_id.id, mode=m.evaluation_mode))
    out.append(ev)
print(json.dumps(out))`;

interface ReadEvent {
  readonly [field: string]: unknown;
  readonly origins: readonly Record<string, unknown>[];
  readonly magnitudes: readonly Record<string, unknown>[];
}

describeWithPeers('QuakeML', () => {
  it('is valid against the schema, empty or full', () => {
    const input = exported();
    for (const quakes of [[], input.quakes]) {
      writeFileSync(file, encodeQuakeMl({ ...input, quakes }));
      expect(runPeer(VALIDATE, [file])).toEqual({ valid: true, errors: [] });
    }
  });

  it('is read by ObsPy with the same numbers', () => {
    const input = exported();
    writeFileSync(file, encodeQuakeMl(input));
    const events = runPeer<ReadEvent[]>(READ, [file]);
    expect(events).toHaveLength(input.quakes.length);
    for (const [i, { quake, origins }] of input.quakes.entries()) {
      const event = events[i] as ReadEvent;
      const { preferred } = quake;
      const uri = (what: string, version: number) =>
        `smi:quakeloom.org/${what}/${quake.eventId}/${version}`;
      expect(event).toMatchObject({
        id: `smi:quakeloom.org/event/${quake.eventId}`,
        type: preferred.provenance.synthetic ? 'other event' : 'earthquake',
        certainty: preferred.origin.existenceProbability >= 0.95 ? 'known' : 'suspected',
        preferred: uri('origin', preferred.version),
        preferredMagnitude: preferred.origin.magnitude.mean,
        version: String(quake.versions),
        created: Number(isoToNs(origins[0]?.createdAt ?? '')),
        extra: { existenceProbability: String(preferred.origin.existenceProbability) },
      });
      expect(event.origins).toHaveLength(origins.length);
      for (const [j, stored] of origins.entries()) {
        const { origin, provenance } = stored;
        const longitude =
          origin.longitude.mean > 180 ? origin.longitude.mean - 360 : origin.longitude.mean;
        expect(event.origins[j]).toMatchObject({
          id: uri('origin', stored.version),
          // ObsPy rounds to the microsecond as it reads; the file has every digit.
          time: String(floorDiv(isoToNs(origin.originTime) + 500n, 1000n) * 1000n),
          timeSd: origin.originTimeSdS,
          latitude: [origin.latitude.mean, origin.latitude.sd, null],
          longitude: [longitude, origin.longitude.sd, null],
          depth: [kmToM(origin.depthKm.mean), kmToM(origin.depthKm.sd), null],
          ellipse: [
            kmToM(origin.ellipse90.semiMinorKm),
            kmToM(origin.ellipse90.semiMajorKm),
            origin.ellipse90.azimuthDeg,
            kmToM(origin.ellipse90.semiMajorKm),
          ],
          description: 'uncertainty ellipse',
          level: 90,
          mode: 'automatic',
          status: 'preliminary',
          agency: 'quakeloom',
          version: String(stored.version),
          extra: {
            version: String(stored.version),
            workflowId: provenance.workflowId,
            idempotencyKey: stored.idempotencyKey,
            existenceProbability: String(origin.existenceProbability),
            synthetic: String(provenance.synthetic),
          },
          contributions: Object.fromEntries(
            origin.contributions.map(({ source, nats }) => [source, String(nats)]),
          ),
        });
        const { quality, comments } = event.origins[j] as Record<string, unknown[]>;
        expect(quality?.slice(0, 2)).toEqual([origin.arrivalsUsed, origin.azimuthalGapDeg]);
        if (origin.nearestSensorKm === null) expect(quality?.[2]).toBeNull();
        else expect(quality?.[2]).toBeCloseTo(origin.nearestSensorKm / 111.19492664455873, 12);
        for (const note of origin.notes) expect(comments).toContain(note);
        expect(event.magnitudes[j]).toEqual({
          mag: [origin.magnitude.mean, origin.magnitude.sd, null],
          type: 'M',
          origin: uri('origin', stored.version),
          mode: 'automatic',
        });
      }
    }
    expect(JSON.stringify(events[1]?.['descriptions'])).toContain('SIMULATED');
  });

  it('turns the ellipsoid so that its axes have the covariance of the posterior', () => {
    const input = exported();
    writeFileSync(file, encodeQuakeMl(input));
    // Tait-Bryan z-y-x from (north, east, down) to (major, minor, intermediate).
    const covariances = runPeer<number[][][]>(
      `
import sys, json, numpy as np, obspy
from scipy.spatial.transform import Rotation
from scipy.stats import chi2
out = []
for e in obspy.read_events(sys.argv[1]):
    for o in e.origins:
        c = o.origin_uncertainty.confidence_ellipsoid
        assert c.semi_major_axis_length >= c.semi_intermediate_axis_length >= c.semi_minor_axis_length
        r = Rotation.from_euler('ZYX', [c.major_axis_azimuth, c.major_axis_plunge, c.major_axis_rotation], degrees=True).as_matrix()
        l = np.diag([c.semi_major_axis_length, c.semi_minor_axis_length, c.semi_intermediate_axis_length])**2 / chi2.ppf(0.9, 3)
        out.append((r @ l @ r.T / 1e6).tolist())
print(json.dumps(out))`,
      [file],
    );
    const origins = input.quakes.flatMap((item) => item.origins);
    expect(covariances).toHaveLength(origins.length);
    for (const [i, { origin }] of origins.entries()) {
      const { semiMajorKm, semiMinorKm, azimuthDeg } = origin.ellipse90;
      const [a, b] = [semiMajorKm, semiMinorKm].map((km) => km ** 2 / (-2 * Math.log(0.1))) as [
        number,
        number,
      ];
      const [sin, cos] = [
        Math.sin((azimuthDeg * Math.PI) / 180),
        Math.cos((azimuthDeg * Math.PI) / 180),
      ];
      const [north, east, cross] = [
        a * cos * cos + b * sin * sin,
        a * sin * sin + b * cos * cos,
        (a - b) * sin * cos,
      ];
      const expected = [
        [north, cross, 0],
        [cross, east, 0],
        [0, 0, origin.depthKm.sd ** 2],
      ];
      for (const [r, row] of expected.entries()) {
        for (const [c, value] of row.entries()) {
          expect(covariances[i]?.[r]?.[c]).toBeCloseTo(value, 6);
        }
      }
    }
  });
});

describe('QuakeML text', () => {
  it('is the same for the same input and escapes what it is given', () => {
    const text = encodeQuakeMl(exported());
    expect(encodeQuakeMl(exported())).toBe(text);
    expect(text).not.toContain(nastyNote);
    expect(text).toContain('<value>2018-02-16T23:39:39.123456789Z</value>');
    expect(text).toContain('&lt;b&gt; &amp; &quot;q&quot;');
  });

  it('turns kilometres into metres without binary noise', () => {
    expect([22.123, 1.005, -0.1, 0, 1e-9, 8.2, 1e22].map(kmToM)).toEqual([
      22123, 1005, -100, 0, 1e-6, 8200, 1e25,
    ]);
  });
});
