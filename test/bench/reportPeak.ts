/** Reports on the run at the path it is given, and tells the process that started it its peak memory in bytes. */
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../src/io/localFiles';
import { parseArguments } from '../../src/report/arguments';
import { reportRun } from '../../src/report/reportRun';

const [folder] = process.argv.slice(2);
const parsed = parseArguments([folder]);
if (parsed === 'help') throw new Error('Usage: reportPeak FOLDER');
await reportRun(localFiles(), [pathToFileURL(folder).href], parsed);
process.send?.(process.resourceUsage().maxRSS * 1024);
