/**
 * Runs the integration suites in a real VS Code, in both extension hosts side by side. Expects the extension in dist/ and
 * the suites in out/test/integration/ (`npm run test:integration` builds both).
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { countTests } from '../countTests.mjs';
import { note, step } from '../vscode/progress.mjs';
import { provision } from '../vscode/provision.mjs';
import { runMain } from '../vscode/runMain.mjs';

/** Test reports start with this; the rest is what VS Code and the extension log. */
const REPORT_PREFIX = '[tests] ';

const HOSTS = /** @type {const} */ (['node', 'web']);

/**
 * @param {typeof HOSTS[number]} host
 * @returns {Promise<boolean>} whether tests ran and none failed
 */
async function runHost(host) {
  const log = fileURLToPath(new URL(`../../out/test/integration/${host}.log`, import.meta.url));
  const { code, report } = await step(`testing in the ${host} extension host`, () => testIn(host, log));
  const { passed, failed } = countTests(report);
  if (passed + failed === 0)
    note(`no test ran in the ${host} extension host; what VS Code said is in ${log}`);
  else if (code !== 0) note(`tests failed in the ${host} extension host; what VS Code said is in ${log}`);
  return code === 0 && passed > 0 && failed === 0;
}

/**
 * Passes the test report on when it is complete and writes everything to a file.
 *
 * @param {string} host
 * @param {string} log path of that file
 * @returns {Promise<{ code: number | null, report: string }>}
 */
async function testIn(host, log) {
  const script = fileURLToPath(new URL('runHost.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, host], { stdio: ['ignore', 'pipe', 'pipe'] });
  const logFile = createWriteStream(log);
  let report = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      logFile.write(`${line}\n`);
      if (!line.startsWith(REPORT_PREFIX)) return;
      const said = line.slice(REPORT_PREFIX.length);
      report += `${said}\n`;
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  logFile.end();
  process.stdout.write(report);
  return { code, report };
}

await runMain(import.meta.url, async () => {
  // Both would get it at the same time.
  await provision();
  const results = await Promise.all(HOSTS.map(runHost));
  if (results.includes(false)) process.exitCode = 1;
});
