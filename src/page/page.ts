/** Script of the page: draws each chart, and again when the colours change or the page is printed. */
import { DATA_ID, type PageData } from '../render/page/chart.ts';
import { type Drawn, draw } from './draw.ts';

const data = JSON.parse(document.getElementById(DATA_ID)?.textContent ?? '{"charts":[]}') as PageData;
let drawn: Drawn[] = [];

function drawAll(): void {
  for (const one of drawn) one.destroy();
  drawn = data.charts.flatMap((chart) => {
    const canvas = document.getElementById(chart.id);
    const figure = canvas?.closest('figure');
    if (!(canvas instanceof HTMLCanvasElement) || !figure) return [];
    // The canvas has no size until its figure is shown.
    figure.classList.add('is-drawn');
    try {
      return [draw(chart, canvas)];
    } catch (error) {
      figure.classList.remove('is-drawn');
      reportError(error);
      return [];
    }
  });
}

drawAll();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);

for (const [event, isPaper] of [
  ['beforeprint', true],
  ['afterprint', false],
] as const)
  addEventListener(event, () => {
    document.documentElement.classList.toggle('on-paper', isPaper);
    drawAll();
  });
