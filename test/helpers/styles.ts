/** The three styles of screens: with colour, with emoji only, and plain. */
import { Chalk } from 'chalk';
import type { Styles } from '../../src/ports/styles.ts';
import { plainStyles } from '../../src/render/text/styles.ts';

const chalk = new Chalk({ level: 1 });
const colour: Styles = {
  emoji: true,
  bold: chalk.bold,
  dim: chalk.dim,
  good: chalk.green,
  warn: chalk.yellow,
  bad: chalk.red,
};

export const STYLES = { colour, emoji: plainStyles(true), plain: plainStyles(false) };
