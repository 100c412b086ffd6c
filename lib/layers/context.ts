/** What holds while layers call each other: training or not, penalties on activations, masks of tensors. */
import type { Tensor } from '../tensor/tensor.js';

interface CallContext {
  training: boolean;
  /** Penalties that layers add while they are called. */
  losses: Tensor[];
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

/** Runs the call of a layer; `losses` receives the penalties when this is the outermost call. */
export function inCall<T>(training: boolean, fn: () => T, finish: (losses: Tensor[]) => void): T {
  const outer = context;
  context = { training, losses: outer?.losses ?? [] };
  try {
    const result = fn();
    if (!outer) finish(context.losses);
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
