import { setTranslations } from '../src/model/translations';

// The first import of the entry point: modules that translate while they are loaded need the language before that.
// The host writes the texts of VS Code's display language into the page; without them the panel is in English.
const texts = document.getElementById('app')?.dataset['l10n'];
setTranslations(texts === undefined ? undefined : JSON.parse(texts));
