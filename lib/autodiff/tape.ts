/**
 * Reverse-mode differentiation. While a tape is active every op that touches a watched tensor leaves a node: what went in, what came out, and
 * how a gradient of the outputs becomes gradients of the inputs. Walking the nodes backwards gives the gradients.
 */
import type { Tensor } from '../tensor/tensor.js';

/**
 * Gradients of an op's inputs, one entry an input, from the gradients of its outputs (undefined where nothing depends on an output).
 * An entry is a function, called only when that input's gradient is wanted; null where there is none.
 */
export type Backward = (...outputGradients: (Tensor | undefined)[]) => readonly ((() => Tensor) | null)[];

interface Node {
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  backward: Backward;
}

export class Tape {
  private readonly nodes: Node[] = [];
  private readonly tracked = new Set<Tensor>();

  /** Gradients of this tensor will be wanted. */
  watch(tensor: Tensor): void {
    this.tracked.add(tensor);
  }

  tracks(tensor: Tensor): boolean {
    return this.tracked.has(tensor);
  }

  note(inputs: readonly Tensor[], outputs: readonly Tensor[], backward: Backward): void {
    if (!inputs.some((input) => this.tracked.has(input))) return;
    for (const output of outputs) this.tracked.add(output);
    this.nodes.push({ inputs, outputs, backward });
  }

  /**
   * Gradients of `target` with respect to `sources`, given the gradient of `target` itself; undefined where it does not depend on one.
   * `add` sums two gradients of the same tensor.
   */
  gradients(target: Tensor, seed: Tensor, sources: readonly Tensor[], add: (a: Tensor, b: Tensor) => Tensor): (Tensor | undefined)[] {
    const wanted = this.needed(sources);
    const gradients = new Map<Tensor, Tensor>([[target, seed]]);
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i]!;
      if (!node.outputs.some((output) => gradients.has(output))) continue;
      if (!node.inputs.some((input) => wanted.has(input))) continue;
      const parts = node.backward(...node.outputs.map((output) => gradients.get(output)));
      node.inputs.forEach((input, k) => {
        const part = parts[k];
        if (!part || !wanted.has(input)) return;
        const known = gradients.get(input);
        const gradient = part();
        gradients.set(input, known ? add(known, gradient) : gradient);
      });
    }
    return sources.map((source) => gradients.get(source));
  }

  /** Tensors on a path from a source: gradients of others are never computed. */
  private needed(sources: readonly Tensor[]): Set<Tensor> {
    const wanted = new Set(sources);
    for (const node of this.nodes) {
      if (node.inputs.some((input) => wanted.has(input))) for (const output of node.outputs) wanted.add(output);
    }
    return wanted;
  }
}

let tapes: Tape[] = [];

/** Runs `fn` with `tape` listening, beside the tapes that already do. */
export function withTape<T>(tape: Tape, fn: () => T): T {
  const before = tapes;
  tapes = [...before, tape];
  try {
    return fn();
  } finally {
    tapes = before;
  }
}

/** Runs `fn` with no tape listening. */
export function withoutTape<T>(fn: () => T): T {
  const before = tapes;
  tapes = [];
  try {
    return fn();
  } finally {
    tapes = before;
  }
}

/** Called by every op that has a gradient. */
export function noteOp(inputs: readonly Tensor[], outputs: readonly Tensor[], backward: Backward): void {
  for (const tape of tapes) tape.note(inputs, outputs, backward);
}

export function isTaping(): boolean {
  return tapes.length > 0;
}
