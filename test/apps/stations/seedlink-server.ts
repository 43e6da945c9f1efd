/** A SeedLink 3 server of a few lines for tests: rings of real records, served by number. @module */
import { createServer, type Server, type Socket } from 'node:net';

export interface TestServer {
  readonly port: number;
  /** Commands as they came. */
  readonly commands: string[];
  /** Adds a record to the ring and sends it to who listens. */
  push(record: Buffer): void;
  /** Ends all connections. */
  drop(): void;
  close(): Promise<void>;
}

/** Serves one station; `cut` sends in pieces of so many bytes. */
export async function seedlinkServer(input: {
  readonly network: string;
  readonly station: string;
  readonly first?: number;
  readonly cut?: number;
  /** Does not answer INFO: as good as gone. */
  readonly isMute?: boolean;
}): Promise<TestServer> {
  const first = input.first ?? 0xfffffd;
  const ring: Buffer[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const streaming = new Set<Socket>();
  const packet = (k: number): Buffer => {
    const number = ((first + k) & 0xffffff).toString(16).toUpperCase().padStart(6, '0');
    return Buffer.concat([Buffer.from(`SL${number}`), ring[k] as Buffer]);
  };
  const send = (socket: Socket, bytes: Buffer): void => {
    const size = input.cut ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
  };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    let text = '';
    let from = 0;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      streaming.delete(socket);
    });
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      for (;;) {
        // Clients end commands by CR, LF or both.
        const found = /^([^\r\n]*)(?:\r\n?|\n)/.exec(text);
        if (!found) return;
        text = text.slice(found[0].length);
        const command = (found[1] as string).trim().replace(/\s+/g, ' ');
        if (command === '') continue;
        commands.push(command);
        const [verb, ...words] = command.split(' ');
        if (verb === 'HELLO') socket.write('SeedLink v3.1 (test) :: SLPROTO:3.1\r\nTest\r\n');
        else if (verb === 'STATION') {
          const known = words[0] === input.station && words[1] === input.network;
          socket.write(known ? 'OK\r\n' : 'ERROR\r\n');
        } else if (verb === 'SELECT') socket.write('OK\r\n');
        else if (verb === 'DATA') {
          if (words[0] !== undefined) {
            from = (Number.parseInt(words[0], 16) - first) & 0xffffff;
          } else from = 0;
          socket.write('OK\r\n');
        } else if (verb === 'END') {
          for (let k = from; k < ring.length; k++) send(socket, packet(k));
          streaming.add(socket);
        } else if (verb === 'INFO' && input.isMute !== true) {
          send(socket, Buffer.concat([Buffer.from('SLINFO  '), Buffer.alloc(512)]));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    commands,
    push: (record) => {
      ring.push(record);
      for (const socket of streaming) send(socket, packet(ring.length - 1));
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
