/** The colours of the page in its two themes. Text on each of its backgrounds meets WCAG AA (a test computes it). */
export const LIGHT = {
  ground: '#f4f6f9',
  surface: '#ffffff',
  text: '#1b2330',
  muted: '#55606f',
  line: '#d5dbe4',
  link: '#1d4ed8',
  good: '#166534',
  bad: '#b42318',
  blue: '#2563eb',
  orange: '#d9601a',
  green: '#15803d',
  purple: '#7c3aed',
  grey: '#707b8a',
};

export type Palette = Readonly<Record<keyof typeof LIGHT, string>>;

export const DARK: Palette = {
  ground: '#10141b',
  surface: '#1a202a',
  text: '#e6eaf0',
  muted: '#a5afbd',
  line: '#333d4b',
  link: '#8ab4ff',
  good: '#6ee7a0',
  bad: '#ff9d94',
  blue: '#6ea8fe',
  orange: '#f7a35c',
  green: '#4ade80',
  purple: '#b79cff',
  grey: '#8b96a5',
};

export const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
