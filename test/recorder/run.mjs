/**
 * Runs the recorder's tests with a Python that has PyTorch, which is installed where that is possible. Expects the
 * report command in dist/ (`npm run test:recorder` builds it). Arguments name test modules; by default all run.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { note } from '../vscode/progress.mjs';
import { runMain } from '../vscode/runMain.mjs';
import { ensurePyTorch } from '../vscode/systemPackages.mjs';

await runMain(import.meta.url, async () => {
  const python = await ensurePyTorch();
  const script = fileURLToPath(new URL('run_tests.py', import.meta.url));
  const child = spawn(python, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) note(`the recorder's tests ended with ${code}`);
  process.exitCode = code === 0 ? 0 : 1;
});
