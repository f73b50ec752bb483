/** Estimates in words, with basis and confidence. */
import type { Eta, EtaBasis } from '../core/schedule/eta.ts';
import type { EtaJson } from './json/json.ts';
import { durationWords } from './text/duration.ts';

const FROM: Readonly<Record<EtaBasis, string>> = {
  progress: 'from reported progress',
  history: 'from earlier runs',
  limit: 'from time limits',
};

function basisWords(basis: EtaBasis, confidence: Eta['confidence']): string {
  switch (confidence) {
    case 'likely':
      return ` (${FROM[basis]})`;
    case 'rough':
      return ` (rough, ${FROM[basis]})`;
    case 'latest':
      return ' at the latest';
    case 'earliest':
      return ` at the earliest (${FROM[basis]})`;
  }
}

/** The estimate and its basis: `12 minutes (rough, from earlier runs)`. */
export const etaText = (seconds: number, basis: EtaBasis, confidence: Eta['confidence']): string =>
  `${durationWords(seconds)}${basisWords(basis, confidence)}`;

/** `in about 12 minutes (from earlier runs)`, `in 12 minutes at the latest`, or `any moment now`. */
export function etaWords(seconds: number, basis: EtaBasis, confidence: Eta['confidence']): string {
  if (seconds === 0 && confidence !== 'earliest') return 'any moment now';
  const isBound = confidence === 'latest' || confidence === 'earliest';
  return `in ${isBound ? '' : 'about '}${etaText(seconds, basis, confidence)}`;
}

/** The estimate in a part of the status; null without one. */
export const etaOf = ({ eta_seconds, eta_basis, eta_confidence }: EtaJson): string | null =>
  eta_seconds === null || eta_basis === null || eta_confidence === null
    ? null
    : etaText(eta_seconds, eta_basis, eta_confidence);
