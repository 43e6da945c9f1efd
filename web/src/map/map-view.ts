/**
 * The map. In: the store. Out: a drawn map that follows it, and selections by pointer. The table
 * offers the same by keyboard.
 * @module
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import {
  LngLatBounds,
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { byId } from '../dom.js';
import { ellipseRing } from '../geometry.js';
import { select } from '../selection.js';
import type { State, Store } from '../state.js';
import type { Quake } from '../types.js';
import { loadAtlas } from './atlas.js';
import { ellipseFeature, eventFeatures, regionFeatures } from './features.js';
import { addImages } from './icons.js';
import { setData } from './set-data.js';
import { followShakingLayer } from './shaking-layer.js';
import { currentTheme, darkQuery, mapStyle, themePaint } from './style.js';

setWorkerUrl(workerUrl);

const CLICKABLE = ['events', 'simulated'];

/** Makes the map in #map. Without WebGL a sentence stands in its place and the page goes on. */
export function createMapView(store: Store): void {
  const container = byId('map');
  let map: MapLibreMap;
  try {
    map = new MapLibreMap({
      container,
      style: mapStyle(currentTheme()),
      center: [0, 20],
      zoom: 1,
      maxZoom: 12,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
    });
  } catch {
    container.textContent =
      'This browser cannot draw the map (no WebGL). The table has all events.';
    container.dataset['state'] = 'failed';
    return;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  map
    .getCanvas()
    .setAttribute('aria-label', 'Map of events; the table below lists the same events');
  map.on('idle', () => (container.dataset['state'] = 'idle'));
  map.on('error', ({ error }) => console.error(error));
  map.once('load', () => start(map, container, store));
}

function start(map: MapLibreMap, container: HTMLElement, store: Store): void {
  addImages(map, currentTheme());
  void loadAtlas().then(
    ({ land, borders }) => {
      setData(map, 'land', land);
      setData(map, 'borders', borders);
      container.dataset['atlas'] = 'loaded';
    },
    (error: unknown) => console.error(error),
  );
  darkQuery().addEventListener('change', () => {
    const theme = currentTheme();
    for (const paint of themePaint(theme)) map.setPaintProperty(...paint);
    // The label's width may differ by a pixel between draws, which updateImage refuses.
    map.removeImage('label-simulated');
    addImages(map, theme);
  });

  let isFramed = false;
  const draw = (state: State, before: State | null): void => {
    if (!before || state.regions !== before.regions) {
      setData(map, 'regions', regionFeatures(state.regions));
    }
    const selected = selectedQuake(state);
    const drawn = ['quakes', 'selectedId', 'colourBy'] as const;
    if (!before || drawn.some((field) => state[field] !== before[field])) {
      const { selectedId, colourBy } = state;
      const quakes = [...(state.quakes?.values() ?? [])];
      const features = eventFeatures({ quakes, selectedId, colourBy, nowMs: Date.now() });
      setData(map, 'events', features);
      setData(map, 'ellipse', ellipseFeature(selected));
      container.dataset['ellipse'] = selected?.eventId ?? '';
    }
    const isClosed = state.selectedId === null && before !== null && before.selectedId !== null;
    if (state.quakes && (!isFramed || isClosed)) {
      isFramed = true;
      frame(map, state);
    }
    if (selected && selected.eventId !== (before ? selectedQuake(before)?.eventId : undefined)) {
      showEllipse(map, selected);
    }
  };
  draw(store.get(), null);
  store.listen(draw);
  followShakingLayer(map, store);

  map.on('click', (event) => {
    const { x, y } = event.point;
    const reach = 4;
    const box: [[number, number], [number, number]] = [
      [x - reach, y - reach],
      [x + reach, y + reach],
    ];
    const [hit] = map.queryRenderedFeatures(box, { layers: CLICKABLE });
    const eventId: unknown = hit?.properties['eventId'];
    if (typeof eventId === 'string') select(eventId);
  });
  for (const layer of CLICKABLE) {
    map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'));
    map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''));
  }
}

function selectedQuake({ quakes, selectedId, detail }: State): Quake | null {
  if (!selectedId) return null;
  const listed = quakes?.get(selectedId);
  return listed ?? (detail?.event.eventId === selectedId ? detail.event : null);
}

/** Shows all regions and events at once: at first, and when the reader closes an event. */
function frame(map: MapLibreMap, state: State): void {
  const bounds = new LngLatBounds();
  for (const { bounds: box } of state.regions) {
    bounds.extend([box.west, box.south]).extend([box.east, box.north]);
  }
  for (const { preferred } of state.quakes?.values() ?? []) {
    bounds.extend([preferred.origin.longitude.mean, preferred.origin.latitude.mean]);
  }
  if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 40, maxZoom: 6, animate: false });
}

/** Moves so that the ellipse is on the map and large enough to be seen. */
function showEllipse(map: MapLibreMap, quake: Quake): void {
  const { latitude, longitude, ellipse90 } = quake.preferred.origin;
  const bounds = new LngLatBounds();
  const centre = { latitude: latitude.mean, longitude: longitude.mean };
  for (const point of ellipseRing(centre, ellipse90, 16)) bounds.extend(point);
  const { clientWidth, clientHeight } = map.getContainer();
  const padding = Math.min(110, 0.25 * Math.min(clientWidth, clientHeight));
  const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  // Closer than this the bundled outlines show nothing to orient by.
  map.fitBounds(bounds, { padding, maxZoom: 7, ...(isCalm ? { animate: false } : {}) });
}
