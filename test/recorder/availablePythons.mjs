import { ensurePyTorch } from '../vscode/systemPackages.mjs';
import { currentVersion, ensureCurrentPyTorch } from './currentPyTorch.mjs';

/**
 * A Python for each version of PyTorch that the recorder is tested with: the oldest that it supports, as a Linux
 * distribution carries it, and the release that requirements.txt pins, from pip. NORMSCOPE_PYTHON names a Python to use
 * in place of both.
 *
 * @returns {Promise<({ python: string, unavailable?: undefined } | { python?: undefined, unavailable: string })[]>}
 *   `unavailable`: a sentence that says what was not tested, and why
 */
export async function availablePythons() {
  if (process.env['NORMSCOPE_PYTHON'] !== undefined) return [{ python: await ensurePyTorch() }];
  return Promise.all([
    pythonFrom("The distribution's PyTorch", ensurePyTorch),
    pythonFrom(`PyTorch ${await currentVersion()}`, ensureCurrentPyTorch),
  ]);
}

/**
 * @param {string} name what is not tested where `ensure` fails
 * @param {() => Promise<string>} ensure finds or installs a Python
 */
async function pythonFrom(name, ensure) {
  try {
    return { python: await ensure() };
  } catch (error) {
    return { unavailable: `${name} was not tested: ${/** @type {Error} */ (error).message}` };
  }
}
