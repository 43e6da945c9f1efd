/** What the gateway's sealing thread runs. @module */
import { serveTasks } from '../threads/serve.js';
import { sealTasks } from './seal-tasks.js';

serveTasks(sealTasks);
