/** The published answers of `service`. */
import type { Instant } from '../../core/model/instants.ts';
import type { ServiceManager, ServiceStatus, ServiceStep } from '../../ports/service.ts';
import { iso } from './json-values.ts';

type Kind = ServiceManager['kind'];

export const serviceStatusJson = (kind: Kind, status: ServiceStatus, sampledAt: Instant | null) => ({
  schema_version: 1,
  action: 'status',
  kind,
  place: status.place,
  installed: status.isInstalled,
  current: status.isCurrent,
  active: status.isActive,
  since: status.since,
  sampled_at: iso(sampledAt),
});

export const serviceStepsJson = (kind: Kind, action: string, steps: readonly ServiceStep[], isDryRun: boolean) => ({
  schema_version: 1,
  action,
  kind,
  dry_run: isDryRun,
  steps: steps.map(({ text }) => text),
});
