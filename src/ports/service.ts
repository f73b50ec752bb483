/** The port to what keeps the monitor running. */
/** One thing that installing or removing the service does. */
export interface ServiceStep {
  readonly text: string;
  run(): void;
}

export interface ServiceStatus {
  /** The unit's file, or `crontab`. */
  readonly place: string;
  readonly isInstalled: boolean;
  /** It is what this version would install. */
  readonly isCurrent: boolean;
  readonly isActive: boolean;
  readonly since: string | null;
}

/** What keeps the monitor running on this machine. Its steps throw ExpectedError. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'systemd-user' | 'cron';
  install(): readonly ServiceStep[];
  /** Empty when nothing is installed. */
  uninstall(): readonly ServiceStep[];
  status(): ServiceStatus;
  /** What else the user should do, or null. */
  advice(): string | null;
}

/** `interval` as typed; null takes the configured one. */
export type OpenServices = { openServices(interval: string | null): Promise<ServiceManager> };
