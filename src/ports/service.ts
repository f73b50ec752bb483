/** The port to the service that keeps the monitor running. */
/** One step of installing or removing the service. */
export interface ServiceStep {
  readonly text: string;
  run(): void;
}

export interface ServiceStatus {
  /** The unit's file, or `crontab`. */
  readonly place: string;
  readonly isInstalled: boolean;
  /** True if this version would install the same. */
  readonly isCurrent: boolean;
  readonly isActive: boolean;
  readonly since: string | null;
}

/** The service of the monitor on this machine. Its steps throw ExpectedError. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'systemd-user' | 'cron';
  install(): readonly ServiceStep[];
  /** Empty when nothing is installed. */
  uninstall(): readonly ServiceStep[];
  status(): ServiceStatus;
  /** Advice to the user after an install, or null. */
  advice(): string | null;
}

/** `interval` as typed; null takes the configured one. */
export type OpenServices = { openServices(interval: string | null): Promise<ServiceManager> };
