// Starts the sealing thread: TypeScript has to be taught to the thread before anything is imported.
import { register } from 'tsx/esm/api';

register();
await import('./seal-thread.ts');
