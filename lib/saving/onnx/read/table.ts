/** All operators that are known. */
import { algebraOperators } from './operators/algebra.js';
import { elementwise } from './operators/elementwise.js';
import { hostOperators, onHost } from './operators/host.js';
import type { Call, Operand } from './operators/operator.js';
import { recurrentOperators } from './operators/recurrent.js';
import { shapeOperators } from './operators/shape.js';
import { windowOperators } from './operators/window.js';

const operators = { ...algebraOperators, ...elementwise, ...recurrentOperators, ...shapeOperators, ...windowOperators };

/** Whether there is an operator of that name. */
export function isKnown(opType: string): boolean {
  return Object.hasOwn(operators, opType) || Object.hasOwn(hostOperators, opType);
}

/** Makes a call: on the host where all that it takes is there, else with tensors. */
export function callOperator(call: Call): readonly Operand[] {
  if (onHost(call)) return [hostOperators[call.opType]!(call)];
  const operator = Object.hasOwn(operators, call.opType) ? operators[call.opType]! : undefined;
  if (!operator) throw call.refuse('numbers that are constants', 'such that are known at run time only');
  const made = operator(call);
  return Array.isArray(made) ? (made as readonly Operand[]) : [made as Operand];
}
