/**
 * The map of shaking under the events: cells coloured by the chosen layer. In: the map and the store.
 * Out: a fill layer that follows it, and the cell under the pointer.
 * @module
 */
import type { FeatureCollection, Position } from 'geojson';
import {
  LngLatBounds,
  type ExpressionSpecification,
  type Map as MapLibreMap,
  type MapLayerMouseEvent,
} from 'maplibre-gl';
import { scaleOf, type ShakingCell, type ShakingLayer } from '../shaking/scales.js';
import type { State, Store } from '../state.js';
import { setData } from './set-data.js';

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** Follows the store: colours, visibility, and a frame around a map that has come. */
export function followShakingLayer(map: MapLibreMap, store: Store): void {
  let isMoved = false;
  map.on('movestart', ({ originalEvent }) => {
    if (originalEvent) isMoved = true;
  });
  const draw = (state: State, before: State | null): void => {
    if (state.selectedId !== before?.selectedId) isMoved = false;
    if (state.shakingCells !== before?.shakingCells) {
      setData(map, 'shaking', state.shakingCells ?? EMPTY);
      // A reader who has moved the map meanwhile keeps the view.
      if (state.shakingCells && !isMoved) frame(map, state.shakingCells);
    }
    if (state.shakingLayer !== before?.shakingLayer) colour(map, state.shakingLayer);
    map.getContainer().dataset['shaking'] = state.shakingCells ? state.shakingLayer : '';
  };
  draw(store.get(), null);
  store.listen(draw);
  const point = ({ features, lngLat }: MapLayerMouseEvent): void => {
    const cell = features?.[0]?.properties as ShakingCell | undefined;
    if (!cell) return;
    store.set({ shakingAt: { ...cell, latitude: lngLat.lat, longitude: lngLat.lng } });
  };
  map.on('mousemove', 'shaking', point);
  // Fingers do not hover.
  map.on('click', 'shaking', point);
  map.on('mouseleave', 'shaking', () => store.set({ shakingAt: null }));
}

function colour(map: MapLibreMap, layer: ShakingLayer): void {
  const scale = scaleOf(layer);
  map.setLayoutProperty('shaking', 'visibility', scale ? 'visible' : 'none');
  if (!scale) return;
  const ramp = scale.stops.flatMap(([value, hue]) => [value, hue]);
  const expression = ['interpolate', ['linear'], ['get', layer], ...ramp];
  map.setPaintProperty('shaking', 'fill-color', expression as ExpressionSpecification);
}

/** Shows all of a map of shaking: it reaches farther than the ellipse. */
function frame(map: MapLibreMap, cells: FeatureCollection): void {
  const bounds = new LngLatBounds();
  for (const { geometry } of cells.features) {
    const corners: readonly Position[] =
      geometry.type === 'Polygon' ? (geometry.coordinates[0] ?? []) : [];
    for (const [longitude = 0, latitude = 0] of corners) bounds.extend([longitude, latitude]);
  }
  const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (!bounds.isEmpty()) {
    map.fitBounds(bounds, { padding: 10, maxZoom: 8, ...(isCalm ? { animate: false } : {}) });
  }
}
