/** A process that holds a lease: database URL and name in, one line out: whether it holds it. */
import { createLease } from '../../catalogue/lease.js';

const [databaseUrl = '', name = ''] = process.argv.slice(2);
const lease = createLease({ databaseUrl, name });
process.stdout.write(`${await lease.take()}\n`);
process.stdin.resume(); // and holds it until it is killed
