import * as zlib from 'node:zlib';
import { type Crc32, portableCrc32 } from './checksums';

/** As in zip, gzip and PNG [ISO 3309]; by the processor's own instructions where Node has the function (from 20.15). */
export const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? portableCrc32;
