import type { AnalysisOptions } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import { layoutGuesses, layoutGuessText } from '../model/layoutGuesses';
import { isAnswered, readingOf, readingText } from '../model/questions';

/** Something that was assumed of a run and could be otherwise. */
export interface ReportAssumption {
  readonly text: string;
  /** Options of the report command that choose another reading. If several layers have a guessed layout, the option is for the first. */
  readonly options: readonly string[];
}

/** What names, axes and layouts leave open, as it was assumed; what the person chose is none. */
export function reportAssumptions(
  catalog: RunCatalog,
  options: AnalysisOptions,
): readonly ReportAssumption[] {
  const readings = (catalog.questions ?? [])
    .filter((question) => !isAnswered(question, options.readings))
    .map((question) => ({
      text: readingText(question, readingOf(question, options.readings)),
      options: question.others.map((other) => `--reading ${quoted(`${question.id}=${other}`)}`),
    }));
  const layouts = layoutGuesses(catalog.layers, options).map((guess) => ({
    text: layoutGuessText(guess, guess.layers[0]),
    options: guess.others.map((other) => `--layout ${quoted(`${guess.layers[0].fullName}=${other}`)}`),
  }));
  return [...readings, ...layouts];
}

/** One word for a POSIX shell, whatever the names of files hold. */
function quoted(text: string): string {
  return /^[\w=.,:/-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
