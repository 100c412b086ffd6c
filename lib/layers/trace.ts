/** Output shapes of functions nobody wrote a rule for: the function is recorded with placeholders and thrown away; nothing is executed. */
import { record, type Recording } from '../native/recording.js';
import { defaultRuntime } from '../ops/define.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { BatchShape } from './symbolic.js';

/** Stand-ins for an unknown dimension. An output dimension that differs between the two is unknown as well. */
const STAND_INS = [12, 24] as const;

interface Traced {
  shapes: BatchShape[];
  dtypes: DType[];
  isList: boolean;
}

function traceWith(
  standIn: number,
  shapes: readonly BatchShape[],
  dtypes: readonly DType[],
  fn: (inputs: Tensor[]) => Tensor | readonly Tensor[],
): Traced {
  const runtime = defaultRuntime();
  let used: Recording | undefined;
  try {
    const { result } = record(runtime, (recording) => {
      used = recording;
      const inputs = shapes.map((shape, i) => {
        const dims = shape.map((dim) => dim ?? standIn);
        return new Tensor(runtime, recording.newHandle(), dims, dtypes[i]!, recording);
      });
      return fn(inputs);
    });
    const isList = !(result instanceof Tensor);
    const outputs = isList ? result : [result];
    return { shapes: outputs.map((output) => output.shape), dtypes: outputs.map((output) => output.dtype), isList };
  } finally {
    used?.finish();
  }
}

/** Shapes and dtypes of what `fn` returns for inputs of these shapes. */
export function trace(
  shapes: readonly BatchShape[],
  dtypes: readonly DType[],
  fn: (inputs: Tensor[]) => Tensor | readonly Tensor[],
): Traced {
  const first = traceWith(STAND_INS[0], shapes, dtypes, fn);
  if (!shapes.some((shape) => shape.includes(null))) return first;
  const second = traceWith(STAND_INS[1], shapes, dtypes, fn);
  return {
    ...first,
    shapes: first.shapes.map((shape, i) => shape.map((dim, axis) => (dim === second.shapes[i]?.[axis] ? dim : null))),
  };
}
