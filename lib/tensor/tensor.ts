/** The tensor: a plain object that names memory on a device by an integer handle. */
import { inspect } from 'node:util';
import { CaptureError, DisposedError } from '../errors.js';
import type { Runtime } from '../native/runtime.js';
import { activeRecording, type Recording } from '../native/recording.js';
import type { Shape } from '../types/index.js';
import { type DType, dtypeBytes, typedArray, type TypedArrays } from './dtype.js';
import { formatTensor, nest, type Nested } from './format.js';
import { trackInScope } from './scope.js';

/** Frees native memory of tensors that nobody disposed. Held by its own object, so that views and tensors are told apart. */
const registry = new FinalizationRegistry<{ runtime: Runtime; handle: number }>(({ runtime, handle }) => {
  runtime.tensors--;
  runtime.free(handle);
});

/** @internal What copies a tensor to another device: set by ops/define.ts, which knows the tape, as the tape knows tensors. */
export const transfer: { run?: (x: Tensor, device: string) => Tensor } = {};

/** How a tensor came to be, where a later op may do better for knowing: a loss that sees the logits under a softmax. */
export interface Provenance {
  op: 'softmax' | 'sigmoid' | 'logSoftmax';
  input: Tensor;
  axis: number;
}

/**
 * A dense array on a device.
 *
 * @example
 * const t = tensor([[1, 2], [3, 4]]);   // Tensor<[2, 2], 'float32'>
 * await t.data();                       // Float32Array [1, 2, 3, 4]
 */
export class Tensor<S extends Shape = Shape, D extends DType = DType> {
  readonly shape: S;
  readonly dtype: D;
  /** Number of elements. */
  readonly size: number;
  /** @internal */
  readonly handle: number;
  /** @internal */
  readonly runtime: Runtime;
  /** @internal The captured step that this tensor exists in, when it exists nowhere else. */
  readonly recording: Recording | undefined;
  /** @internal */
  provenance?: Provenance;
  private disposed = false;

  /** @internal Tensors are made by functions such as `tensor`, `zeros` and the ops. */
  constructor(runtime: Runtime, handle: number, shape: S, dtype: D, recording?: Recording) {
    this.runtime = runtime;
    this.handle = handle;
    this.shape = shape;
    this.dtype = dtype;
    this.recording = recording;
    let size = 1;
    for (let i = 0; i < shape.length; i++) size *= shape[i]!;
    this.size = size;
    if (!recording) {
      runtime.tensors++;
      registry.register(this, { runtime, handle }, this);
      // A constant made while a step is captured must live until the step is built, whatever scope it was made in.
      const capturing = activeRecording();
      if (capturing) capturing.releaseLater(this);
      else trackInScope(this);
    }
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Bytes of native memory. */
  get bytes(): number {
    return this.size * dtypeBytes[this.dtype];
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Name of the device that holds it. */
  get device(): string {
    return this.runtime.name;
  }

  /**
   * The same values on another device, by way of host memory; the very same memory where it is there already. Neither JavaScript nor the
   * commands given before wait for the copy: it takes its place in the order of both devices, and gradients flow back through it.
   *
   * @throws DeviceError where the device cannot work, CaptureError inside a captured step.
   * @example
   * const onGpu = tensor([1, 2, 3]).to('cuda');
   */
  to(device: 'cpu' | 'cuda' | `cuda:${number}`): Tensor<S, D> {
    this.check('to');
    return transfer.run!(this, device) as Tensor<S, D>;
  }

  /** @internal Throws where the tensor cannot be used. */
  check(where: string): void {
    if (this.disposed) {
      throw new DisposedError({
        where,
        expected: 'a live tensor',
        received: `a disposed one of shape [${this.shape.join(', ')}]`,
        hint: 'dispose of a tensor only after its last use',
      });
    }
    if (this.recording && this.recording !== activeRecording()) {
      throw new CaptureError({
        where,
        expected: 'a tensor that exists outside the captured step',
        received: `one of shape [${this.shape.join(', ')}] that was made inside it`,
        hint: 'return it from the captured function and use the result',
      });
    }
  }

  /** The elements, last axis fastest, as a typed array; waits for the device without blocking the event loop. */
  async data(): Promise<TypedArrays[D]> {
    this.checkReadable('data');
    return typedArray(this.dtype, await this.runtime.read(this.handle, this.dtype, this.size));
  }

  /** The elements as nested arrays; a number (or boolean) for rank 0. */
  async array(): Promise<Nested> {
    return nest(await this.data(), this.shape, this.dtype);
  }

  /** The elements, blocking until the device has made them. Meant for small tensors in scripts; `data` is the rule. */
  dataSync(): TypedArrays[D] {
    this.checkReadable('dataSync');
    return typedArray(this.dtype, this.runtime.readSync(this.handle, this.dtype, this.size));
  }

  /** The one element of a tensor of size 1, blocking. */
  item(): number {
    return Number(this.dataSync()[0]);
  }

  private checkReadable(where: string): void {
    const recording = activeRecording();
    if (recording) {
      throw new CaptureError({
        where,
        expected: 'no reading inside a captured step',
        received: `a read of a tensor of shape [${this.shape.join(', ')}]`,
        hint: 'return the tensor from the captured function and read the result',
      });
    }
    this.check(where);
  }

  /** Releases the native memory now. Using the tensor afterwards is a DisposedError; disposing twice is not an error. */
  dispose(): void {
    if (this.disposed || this.recording) return;
    const capturing = activeRecording();
    if (capturing) {
      capturing.releaseLater(this);
      return;
    }
    this.disposed = true;
    registry.unregister(this);
    this.runtime.tensors--;
    this.runtime.free(this.handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Prints the values to standard output. */
  print(): void {
    process.stdout.write(`${formatTensor(this)}\n`);
  }

  toString(): string {
    return `Tensor<[${this.shape.join(', ')}], ${this.dtype}>`;
  }

  [inspect.custom](): string {
    return formatTensor(this);
  }
}
