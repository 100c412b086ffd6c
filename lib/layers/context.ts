/** What holds while layers call each other: training or not, penalties on activations, masks of tensors. */
import type { Tensor } from '../tensor/tensor.js';

/** A figure that a layer tells of itself. */
export interface ToldMetric {
  readonly name: string;
  readonly value: Tensor;
}

/** What layers tell while they are called: penalties, and figures to show. */
export interface Told {
  readonly losses: Tensor[];
  readonly metrics: ToldMetric[];
}

interface CallContext extends Told {
  training: boolean;
}

let context: CallContext | undefined;

/** Whether some layer is being called. */
export function insideCall(): boolean {
  return context !== undefined;
}

/** `training` as given, else of the call around this one, else false. */
export function trainingOr(given: boolean | undefined): boolean {
  return given ?? context?.training ?? false;
}

/** Runs the call of a layer; `finish` receives what was told when this is the outermost call. */
export function inCall<T>(training: boolean, fn: () => T, finish: (told: Told) => void): T {
  const outer = context;
  context = { training, losses: outer?.losses ?? [], metrics: outer?.metrics ?? [] };
  try {
    const result = fn();
    if (!outer) finish(context);
    return result;
  } finally {
    context = outer;
  }
}

/** Adds a penalty to the call that is going on; false where there is none. */
export function addCallLoss(loss: Tensor): boolean {
  context?.losses.push(loss);
  return context !== undefined;
}

/** Tells a figure of the call that is going on; false where there is none. */
export function addCallMetric(metric: ToldMetric): boolean {
  context?.metrics.push(metric);
  return context !== undefined;
}

const masks = new WeakMap<Tensor, Tensor>();

/** The mask that a layer attached to its output: which steps are real. */
export function maskOf(tensor: Tensor): Tensor | undefined {
  const mask = masks.get(tensor);
  return mask?.isDisposed ? undefined : mask;
}

/** Attaches a mask to what a layer returns: bool, [batch, steps], true where a step is real. Layers that know masks are called with it. */
export function setMask(tensor: Tensor, mask: Tensor): void {
  masks.set(tensor, mask);
}

/** What became of `from` keeps its mask: a cast, a reshape of the features. */
export function carryMask(from: Tensor, to: Tensor): Tensor {
  const mask = maskOf(from);
  if (mask && to !== from) setMask(to, mask);
  return to;
}
