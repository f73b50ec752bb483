/** Runs each screen on a state and lists the figures that are not true. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Overrun } from './advice.ts';
import type { Commands } from './commands.ts';
import { byKey, differences } from './compare.ts';
import { efficiencyOf } from './efficiency.ts';
import type { Files, Raw } from './files.ts';
import { filesIn } from './files.ts';
import { forecastOf } from './forecast.ts';
import { round } from './forms.ts';
import { historyOf } from './history.ts';
import { figuresIn } from './html.ts';
import { metricsOf, seriesIn } from './metrics.ts';
import { pageOf } from './page.ts';
import { IN_JSON, presentOf, UNIT } from './present.ts';
import { metOf, reportOf, share } from './report.ts';
import { statusOf } from './status.ts';
import {
  AGENTS,
  efficiencyLines,
  forecastParts,
  PROJECTS,
  projectLines,
  queueCells,
  reportParts,
  reportTexts,
  rowsIn,
  statusLines,
} from './texts.ts';

export interface Look {
  readonly commands: Commands;
  readonly dir: string;
  readonly now: number;
}

/** The files as they are now: `forecast` keeps what it says. */
const filesOf = ({ dir, now }: Look): Files => filesIn(dir, now);

async function json({ commands, dir, now }: Look, words: readonly string[]): Promise<Raw> {
  const { status, stdout, stderr } = await commands.run(dir, now, [...words, '--json']);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** Recommendations by code and name, without their words. */
const advice = (items: readonly Raw[]): Raw[] =>
  items
    .map(({ text: _, waitedSeconds, used, causes = [], project, agent, workflow, dimension, ...rest }) => ({
      ...rest,
      causes: causes.map(({ reason, seconds }: Raw) => `${reason} ${round(seconds, 3)}`),
      of: `${rest.code} ${(project ?? agent ?? workflow ?? '').toLowerCase()} ${CAMEL[dimension] ?? dimension ?? ''}`,
      ...(used === undefined ? {} : { waited: round(waitedSeconds, 3), used: used === null ? null : round(used, 6) }),
    }))
    .sort((one, other) => (one.of < other.of ? -1 : 1));

/** Names of the dimensions within recommendations. */
const CAMEL: Record<string, string> = { timeMs: 'time_ms', costMicroUsd: 'cost_micro_usd' };

/** Overruns of which the printed ones are a choice: of equal ones the printed one. */
function overrunsAsPrinted(printed: readonly Raw[], truth: readonly Overrun[]): Raw[] {
  const all = truth.map(({ agent, dimension, allocated, consumed }) => ({
    ...{ agent: `${agent} ${IN_JSON[dimension]}` },
    ...{ allocated: allocated / UNIT[dimension], consumed: consumed / UNIT[dimension] },
  }));
  return all
    .filter(({ agent }, at) => all.findIndex((other) => other.agent === agent) === at)
    .map(
      (one) =>
        all.find((other) =>
          printed.some(
            (said) => said.agent === other.agent && one.agent === other.agent && said.consumed === other.consumed,
          ),
        ) ?? one,
    );
}

const byAgentAndDimension = (items: readonly Raw[]): Raw[] =>
  byKey(
    items.map(({ agent, dimension, ...rest }) => ({ ...rest, agent: `${agent} ${dimension}` })),
    'agent',
  );

async function checkReport(look: Look): Promise<string[]> {
  const printed = await json(look, ['report']);
  const truth = reportOf(filesOf(look));
  const { metrics } = printed;
  const overruns = byAgentAndDimension(printed.overruns);
  return differences(
    {
      ...printed,
      agents: byKey(printed.agents, 'agent'),
      projects: byKey(printed.projects, 'project'),
      workflows: byKey(printed.workflows, 'workflow'),
      overruns,
      recommendations: advice(printed.recommendations),
      metrics: Object.fromEntries(Object.entries<Raw>(metrics).map(([name, { value, met }]) => [name, { value, met }])),
    },
    {
      ...{ since: truth.since, until: truth.until, events: truth.events },
      agents: byKey(
        truth.agents.map(({ used: _, ...agent }: Raw) => agent),
        'agent',
      ),
      projects: byKey(truth.projects, 'project'),
      workflows: byKey(truth.workflows, 'workflow'),
      overruns: byKey(overrunsAsPrinted(overruns, truth.overruns), 'agent'),
      recommendations: advice(truth.recommendations),
      metrics: Object.fromEntries(
        Object.entries<Raw>(truth.metrics).map(([name, value]) => [
          name,
          { value: share(value), met: metOf(name, value) },
        ]),
      ),
    },
  ).map((line) => `report --json ${line}`);
}

async function text({ commands, dir, now }: Look, words: readonly string[]): Promise<string[]> {
  const { status, stdout, stderr } = await commands.run(dir, now, words);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout.split('\n');
}

async function checkReportText(look: Look): Promise<string[]> {
  const lines = await text(look, ['report']);
  const truth = reportTexts(reportOf(filesOf(look)));
  const printed = {
    measures: Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value, target, verdict = ''] = /^(\S+ ?\S+) +(\S+) +([≥≤] \S+) *(met|missed)?/.exec(line) ?? [];
        return name === undefined ? [] : [[name, [value, target, verdict]]];
      }),
    ),
    agents: rowsIn(lines, AGENTS),
    projects: rowsIn(lines, PROJECTS),
  };
  const small = lines.map((line) => line.toLowerCase());
  const wanted = reportParts(reportOf(filesOf(look))).map((part) => part.toLowerCase());
  const said = missing(small, wanted);
  return [...differences(printed, truth), ...said].map((line) => `report ${line}`);
}

/** The lines and parts of lines that are missing, each with the lines of the screen that are most like it. */
const missing = (lines: readonly string[], wanted: readonly string[]): string[] =>
  wanted
    .filter((want) => !lines.some((line) => line.includes(want)))
    .map((want) => {
      const [word = ''] = /[A-Za-z]+/.exec(want) ?? [];
      return `printed ${JSON.stringify(lines.filter((line) => line.includes(word)))}, true ${JSON.stringify(want)}`;
    });

async function checkStatusText(look: Look): Promise<string[]> {
  const files = filesOf(look);
  const found = missing(await text(look, ['status']), statusLines(files)).map((line) => `status ${line}`);
  const projects = new Set(presentOf(files).leases.map(({ project }) => project));
  for (const project of projects) {
    const lines = await text(look, ['status', project]);
    found.push(...missing(lines, projectLines(files, project)).map((line) => `status ${project} ${line}`));
  }
  const lines = (await text(look, ['queue'])).filter((line) => /^\d/.test(line)).map((line) => line.split(/ {2,}/));
  const printed = Object.fromEntries(lines.map((line) => [line[1], [line[3], line[5]]]));
  return [...found, ...differences(printed, queueCells(files)).map((line) => `queue ${line}`)];
}

async function checkHistory(look: Look): Promise<string[]> {
  const lines = await text(look, ['history']);
  const truth = historyOf(filesOf(look));
  const row = (name: string) => {
    const [, plot, said] =
      /^ {3}\w+ +(.{60}) {2}(now .*)$/.exec(lines.find((line) => line.startsWith(`   ${name} `)) ?? '') ?? [];
    return plot === undefined ? null : { plot, said };
  };
  const begin = lines.indexOf('Projects:');
  const end = lines.indexOf('', begin);
  const head = /^History of (.*) until (.*) UTC$/.exec(lines[0] ?? '') ?? [];
  const latest = lines.find((line) => /^Latest|^Events/.test(line)) ?? '';
  const from = lines.indexOf(latest) + 1;
  const shown = lines.slice(from).filter((line) => line.startsWith('   20'));
  return differences(
    {
      ...{ length: head[1], until: head[2] },
      ...{ slots: row('slots'), queued: row('queued'), memory: row('memory'), cpu: row('cpu') },
      projects:
        begin < 0
          ? []
          : lines
              .slice(begin + 1, end)
              .map((line) => {
                const [, name, bar = '', said] = /^ {3}(\S+) +([#.]+) (.*)$/.exec(line) ?? [];
                return { name, bar: bar.replaceAll('.', '').length, said };
              })
              .sort((one, other) => (String(one.name) < String(other.name) ? -1 : 1)),
      events: latest.startsWith('Events') ? shown.length : Number(/of (\d+) events/.exec(latest)?.[1]),
      usage: shown.filter((line) => / {2}used /.test(line)).map((line) => line.trim().replace(/ {2,}/g, '  ')),
    },
    {
      ...truth,
      projects: truth.projects.map(({ hours, ...rest }) => rest).sort((one, other) => (one.name < other.name ? -1 : 1)),
    },
  ).map((line) => `history ${line}`);
}

async function checkMetrics(look: Look): Promise<string[]> {
  const printed = seriesIn(await text(look, ['metrics']));
  const truth = metricsOf(filesOf(look));
  const nothing = Object.fromEntries(Object.keys(printed).map((name) => [name, undefined]));
  return differences(printed, { ...nothing, ...truth }).map((line) => `metrics ${line}`);
}

async function checkStatus(look: Look): Promise<string[]> {
  const printed = await json(look, ['status']);
  const reasons = new Map<string, string | null>(printed.queue.map(({ ticket, reason }: Raw) => [ticket, reason]));
  const truth = statusOf(filesOf(look), (ticket) => reasons.get(ticket) ?? null);
  return differences(printed, truth).map((line) => `status --json ${line}`);
}

const agentsWithBudgets = (look: Look): string[] =>
  (filesOf(look).slots.budgets ?? []).flatMap(({ agent }: Raw) => (agent === undefined ? [] : [agent]));

async function checkEfficiency(look: Look): Promise<string[]> {
  const found: string[] = [];
  for (const agent of agentsWithBudgets(look)) {
    const printed = await json(look, ['efficiency', agent]);
    found.push(
      ...differences(printed, efficiencyOf(filesOf(look), agent)).map((line) => `efficiency --json ${agent} ${line}`),
    );
    const lines = await text(look, ['efficiency', agent]);
    found.push(...missing(lines, efficiencyLines(filesOf(look), agent)).map((line) => `efficiency ${agent} ${line}`));
  }
  return found;
}

/** With the decimals that JSON has; the screen rounds once. */
const inAnswer = (found: Raw): Raw => ({
  ...found,
  share_used: round(found.share_used, 4),
  calls_left: found.calls_left === null ? null : round(found.calls_left, 1),
});

async function checkForecast(look: Look): Promise<string[]> {
  const found: string[] = [];
  for (const agent of agentsWithBudgets(look)) {
    const truth = forecastOf(filesOf(look), agent);
    const parts = forecastParts(filesOf(look), agent);
    const printed = await json(look, ['forecast', agent]);
    found.push(
      ...differences(
        { ...printed, dimensions: byKey(printed.dimensions, 'dimension') },
        { ...truth, dimensions: byKey(truth.dimensions.map(inAnswer), 'dimension') },
      ).map((line) => `forecast --json ${agent} ${line}`),
    );
    const lines = await text(look, ['forecast', agent]);
    found.push(...missing(lines, parts).map((line) => `forecast ${agent} ${line}`));
  }
  return found;
}

const ROWS = ['agents', 'projects', 'workflows', 'overruns', 'slot-hours', 'budget-tokens', 'budget-cost'];

/** With the rows of the tables in the order of their names, in lower case. */
function inOrder(page: Raw): Raw {
  const sorted = ROWS.map((key) => {
    const rows: string[][] = page[key].map(([name = '', ...rest]: string[]) => [name.toLowerCase(), ...rest]);
    return [key, rows.sort(([one = ''], [other = '']) => (one < other ? -1 : one > other ? 1 : 0))];
  });
  return { ...page, ...Object.fromEntries(sorted) };
}

async function checkPage(look: Look): Promise<string[]> {
  const path = join(look.dir, 'report.html');
  await text(look, ['report', '--html', path]);
  const printed = figuresIn(readFileSync(path, 'utf8'));
  return differences(inOrder(printed), inOrder(pageOf(filesOf(look)))).map((line) => `page ${line}`);
}

/** One check for each screen; `forecast` keeps a record, so it comes last. */
export const SCREENS: readonly ((look: Look) => Promise<string[]>)[] = [
  checkReport,
  checkReportText,
  checkStatusText,
  checkPage,
  checkHistory,
  checkMetrics,
  checkStatus,
  checkEfficiency,
  checkForecast,
];
