import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../../../lib/io/safetensors.js';
import { openSource } from '../../../lib/io/source.js';
import { sizeOf } from '../../../lib/io/stored-array.js';
import { typedArray } from '../../../lib/tensor/dtype.js';
import { written } from '../../support/memory-sink.js';
import type { FuzzFormat } from '../format.js';

export const safetensors: FuzzFormat = {
  name: 'safetensors',
  ending: '.safetensors',

  async seeds() {
    const shapes = [[3, 3, 1, 8], [8], [], [0, 4], [72, 10], [10]];
    const dtypes = ['float32', 'float64', 'int32', 'uint8', 'bool'] as const;
    const arrays = shapes.map((shape, i) => {
      const dtype = dtypes[i % dtypes.length]!;
      const values = Array.from({ length: sizeOf(shape) }, (_, n) => n % 2);
      return { name: `layer_${i}/kernel`, shape, dtype, read: () => Promise.resolve(typedArray(dtype, values)) };
    });
    return [
      await written((sink) => writeSafetensors(sink, arrays, { format: 'node-cudnn' })),
      await written((sink) => writeSafetensors(sink, arrays.slice(1, 3))),
      await readFile(path.join(__dirname, '..', '..', 'io', 'data', 'python.safetensors')),
    ];
  },

  async read(file) {
    const source = await openSource('fuzz', file);
    try {
      const { arrays } = await readSafetensors(source);
      for (const array of arrays) assert.equal((await array.read()).length, sizeOf(array.shape));
    } finally {
      await source.close();
    }
  },

  json(bytes) {
    const length = Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readBigUInt64LE());
    return {
      text: Buffer.from(bytes.subarray(8, 8 + length)).toString(),
      replace(text) {
        const head = Buffer.alloc(8);
        head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
        return Buffer.concat([head, Buffer.from(text), bytes.subarray(8 + length)]);
      },
    };
  },
};
