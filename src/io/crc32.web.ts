import { portableCrc32 } from './checksums';

/** As in zip, gzip and PNG [ISO 3309]. */
export const crc32 = portableCrc32;
