/** The values of variables at one moment, brought to host memory while training goes on. */
import * as ops from '../ops/index.js';
import { type DType, dtypeBytes } from '../tensor/dtype.js';
import { keep } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** What is known of an array before its values have come. */
export interface ArraySpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Arrays on their way to the host. */
export interface Snapshot {
  readonly specs: readonly ArraySpec[];
  /** Their bytes, in order; each is to be used up before the next is asked for. */
  bytes(): AsyncGenerator<Uint8Array>;
  dispose(): void;
}

/** Bytes that a device sends at a time, so that its steps never wait long for the line: about a millisecond. */
const PIECE = 16 * 2 ** 20;

/**
 * Takes snapshots. The CPU's memory is copied once, in the order of its commands, into memory that is kept from snapshot to snapshot (new pages
 * cost ten times as much as the copy). A GPU copies to its own memory, and sends that in pieces between the steps that follow.
 */
export class Snapshots {
  private readonly buffers: (ArrayBuffer | undefined)[] = [];

  /** Touches the memory for snapshots of these tensors, so that the first one is as quick as the others. */
  prepare(tensors: readonly NamedTensor[]): void {
    tensors.forEach(({ tensor }, i) => {
      if (tensor.device === 'cpu') new Uint8Array(this.buffer(i, tensor)).fill(1);
    });
  }

  private buffer(i: number, { size, dtype }: Tensor): ArrayBuffer {
    const length = size * dtypeBytes[dtype];
    const known = this.buffers[i];
    return known?.byteLength === length ? known : (this.buffers[i] = new ArrayBuffer(length));
  }

  /** Queues the copies; only one snapshot may be in use at a time. Neither JavaScript nor the commands after it wait for more than these. */
  take(tensors: readonly NamedTensor[], first = 0): Snapshot {
    const parts = tensors.map(({ tensor }, i) => (tensor.device === 'cpu' ? this.read(first + i, tensor) : sent(tensor)));
    return {
      specs: tensors.map(({ name, tensor: { shape, dtype } }) => ({ name, shape, dtype })),
      async *bytes() {
        for (const part of parts) yield* part.bytes();
      },
      dispose: () => {
        for (const part of parts) part.dispose();
      },
    };
  }

  private read(i: number, tensor: Tensor): Part {
    const { runtime, handle, dtype, size } = tensor;
    const values = runtime.read(handle, dtype, size, this.buffer(i, tensor));
    values.catch(() => undefined); // told of where they are used
    return {
      async *bytes() {
        yield new Uint8Array(await values);
      },
      dispose: () => undefined,
    };
  }
}

type Part = Pick<Snapshot, 'bytes' | 'dispose'>;

function sent(tensor: Tensor): Part {
  const copy = keep(ops.copy(tensor));
  const each = Math.max(1, Math.floor(PIECE / dtypeBytes[tensor.dtype]));
  return {
    async *bytes() {
      for (let from = 0; from < copy.size; from += each) {
        const piece = copy.size <= each ? copy : pieceOf(copy, from, Math.min(each, copy.size - from));
        try {
          const { buffer, byteOffset, byteLength } = await piece.data();
          yield new Uint8Array(buffer, byteOffset, byteLength);
        } finally {
          if (piece !== copy) piece.dispose();
        }
      }
      copy.dispose();
    },
    dispose: () => copy.dispose(),
  };
}

function pieceOf(copy: Tensor, from: number, count: number): Tensor {
  const flat = ops.reshape(copy, [copy.size]);
  const piece = keep(ops.slice(flat, [from], [count]));
  flat.dispose();
  return piece;
}
