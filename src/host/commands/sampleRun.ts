import { type ExtensionContext, Uri } from 'vscode';
import type { OtherRun } from '../../model/reference';

/** The run that comes with the extension. */
export function sampleRoots({ extensionUri }: Pick<ExtensionContext, 'extensionUri'>): readonly string[] {
  return [Uri.joinPath(extensionUri, 'media', 'sample').toString()];
}

/** The layers that both networks of the sample have. */
const SAMPLE_LAYERS = ['conv1', 'conv2', 'fc1', 'fc2'];

/** The sample as the reference of itself: its network with batch normalization compared with the plain one. */
export function sampleReference(roots: readonly string[]): OtherRun {
  return {
    roots,
    layers: Object.fromEntries([
      ...SAMPLE_LAYERS.map((name) => [`batchnorm.${name}`, `plain.${name}`]),
      ...SAMPLE_LAYERS.map((name) => [`plain.${name}`, null]),
    ]),
  };
}
