/** What a worker thread runs: all compute tasks. @module */
import { serveTasks } from './serve.js';
import { computeTasks } from './tasks.js';

serveTasks(computeTasks);
