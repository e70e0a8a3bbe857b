import * as zlib from 'node:zlib';
import { type Crc32, portableCrc32 } from './checksums';

/**
 * The CRC-32 of zip, gzip, and PNG [ISO 3309], computed by processor instructions if Node has the function (since
 * 20.15).
 */
export const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? portableCrc32;
