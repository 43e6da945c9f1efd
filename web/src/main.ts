/** Puts the page together: one store, views that follow it, and two things that feed it. @module */
import './style.css';
import { followLive } from './live.js';
import { createMapView } from './map/map-view.js';
import { createDeformation } from './panels/deformation.js';
import { createDetail } from './panels/detail.js';
import { createEventTable } from './panels/event-table.js';
import { createLegend } from './panels/legend.js';
import { createShakingReadout } from './panels/shaking-readout.js';
import { createStatus } from './panels/status.js';
import { followSelection } from './selection.js';
import { followShaking } from './shaking/follow.js';
import { createStore } from './state.js';

const store = createStore();
createStatus(store);
createEventTable(store);
createDetail(store);
createDeformation(store);
createLegend(store);
createShakingReadout(store);
createMapView(store);
followSelection(store);
followShaking(store);
followLive(store);
