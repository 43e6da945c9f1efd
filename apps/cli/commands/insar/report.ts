/** `quakeloom insar report`: the quality of a stack as a page. @module */
import type { Command } from 'commander';
import { print, type Output } from '../../output.js';
import { writeReport } from './report/write-report.js';

export function addReportCommand(insar: Command, output: Output): void {
  insar
    .command('report')
    .description('quality report (one HTML file) of a folder that `insar stack` wrote')
    .argument('<dir>', 'folder with qc.json and maps')
    .option('--out <file>', 'where to write it; by default report.html in the folder')
    .option('--json', 'print JSON')
    .action(async (folder: string, options: { out?: string; json?: boolean }) => {
      const file = await writeReport(folder, options.out);
      print(output, options.json, { file }, `${file}\n`);
    });
}
