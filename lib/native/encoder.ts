/**
 * Writes command words (native/core/command.h). One buffer a stream: the eager stream is flushed to the device, a recording is kept and
 * becomes a Program.
 */

const floatBits = new Float64Array(1);
const floatWords = new Int32Array(floatBits.buffer);

/** The core's own commands; ops begin at 16. */
export const FREE = 1;
export const RESHAPE = 2;

/** A new output: its handle, dtype code and shape; or an existing tensor that the command changes in place. */
export interface EncodedOutput {
  handle: number;
  /** -1: an existing tensor. */
  dtype: number;
  shape: readonly number[];
}

export class CommandEncoder {
  words: Int32Array;
  length = 0;
  /** Commands written since the last reset. */
  commands = 0;

  constructor(capacity = 16384) {
    this.words = new Int32Array(capacity);
  }

  reset(): void {
    this.length = 0;
    this.commands = 0;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.words.length) return;
    const grown = new Int32Array(Math.max(this.words.length * 2, this.length + more));
    grown.set(this.words.subarray(0, this.length));
    this.words = grown;
  }

  /** `floats[i]` tells that attribute i is a float64, written as two words. */
  command(
    opcode: number,
    inputs: readonly { readonly handle: number }[],
    outputs: readonly EncodedOutput[],
    attrs: readonly number[],
    floats: readonly boolean[],
  ): void {
    let room = 5 + inputs.length + attrs.length * 2;
    for (const output of outputs) room += 3 + output.shape.length;
    this.reserve(room);
    const words = this.words;
    const start = this.length;
    let at = start + 5;
    for (let i = 0; i < inputs.length; i++) words[at++] = inputs[i]!.handle;
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i]!;
      words[at++] = output.handle;
      words[at++] = output.dtype;
      if (output.dtype < 0) continue;
      const shape = output.shape;
      words[at++] = shape.length;
      for (let d = 0; d < shape.length; d++) words[at++] = shape[d]!;
    }
    const attrsAt = at;
    for (let i = 0; i < attrs.length; i++) {
      if (floats[i] === true) {
        floatBits[0] = attrs[i]!;
        words[at++] = floatWords[0]!;
        words[at++] = floatWords[1]!;
      } else {
        words[at++] = attrs[i]!;
      }
    }
    words[start] = opcode;
    words[start + 1] = at - start;
    words[start + 2] = inputs.length;
    words[start + 3] = outputs.length;
    words[start + 4] = at - attrsAt;
    this.length = at;
    this.commands++;
  }

  free(handle: number): void {
    this.reserve(6);
    const words = this.words;
    let at = this.length;
    words[at++] = FREE;
    words[at++] = 6;
    words[at++] = 1;
    words[at++] = 0;
    words[at++] = 0;
    words[at++] = handle;
    this.length = at;
    this.commands++;
  }
}
