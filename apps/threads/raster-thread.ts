/** What a worker thread for rasters runs. @module */
import { tiffTasks } from '../../connectors/insar/tiff/tasks.js';
import { serveTasks } from './serve.js';

serveTasks(tiffTasks);
