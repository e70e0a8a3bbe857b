import { setFlagsFromString } from 'node:v8';

/** VS Code's engines have relaxed SIMD since 1.82; Node 20 has it behind a flag. For code that is compiled from now on. */
export function setRelaxedSimd(isOn: boolean): void {
  if (!process.versions.v8.startsWith('11.3.')) return;
  setFlagsFromString(isOn ? '--experimental-wasm-relaxed-simd' : '--no-experimental-wasm-relaxed-simd');
}
