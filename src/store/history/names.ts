export const HISTORY_FOLDER = 'history';
/** Size of a part, so that the limit removes part of a day, not a whole day. */
export const PART_BYTES = 16 * 2 ** 20;
