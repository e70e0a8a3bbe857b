import { runMocha } from './harness/runMocha';

/** VS Code calls this in its Node extension host. */
export const run = (): Promise<void> => runMocha('node', () => import('./suites'));
