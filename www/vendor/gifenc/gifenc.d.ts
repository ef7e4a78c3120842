// Ours: the types of what www/worker/film.js uses of gifenc, which has none of its own.
export interface Encoder {
  /** `index`: the colour of each pixel; `palette`: needed with the first frame; `delay` in milliseconds. */
  writeFrame(index: Uint8Array, width: number, height: number, options: { palette?: number[][]; delay: number }): void;
  finish(): void;
  bytes(): Uint8Array;
}
export function GIFEncoder(): Encoder;
