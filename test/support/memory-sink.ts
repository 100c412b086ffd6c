/** A file that is written to memory. */
import type { FileSink } from '../../lib/io/files.js';

export async function written(fill: (sink: FileSink) => Promise<void>): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  await fill({
    part: 'memory',
    skip: (length) => void (bytes = Buffer.concat([bytes, Buffer.alloc(length)])),
    get position() {
      return bytes.length;
    },
    write: (more) => {
      bytes = Buffer.concat([bytes, more]);
      return Promise.resolve();
    },
    writeAt: (position, over) => {
      bytes.set(over, position);
      return Promise.resolve();
    },
  });
  return bytes;
}
