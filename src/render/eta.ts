/** Estimates in words, with basis and confidence. */
import type { Eta, EtaBasis } from '../core/schedule/eta.ts';
import { durationWords } from './text/duration.ts';

const BASIS_WORDS: Readonly<Record<EtaBasis, Readonly<Record<Eta['confidence'], string>>>> = {
  progress: { likely: ' (from reported progress)', rough: ' (rough, from reported progress)', latest: '' },
  history: { likely: ' (from earlier runs)', rough: ' (rough, from earlier runs)', latest: '' },
  limit: { likely: '', rough: '', latest: ' at the latest' },
};

/** The estimate and its basis: `12 minutes (rough, from earlier runs)`. */
export const etaText = (seconds: number, basis: EtaBasis, confidence: Eta['confidence']): string =>
  `${durationWords(seconds)}${BASIS_WORDS[basis][confidence]}`;

/** `in about 12 minutes (from earlier runs)`, or `any moment now`. */
export const etaWords = (seconds: number, basis: EtaBasis, confidence: Eta['confidence']): string =>
  seconds === 0 ? 'any moment now' : `in about ${etaText(seconds, basis, confidence)}`;

interface EtaFields {
  readonly eta_seconds: number | null;
  readonly eta_basis: EtaBasis | null;
  readonly eta_confidence: Eta['confidence'] | null;
}

/** The estimate in a part of the status; null without one. */
export const etaOf = ({ eta_seconds, eta_basis, eta_confidence }: EtaFields): string | null =>
  eta_seconds === null || eta_basis === null || eta_confidence === null
    ? null
    : etaText(eta_seconds, eta_basis, eta_confidence);
