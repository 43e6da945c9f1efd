// Starts the thread of the HDF5 library: TypeScript has to be taught to it before anything is imported.
import { register } from 'tsx/esm/api';

// The library's runtime tells of its failures there; they become errors. Streams that the starting
// thread reads would keep its process from ending.
process.stdout.write = () => true;
process.stderr.write = () => true;

register();
await import('./thread.ts');
