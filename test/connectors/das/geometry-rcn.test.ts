import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFibreGeometry } from '../../../connectors/das/geometry/geometry-read.js';
import { temporaryFolder } from './support.js';

const folder = temporaryFolder();
const NUMBERING = { firstChannel: 0, firstDistanceM: 0, spacingM: 10 };

async function read(document: unknown) {
  const file = path.join(folder, 'rcn.json');
  writeFileSync(file, JSON.stringify(document));
  return (await readFibreGeometry(file, NUMBERING)).fixes;
}

/** As the example of DAS-RCN 1.1 has it: definitions beside the values, channels in UTM. */
function version1(group: object, channels: readonly object[]) {
  const Channel = channels.map((channel) => ({
    AttributeDefinitions: {
      x_coordinate: 'x-coordinate (UTM-x or longitude) of the channel.',
      y_coordinate: 'y-coordinate (UTM-y or latitude) of the channel.',
    },
    AttributeRequirements: { x_coordinate: true, y_coordinate: true },
    Attributes: channel,
  }));
  const Channel_Group = [{ Attributes: group, Channel }];
  return { Overview: { Interrogator: [{ Acquisition: [{ Channel_Group }] }] } };
}

const UTM = { coordinate_system: 'UTM', reference_frame: 'UTM zone 11N' };
const BRADY = [
  {
    channel_id: '431',
    distance_along_fiber: 29.097,
    x_coordinate: 327806.8484,
    y_coordinate: 4407448.212,
    elevation_above_sea_level: 1227.500096,
  },
  {
    channel_id: 'A0432',
    distance_along_fiber: 329.097,
    x_coordinate: 328050.69,
    y_coordinate: 4407542.05,
    elevation_above_sea_level: null,
  },
];

describe('DAS-RCN metadata', () => {
  it('version 1.1: channels in UTM lie where PROJ says, definitions are no channels', async () => {
    const fixes = await read(version1(UTM, BRADY));
    expect(fixes).toHaveLength(2);
    expect(fixes[0]).toMatchObject({ distanceM: 29.097, elevationM: 1227.500096 });
    expect(fixes[0]?.longitude).toBeCloseTo(-119.01132163042693, 9);
    expect(fixes[0]?.latitude).toBeCloseTo(39.79958191015499, 9);
    expect(fixes[1]?.longitude).toBeCloseTo(-119.00849965054452, 9);
    expect(fixes[1]?.latitude).toBeCloseTo(39.800476203918464, 9);
    expect(fixes[1]?.elevationM).toBeNull();
  });

  it('version 2.0: lists of a channel group, south of the equator, in kilometres', async () => {
    const channels = {
      channel_ids: ['A0001', 'A0002'],
      distances_along_fiber: [1, 1.0101],
      x_coordinates: [334000, 334010],
      y_coordinates: [6252000, 6252000],
      elevations_above_sea_level: [100, 200],
    };
    const group = {
      coordinate_system: 'UTM',
      reference_frame: 'UTM Zone 56S',
      distance_along_fiber_unit: 'km',
      elevation_above_sea_level_unit: 'feet',
      channels,
    };
    const fixes = await read({ interrogators: [{ acquisitions: [{ channel_groups: [group] }] }] });
    expect(fixes[0]?.longitude).toBeCloseTo(151.20551468693637, 9);
    expect(fixes[1]?.latitude).toBeCloseTo(-33.859263278031335, 9);
    expect(fixes.map(({ distanceM }) => distanceM)).toEqual([1000, 1010.1]);
    expect(fixes[1]?.elevationM).toBeCloseTo(60.96, 9);
  });

  it('counts by channel_id where no distance stands', async () => {
    const channels = {
      channel_ids: ['3', '5'],
      x_coordinates: [-119, -119],
      y_coordinates: [39, 39],
    };
    const fixes = await read({ coordinate_system: 'geographic', channels });
    expect(fixes.map(({ distanceM }) => distanceM)).toEqual([30, 50]);
  });

  it('takes a line of 150,000 channels', async () => {
    const count = 150_000;
    const numbers = (of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));
    const fixes = await read({
      distances_along_fiber: numbers((i) => i),
      x_coordinates: numbers((i) => i * 1e-6),
      y_coordinates: numbers(() => 0),
    });
    expect(fixes).toHaveLength(count);
  });

  it.each([
    [version1({ ...UTM, reference_frame: 'WGS84 ' }, BRADY), 'reference_frame'],
    [version1({ ...UTM, reference_frame: 'UTM zone 61N' }, BRADY), 'reference_frame'],
    [version1({ ...UTM, distance_along_fiber_unit: 'fathom' }, BRADY), 'distance_along_fiber_unit'],
    [{ x_coordinates: [1, 2], y_coordinates: [1] }, 'y_coordinates'],
    [{ x_coordinates: [1], y_coordinates: ['east'], channel_ids: ['1'] }, 'y_coordinate'],
    [{ x_coordinates: [1], y_coordinates: [true], channel_ids: ['1'] }, 'y_coordinate'],
    [{ x_coordinates: [1], y_coordinates: [2], channel_ids: ['A1'] }, 'channel_id'],
  ])('names the field that is wrong: %#', async (document, at) => {
    await expect(read(document)).rejects.toMatchObject({ _tag: 'CorruptSource', at });
  });

  it('refuses a local system, which has no place on the earth', async () => {
    const local = { coordinate_system: 'local', reference_frame: 'well head' };
    await expect(read(version1(local, BRADY))).rejects.toMatchObject({ _tag: 'UnsupportedSource' });
  });
});
