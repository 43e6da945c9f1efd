// Starts a thread of the forward pool: TypeScript has to be taught to the thread before anything is imported.
import { register } from 'tsx/esm/api';

register();
await import('./forward-thread.ts');
