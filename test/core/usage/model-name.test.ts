/** Spellings of one model by providers and gateways. */
import { expect, it } from 'vitest';
import { modelName } from '../../../src/core/usage/model-name.ts';
import { PRICES } from '../../../src/core/usage/prices.ts';

const plain = (spelled: string) => modelName(spelled, (name) => Object.hasOwn(PRICES, name));

it.each([
  'claude-opus-4-8',
  'Claude-Opus-4-8',
  'claude-opus-4.8',
  'claude-4.8-opus',
  'claude-4-8-opus-20260101',
  'claude-opus-4-8-20260101',
  'claude-opus-4-8@20260101',
  'claude-opus-4-8@default',
  'claude-opus-4-8-latest',
  'claude-opus-4-8[1m]',
  'claude-opus-4-8-20260101[1m]',
  'claude-opus-4-8-thinking',
  'anthropic/claude-opus-4-8',
  'anthropic/claude-opus-4.8',
  'anthropic:claude-opus-4-8',
  'anthropic.claude-opus-4-8',
  'anthropic.claude-opus-4-8-v1:0',
  'us.anthropic.claude-opus-4-8-v1:0',
  'us-gov.anthropic.claude-opus-4-8-v1:0',
  'global.anthropic.claude-opus-4-8-20260101-v1:0',
  'bedrock/us.anthropic.claude-opus-4-8-20260101-v1:0',
  'bedrock/converse/apac.anthropic.claude-opus-4-8-20260101-v1:0:200k',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-8-20260101-v1:0',
  'vertex_ai/claude-opus-4-8@20260101',
  'publishers/anthropic/models/claude-opus-4-8@20260101',
  'openrouter/anthropic/claude-opus-4.8',
  'openrouter/anthropic/claude-opus-4.8:beta',
  'anthropic/claude-4.8-opus-20260101',
  'github_copilot/claude-opus-4.8',
  'databricks-claude-opus-4-8',
  'azure_ai/claude-opus-4-8',
  'claude_opus_4_8',
  ' claude-opus-4-8 ',
])('%s is claude-opus-4-8', (spelled) => expect(plain(spelled)).toEqual({ name: 'claude-opus-4-8', isFast: false }));

it.each([
  ['gpt-5.4', 'gpt-5.4'],
  ['gpt-5-4', 'gpt-5.4'],
  ['gpt5.4', 'gpt-5.4'],
  ['openai/gpt-5.4', 'gpt-5.4'],
  ['azure/gpt-5.4-2026-03-05', 'gpt-5.4'],
  ['openai.gpt-5.4', 'gpt-5.4'],
  ['gpt-5.4-2026-03-05', 'gpt-5.4'],
  ['gpt-5.4-xhigh', 'gpt-5.4'],
  ['gpt-5.4 (high)', 'gpt-5.4'],
  ['gpt-5-4-mini', 'gpt-5.4-mini'],
  ['gpt-5-2025-08-07', 'gpt-5'],
  ['gpt-5-mini-2025-08-07', 'gpt-5-mini'],
  ['gpt-5.1-codex-max', 'gpt-5.1-codex-max'],
  ['gpt-5.1-codex-max-high', 'gpt-5.1-codex-max'],
  ['openrouter/openai/gpt-6.2-sol:floor', 'gpt-6.2-sol'],
  ['gpt-6-2-sol', 'gpt-6.2-sol'],
  ['openai/o3-2025-04-16', 'o3'],
  ['claude-opus-4-0', 'claude-opus-4'],
  ['claude-sonnet-4-20250514', 'claude-sonnet-4'],
  ['claude-3-5-sonnet-v2@20241022', 'claude-3-5-sonnet'],
  ['claude-3.7-sonnet', 'claude-3-7-sonnet'],
  ['claude-sonnet-3.7', 'claude-3-7-sonnet'],
  ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'],
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
])('%s is %s', (spelled, want) => expect(plain(spelled).name).toBe(want));

it.each(['openai/gpt-5.6-luna-fast', 'claude-opus-4-8-fast'])('%s is the fast variant', (spelled) =>
  expect(plain(spelled).isFast).toBe(true),
);

it.each(['claude-saga-9', 'gpt-9', 'gpt-5.9-nova', 'acme/own-model-7b', 'my-claude', '', 'o33', 'claude-opus-4-9'])(
  'no known model is %j',
  (spelled) => expect(Object.hasOwn(PRICES, plain(spelled).name)).toBe(false),
);
