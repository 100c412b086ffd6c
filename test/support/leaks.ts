/**
 * Root hooks of mocha: every test ends, its own hooks included, with as many live tensors and native bytes as it began with. What a test
 * makes before its first await is disposed of for it; what is left to the garbage collector is collected before it is counted.
 */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openRuntimes, type Runtime } from '../../lib/native/runtime.js';
import { openScope } from '../../lib/tensor/scope.js';

interface Count {
  tensors: number;
  bytes: number;
}

function counts(): Map<Runtime, Count> {
  const found = new Map<Runtime, Count>();
  for (const runtime of openRuntimes()) {
    runtime.flush();
    found.set(runtime, { tensors: runtime.tensors, bytes: runtime.memory().live });
  }
  return found;
}

/** What is there now and was not before, in words; empty where nothing is. */
export function leaked(before: Map<Runtime, Count>): string {
  const parts: string[] = [];
  for (const [runtime, now] of counts()) {
    const was = before.get(runtime) ?? { tensors: 0, bytes: 0 };
    if (now.tensors > was.tensors) parts.push(`${now.tensors - was.tensors} tensors on ${runtime.name}`);
    if (now.bytes > was.bytes) parts.push(`${now.bytes - was.bytes} native bytes on ${runtime.name}`);
  }
  return parts.join(', ');
}

let collect: (() => void) | undefined;

/** Collects garbage and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const runtime of openRuntimes()) await runtime.sync();
}

/** What a test that waits long enough still leaves behind, in words; empty where it leaves nothing. */
async function leftBehind(before: Map<Runtime, Count>): Promise<string> {
  for (const runtime of openRuntimes()) await runtime.sync();
  for (let i = 0; i < 10 && leaked(before) !== ''; i++) await collectGarbage();
  return leaked(before);
}

/** Runs `fn`; what it makes before its first await is disposed of when it ends, later things are its own to release. */
async function scoped(fn: () => unknown): Promise<void> {
  const scope = openScope();
  try {
    const pending = fn();
    scope.close();
    await pending;
  } finally {
    scope.dispose();
  }
}

/** Runs `fn` and throws where it leaves tensors or native memory behind. */
export async function withoutLeaks(fn: () => unknown): Promise<void> {
  const before = counts();
  await scoped(fn);
  const left = await leftBehind(before);
  if (left !== '') throw new Error(`expected as many tensors and native bytes after as before, got ${left} more`);
}

interface RunningTest {
  fn?: (this: unknown) => unknown;
  state?: string;
  fullTitle(): string;
}

interface Hooked {
  currentTest?: RunningTest;
}

let before = new Map<Runtime, Count>();
const leaks: string[] = [];

export const mochaHooks = {
  // First of all hooks before a test, as afterEach is the last of all after it: what a suite's own hooks make they also release.
  beforeEach(this: Hooked): void {
    before = counts();
    const test = this.currentTest;
    const fn = test?.fn;
    // A test that takes a callback ends when it says so, which only mocha sees.
    if (!test || !fn || fn.length > 0) return;
    test.fn = function checked(this: unknown) {
      return scoped(() => fn.call(this));
    };
  },
  // An error in a root hook would end the whole run, so all are told of at the end.
  async afterEach(this: Hooked): Promise<void> {
    if (this.currentTest?.state !== 'passed') return;
    const left = await leftBehind(before);
    if (left !== '') leaks.push(`${this.currentTest.fullTitle()}: ${left}`);
  },
  afterAll(): void {
    assert.deepEqual(leaks, [], 'tests that leave tensors or native memory behind');
  },
};
