/** One seed for all property tests, so that the gate gives the same answer twice; `npm run test:soak` sets random ones. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20261129) });
