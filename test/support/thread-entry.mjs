// Starts a worker thread with the tasks of the pool's tests.
import { register } from 'tsx/esm/api';

register();
await import('./thread-tasks.ts');
