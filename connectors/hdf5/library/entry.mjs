// Starts the thread of the HDF5 library: TypeScript has to be taught to it before anything is imported.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
