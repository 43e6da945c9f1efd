/** fdsnws-event as ObsPy's client sees it: discovery, filters, origins, no data. */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { ensurePeers } from '../../../infra/peers.mjs';
import { describeWithPeers } from '../../support/peers.js';
import { IDS, sampleCatalogue, type FakeCatalogue } from './fake-catalogue.js';
import { listen, testApi } from './test-server.js';

const CLIENT = `
import sys, json
from obspy import UTCDateTime
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import FDSNNoDataException, FDSNBadRequestException
client = Client(base_url=sys.argv[1])
t = UTCDateTime('2018-02-16')
events = client.get_events(starttime=t, endtime=t + 7 * 86400, minmagnitude=3)
one = client.get_events(eventid=sys.argv[2], includeallorigins=True)[0]
def refused(kind, **query):
    try:
        client.get_events(**query)
    except kind as error:
        return str(error)
    return None
print(json.dumps({
    'services': sorted(client.services),
    'ids': [str(e.resource_id) for e in events],
    'magnitudes': [e.preferred_magnitude().mag for e in events],
    'origins': len(one.origins),
    'preferred': [one.preferred_origin().latitude, str(one.preferred_origin().time)],
    'none': refused(FDSNNoDataException, eventid='qlnowhere222'),
    'bad': refused(FDSNBadRequestException, starttime=t, minmagnitude=3, orderby='name'),
}))
`;

interface Seen {
  readonly services: string[];
  readonly ids: string[];
  readonly magnitudes: number[];
  readonly origins: number;
  readonly preferred: [number, string];
  readonly none: string | null;
  readonly bad: string | null;
}

describeWithPeers("ObsPy's FDSN client", () => {
  let fake: FakeCatalogue;
  let app: FastifyInstance;
  let url: string;
  beforeAll(async () => {
    fake = sampleCatalogue();
    app = await testApi(fake);
    url = await listen(app);
  });
  afterAll(() => app.close());

  it('finds the service and reads its events', async () => {
    const seen = await askClient(url, IDS.oaxaca);
    expect(seen.services).toContain('event');
    expect(seen.ids).toHaveLength(3);
    for (const id of Object.values(IDS)) expect(seen.ids.join()).toContain(id);
    expect([...seen.magnitudes].sort()).toEqual([4.1, 5.6, 7.2]);
    expect(seen.origins).toBe(2);
    expect(seen.preferred[0]).toBeCloseTo(16.52, 9);
    expect(seen.preferred[1]).toBe('2018-02-16T23:39:39.123457Z');
    expect(fake.filters).toContainEqual(
      expect.objectContaining({
        from: '2018-02-16T00:00:00Z',
        to: '2018-02-23T00:00:00Z',
        minMagnitude: 3,
      }),
    );
    expect(seen.none).not.toBeNull();
    expect(seen.bad).toContain('orderby');
  });
});

/** Not `runPeer`: that one blocks this process, which has to answer the client. */
function askClient(url: string, eventId: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    execFile(ensurePeers(), ['-c', CLIENT, url, eventId], (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as Seen);
    });
  });
}
