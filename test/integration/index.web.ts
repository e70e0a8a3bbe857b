import { runMocha } from './harness/runMocha';

/** VS Code calls this in its web extension host. */
export const run = (): Promise<void> => runMocha('web', () => import('./suites'));
