/**
 * Styles of the page: wide and narrow, dark and light, always light on paper (the script sets `on-paper` while printing).
 * Without JavaScript a note replaces each chart.
 */
import { DARK, LIGHT, variables } from './palette.ts';

export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root:not(.on-paper){${variables(DARK)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:80rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1,h2,h3,p,ul,figure{margin:0}
h1{font-size:1.75rem;line-height:1.2;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2rem 0 .75rem}
h3{font-size:1rem}
a{color:var(--link)}
a:focus-visible,.box:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.span,.more,.note,.undrawn,figcaption,footer,caption{color:var(--muted);font-size:.875rem}
.span{margin-top:.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.75rem 0 0;list-style:none;font-size:.875rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13.5rem),1fr));gap:1rem;padding:0;list-style:none}
.card,.chart,.box,.advice,.empty{background:var(--surface);border:1px solid var(--line);border-radius:.5rem}
.card{padding:.75rem 1rem;border-top:4px solid var(--grey)}
.card.met{border-top-color:var(--good)}
.card.missed{border-top-color:var(--bad)}
.card h3{font-size:.875rem;font-weight:600;color:var(--muted)}
.value{font-size:1.75rem;font-weight:650;line-height:1.3}
.verdict{font-weight:600;font-size:.875rem}
.met .verdict{color:var(--good)}
.missed .verdict{color:var(--bad)}
.target{font-weight:400;color:var(--muted)}
.note{margin-top:.25rem}
.more{margin-top:.5rem}
.advice{padding:.75rem 1rem .75rem 2.25rem;overflow-wrap:anywhere}
.advice li+li{margin-top:.35rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem;align-items:start}
.chart{padding:1rem;min-width:0}
.chart:first-child{grid-column:1/-1}
.plot{position:relative;margin:.5rem 0;display:none}
.is-drawn .plot{display:block}
.is-drawn .undrawn{display:none}
.undrawn{margin:.5rem 0;font-style:italic}
figcaption{overflow-wrap:anywhere}
.empty{padding:.75rem 1rem;color:var(--muted)}
.chart .empty{margin-top:.5rem;padding:2rem 1rem;border-style:dashed;text-align:center}
details{margin-top:.5rem;font-size:.875rem}
summary{cursor:pointer;color:var(--link);width:max-content}
.box{overflow:auto;position:relative}
details .box{max-height:22rem;margin-top:.5rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.6rem .75rem}
caption span{display:inline-block;position:sticky;left:.75rem;max-width:calc(100vw - 4rem)}
th,td{padding:.4rem .75rem;text-align:left;white-space:nowrap;border-top:1px solid var(--line)}
thead th{color:var(--muted);font-weight:600}
tbody th{font-weight:500;max-width:20rem;white-space:normal;overflow-wrap:anywhere;min-width:8rem}
.number{text-align:right}
tbody tr:hover{background:var(--ground)}
.level::before{content:"";display:inline-block;width:.65em;height:.65em;margin-right:.4em;border-radius:50%;border:1px solid var(--grey)}
.level::before{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.level.green::before{background:#22a355}
.level.yellow::before{background:#eab308}
.level.orange::before{background:#f97316}
.level.red::before{background:#dc2626}
.level.black::before{background:#000}
footer{padding-top:2rem;padding-bottom:2rem}
@media (max-width:40rem){header,main,footer{padding-left:.75rem;padding-right:.75rem}.chart{padding:.75rem}h1{font-size:1.5rem}}
@media print{
body{font-size:11pt;background:#fff}
nav,details{display:none}
.card,.chart,tr{break-inside:avoid}
h2{break-after:avoid}
.box{overflow:visible}
.charts{grid-template-columns:1fr 1fr}
.plot canvas{width:100%!important;height:auto!important}
.plot{height:auto!important}
th,td{padding:.2rem .4rem;white-space:normal}
tbody th{min-width:0}
}
`;
