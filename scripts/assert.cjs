'use strict';
/** What signal-exit uses of node:assert. */
exports.equal = (actual, expected, message) => {
  if (actual !== expected) throw new TypeError(message);
};
