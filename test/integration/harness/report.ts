/** Marks the lines of the test report among all that an extension host logs; test/integration/run.mjs looks for it. */
const PREFIX = '[tests] ';

/** Reports each test on the console as it ends, and the count of all when they have ended. */
export function report(host: string, runner: Mocha.Runner): void {
  let passed = 0;
  let failed = 0;
  say(`${host} extension host`);
  runner.on('pass', (test) => {
    passed++;
    say(`  ✓ ${test.fullTitle()} (${test.duration} ms)`);
  });
  runner.on('pending', (test) => say(`  - ${test.fullTitle()}`));
  runner.on('fail', (test, error) => {
    failed++;
    say(`  ✗ ${test.fullTitle()}`);
    say(`${error?.stack ?? error}`.replace(/^/gm, '      '));
  });
  runner.on('end', () => say(`normscope-tests ${host}: ${passed} passed, ${failed} failed`));
}

function say(text: string): void {
  for (const line of text.split('\n')) console.log(PREFIX + line);
}
