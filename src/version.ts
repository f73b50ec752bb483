declare const PACKAGE_VERSION: string | undefined;

/** The package's version; put in when the bundle is built. */
export const VERSION: string = typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : '0.0.0-source';
