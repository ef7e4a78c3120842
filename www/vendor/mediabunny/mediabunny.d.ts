// Ours: the types of what www/worker/film.js uses of mediabunny, whose own (236 kB) are not vendored.
export type VideoCodec = 'avc' | 'hevc' | 'vp9' | 'av1' | 'vp8';
export class BufferTarget {
  buffer: ArrayBuffer | null;
}
export class OutputFormat {
  readonly mimeType: string;
  readonly fileExtension: string;
}
export class Mp4OutputFormat extends OutputFormat {}
export class WebMOutputFormat extends OutputFormat {}
export class Output {
  constructor(options: { format: OutputFormat; target: BufferTarget });
  addVideoTrack(source: CanvasSource, metadata?: { frameRate?: number }): void;
  start(): Promise<void>;
  finalize(): Promise<void>;
}
export class CanvasSource {
  constructor(canvas: OffscreenCanvas, options: { codec: VideoCodec; bitrate: Quality });
  /** Both in seconds. */
  add(timestamp: number, duration: number): Promise<void>;
  close(): void;
}
export class Quality {}
export const QUALITY_VERY_HIGH: Quality;
/** The first of these that the browser can encode; null for none. */
export function getFirstEncodableVideoCodec(
  codecs: VideoCodec[], options: { width: number; height: number },
): Promise<VideoCodec | null>;
