import assert from 'node:assert/strict';
import { sourceFiles, sourceParser } from '../../../media/l10n/sources.mjs';

const DIALOG = /\.show(?:InputBox|QuickPick)$/;

describe('architecture: dialogs', () => {
  it('stay open when they lose focus', async () => {
    const parse = await sourceParser();
    const dialogs = sourceFiles()
      .filter((file) => file.startsWith('src'))
      .flatMap((file) =>
        parse(file)
          .descendantsOfType('call_expression')
          .filter((call) => DIALOG.test(call.childForFieldName('function')?.text ?? ''))
          .map((call) => ({ file, text: call.text })),
      );
    assert.ok(dialogs.length > 15, `There are ${dialogs.length} dialogs.`);
    assert.deepEqual(
      dialogs.filter(({ text }) => !text.includes('...STAYS_OPEN')),
      [],
    );
  });
});
