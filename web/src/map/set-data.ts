/** Gives a source of the map new data, and marks the map as drawing until it is idle again. @module */
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';

export function setData(map: MapLibreMap, id: string, data: FeatureCollection): void {
  map.getContainer().dataset['state'] = 'drawing';
  void map.getSource<GeoJSONSource>(id)?.setData(data);
}
