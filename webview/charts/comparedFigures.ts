import { t } from '@vscode/l10n';
import type { RecordPlace } from '../../src/model/catalog';
import type { Compared } from '../../src/model/compared';
import type { QuantityScale } from '../../src/model/mapQuantities';
import type { RunJoin } from '../../src/model/runJoin';

/** How the map reads a figure: as its quantity, or as what two runs differ by. */
export type ShownScale = QuantityScale | 'difference' | 'shareDifference' | 'ratio';

/** Figures by record id; NaN where there is none. */
export interface Figures {
  get(record: number): number;
  /** Visits every figure, by ascending record id. */
  forEach(visit: (record: number, value: number) => void): void;
}

/** A quantity that may have either sign has no ratio. */
export function hasRatio(scale: QuantityScale): boolean {
  return scale !== 'signed';
}

/** The scale of a quantity that is compared. */
export function comparedScale(scale: QuantityScale, compared: Compared): ShownScale {
  if (compared === 'ratio' && hasRatio(scale)) return 'ratio';
  if (compared === 'values') return scale;
  return scale === 'share' || scale === 'rareShare' ? 'shareDifference' : 'difference';
}

/**
 * The figures of one run minus, or divided by, those of the records of the other run that belong to them. Nothing is stored:
 * each is made when it is read.
 */
export function comparedFigures(
  own: Figures,
  other: Figures,
  join: RunJoin<RecordPlace>,
  records: readonly RecordPlace[],
  scale: ShownScale,
): Figures {
  const compare = (record: number, value: number) => {
    const place = records[record];
    const partner = place && join.partnerOf(place);
    const from = partner === undefined ? Number.NaN : other.get(partner.id);
    return scale === 'ratio' ? ratioOf(value, from) : value - from;
  };
  return {
    get: (record) => compare(record, own.get(record)),
    forEach: (visit) =>
      own.forEach((record, value) => {
        const compared = compare(record, value);
        if (!Number.isNaN(compared)) visit(record, compared);
      }),
  };
}

/** 1 if both are 0. */
function ratioOf(value: number, from: number): number {
  return value === from ? 1 : value / from;
}

/** How far a compared figure is from "no difference"; 0 if there is none. */
export function sizeOfDifference(scale: ShownScale, value: number): number {
  return Math.abs(scale === 'ratio' ? Math.log(value) : value);
}

export function isDiverging(scale: ShownScale): scale is 'difference' | 'shareDifference' | 'ratio' {
  return scale === 'difference' || scale === 'shareDifference' || scale === 'ratio';
}

/** The name of a quantity that is compared. */
export function comparedName(name: string, scale: ShownScale): string {
  if (scale === 'ratio') return t('ratio of {0}', name);
  return isDiverging(scale) ? t('difference of {0}', name) : name;
}
