/** Colour and emoji, or their plain forms. */
export interface Styles {
  readonly emoji: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}
