// mocha's output in a line a file while tests pass, with everything about those that fail; the counts go to NODE_CUDNN_TEST_COUNTS.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters } = require('mocha');

module.exports = class Reporter {
  constructor(runner) {
    const files = new Map();
    const failures = [];
    const skipped = [];
    const root = process.cwd();
    const entry = (test) => {
      const name = test.file ? relative(root, test.file) : '(hooks)';
      if (!files.has(name)) files.set(name, { passed: 0, failed: 0, skipped: 0, ms: 0 });
      return files.get(name);
    };
    let current;
    const printFile = () => {
      if (current === undefined) return;
      const counts = files.get(current);
      const parts = ['passed', 'failed', 'skipped'].filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
      console.log(`  ${current}: ${parts.join(', ')} (${(counts.ms / 1000).toFixed(1)} s)`);
    };
    const at = (test) => {
      const name = test.file ? relative(root, test.file) : '(hooks)';
      const counts = entry(test);
      if (name !== current) {
        printFile();
        current = name;
      }
      return counts;
    };
    runner.on('pass', (test) => {
      const counts = at(test);
      counts.passed++;
      counts.ms += test.duration ?? 0;
    });
    runner.on('pending', (test) => {
      at(test).skipped++;
      skipped.push(test);
    });
    runner.on('fail', (test, error) => {
      const counts = at(test);
      counts.failed++;
      counts.ms += test.duration ?? 0;
      test.err = error;
      failures.push(test);
      console.log(`  FAILED ${test.fullTitle()}`);
    });
    runner.on('end', () => {
      printFile();
      for (const test of skipped) console.log(`  skipped: ${test.fullTitle()}`);
      if (failures.length > 0) reporters.Base.list(failures);
      const sum = (kind) => [...files.values()].reduce((total, counts) => total + counts[kind], 0);
      const counts = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
      if (process.env.NODE_CUDNN_TEST_COUNTS) writeFileSync(process.env.NODE_CUDNN_TEST_COUNTS, JSON.stringify(counts));
      else console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
    });
  }
};
