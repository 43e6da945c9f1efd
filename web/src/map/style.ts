/**
 * The map's layers, without any address outside this host. In: a theme. Out: a MapLibre style.
 * @module
 */
import type { FeatureCollection } from 'geojson';
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl';

export interface MapTheme {
  readonly sea: string;
  readonly land: string;
  readonly border: string;
  /** Seen on shaking too. */
  readonly coast: string;
  readonly region: string;
  readonly ink: string;
}

const LIGHT: MapTheme = {
  sea: '#d7e3ec',
  land: '#f4f2ec',
  border: '#b9b5aa',
  coast: '#7d796d',
  region: '#3c5a73',
  ink: '#10202c',
};

const DARK: MapTheme = {
  sea: '#0e1a24',
  land: '#26323b',
  border: '#4a5862',
  coast: '#4a5862',
  region: '#8fb3cf',
  ink: '#f2f6f9',
};

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };
const source = (): { type: 'geojson'; data: FeatureCollection } => ({
  type: 'geojson',
  data: EMPTY,
});

/** True while the reader asks for dark pages. */
export const darkQuery = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** Theme of the map at this moment. */
export const currentTheme = (): MapTheme => (darkQuery().matches ? DARK : LIGHT);

/** Style with empty sources `land`, `shaking`, `borders`, `regions`, `ellipse`, `events`. */
export function mapStyle(theme: MapTheme): StyleSpecification {
  return {
    version: 8,
    sources: {
      land: source(),
      borders: source(),
      shaking: source(),
      regions: source(),
      ellipse: source(),
      events: source(),
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': theme.sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': theme.land } },
      {
        id: 'shaking',
        type: 'fill',
        source: 'shaking',
        // Cells touch: smoothed edges would draw a grid.
        paint: { 'fill-opacity': 0.8, 'fill-antialias': false },
      },
      // Above shaking, which covers the land's edge.
      { id: 'coast', type: 'line', source: 'land', paint: { 'line-color': theme.coast } },
      { id: 'borders', type: 'line', source: 'borders', paint: { 'line-color': theme.border } },
      {
        id: 'regions',
        type: 'line',
        source: 'regions',
        paint: { 'line-color': theme.region, 'line-width': 1.5, 'line-dasharray': [4, 2] },
      },
      {
        id: 'ellipse-fill',
        type: 'fill',
        source: 'ellipse',
        paint: { 'fill-color': theme.ink, 'fill-opacity': 0.1 },
      },
      {
        id: 'events',
        type: 'circle',
        source: 'events',
        filter: ['!', ['get', 'isSynthetic']],
        paint: {
          'circle-color': ['get', 'colour'],
          'circle-radius': ['get', 'radius'],
          'circle-opacity': ['get', 'opacity'],
          'circle-stroke-color': theme.ink,
          'circle-stroke-width': ['case', ['get', 'isSelected'], 3, 1],
        },
      },
      {
        id: 'simulated',
        type: 'symbol',
        source: 'events',
        filter: ['get', 'isSynthetic'],
        layout: {
          'icon-image': ['get', 'hatch'],
          'icon-size': ['get', 'hatchSize'],
          'icon-allow-overlap': true,
          // Else it would push its own label away.
          'icon-ignore-placement': true,
        },
        paint: { 'icon-opacity': ['get', 'opacity'] },
      },
      {
        id: 'simulated-ring',
        type: 'circle',
        source: 'events',
        filter: ['all', ['get', 'isSynthetic'], ['get', 'isSelected']],
        paint: {
          'circle-color': 'transparent',
          'circle-radius': ['get', 'radius'],
          'circle-stroke-color': theme.ink,
          'circle-stroke-width': 3,
        },
      },
      // Above the discs, which may be larger than it.
      {
        id: 'ellipse-line',
        type: 'line',
        source: 'ellipse',
        paint: { 'line-color': theme.ink, 'line-width': 2 },
      },
      {
        id: 'simulated-label',
        type: 'symbol',
        source: 'events',
        filter: ['get', 'isSynthetic'],
        layout: {
          'icon-image': 'label-simulated',
          'icon-anchor': 'top',
          'icon-offset': ['get', 'labelOffset'],
          // Where there is no room for all labels the hatching still tells.
          'icon-allow-overlap': false,
        },
      },
    ],
  };
}

type PaintProperty = Parameters<MapLibreMap['setPaintProperty']>[1];

/** What a change of theme changes: layer, property, value. */
export function themePaint(theme: MapTheme): readonly (readonly [string, PaintProperty, string])[] {
  return [
    ['sea', 'background-color', theme.sea],
    ['land', 'fill-color', theme.land],
    ['coast', 'line-color', theme.coast],
    ['borders', 'line-color', theme.border],
    ['regions', 'line-color', theme.region],
    ['ellipse-fill', 'fill-color', theme.ink],
    ['ellipse-line', 'line-color', theme.ink],
    ['events', 'circle-stroke-color', theme.ink],
    ['simulated-ring', 'circle-stroke-color', theme.ink],
  ];
}
