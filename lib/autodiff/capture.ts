/** Capture: a function of tensors, recorded at its first call for a signature, replayed as one native call after that. */
import { CaptureError } from '../errors.js';
import { refuseInCapture } from '../native/recording.js';
import { Program } from './program.js';
import { defaultRuntime } from '../ops/define.js';
import { Tensor } from '../tensor/tensor.js';

type Results = Tensor | readonly Tensor[] | { readonly [name: string]: Tensor };

interface Captured {
  program: Program;
  /** Puts the flat outputs back into the shape the function returned them in. */
  assemble: (outputs: Tensor[]) => Results;
  frozen: unknown[];
}

/** Signatures kept per function; the oldest goes when there are more. */
const KEPT = 16;

function flatten(result: Results): { tensors: readonly Tensor[]; assemble: (outputs: Tensor[]) => Results } {
  if (result instanceof Tensor) return { tensors: [result], assemble: (outputs) => outputs[0]! };
  if (Array.isArray(result)) return { tensors: result as Tensor[], assemble: (outputs) => outputs };
  // what is neither of the three, a promise above all, is refused where all results are looked at
  const plain = typeof result === 'object' && result !== null && Object.getPrototypeOf(result) === Object.prototype;
  if (!plain) return { tensors: [result as unknown as Tensor], assemble: (outputs) => outputs[0]! };
  const names = Object.keys(result);
  return {
    tensors: names.map((name) => (result as Record<string, Tensor>)[name]!),
    assemble: (outputs) => Object.fromEntries(names.map((name, i) => [name, outputs[i]!])),
  };
}

/**
 * Makes a function that is recorded at its first call and replayed as one native call at every later one with the same shapes and dtypes.
 * Other shapes are another recording. Variables that it reads are read, and those it assigns are changed, at every call; results
 * are fresh tensors.
 *
 * Inside, nothing may be read from the device, no variable made and no captured function called; a number given as an argument must stay
 * the same (pass `scalar(x)` where it varies). Each of these is a CaptureError that says what to do.
 *
 * @example
 * const step = capture((x: Tensor, y: Tensor) => {
 *   const { value, gradients } = valueAndGrad(() => loss(y, model.call(x)), model.trainableWeights);
 *   optimizer.apply(gradients, model.trainableWeights);
 *   return value;
 * });
 */
export function capture<A extends readonly unknown[], R extends Results>(fn: (...args: A) => R): (...args: A) => R {
  const captured = new Map<string, Captured>();
  return (...args) => {
    refuseInCapture('capture', 'a captured function called while another is being captured', 'capture the outer function only');
    const tensors = args.filter((arg): arg is Tensor => arg instanceof Tensor);
    for (const tensor of tensors) tensor.check('capture');
    const frozen = args.filter((arg) => !(arg instanceof Tensor));
    const runtime = tensors[0]?.runtime ?? defaultRuntime();
    const key =
      args.map((arg) => (arg instanceof Tensor ? `${arg.dtype}[${(arg as Tensor).shape.join(',')}]` : '.')).join(';') + runtime.name;
    let known = captured.get(key);
    if (known) {
      known.frozen.forEach((value, i) => {
        if (Object.is(value, frozen[i])) return;
        throw new CaptureError({
          where: 'capture',
          expected: `the argument ${String(value)} that the step was recorded with`,
          received: String(frozen[i]),
          hint: 'pass a value that changes as a tensor, for example scalar(x)',
        });
      });
    } else {
      let assemble: Captured['assemble'] = (outputs) => outputs;
      const program = new Program(runtime, tensors, (inputs) => {
        let next = 0;
        const result = fn(...(args.map((arg) => (arg instanceof Tensor ? inputs[next++] : arg)) as unknown as A));
        const flat = flatten(result);
        assemble = flat.assemble;
        return flat.tensors;
      });
      known = { program, assemble, frozen };
      captured.set(key, known);
      if (captured.size > KEPT) {
        const oldest = captured.keys().next().value!;
        captured.get(oldest)!.program.dispose();
        captured.delete(oldest);
      }
    }
    return known.assemble(known.program.run(tensors).outputs) as R;
  };
}
