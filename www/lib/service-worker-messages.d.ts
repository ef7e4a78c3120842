// The messages between the page and its service worker.

export type Question =
  /** This page is of this build and has fetched these addresses. */
  | { type: 'keep'; build: string; used: string[] }
  /** Does the host have another build than this one? It is fetched before the answer. */
  | { type: 'check'; build: string }
  /** Keep nothing any more. */
  | { type: 'clear' };

/** `kept`: whether the page's build is; `bytes`: how much is kept in all; `update`: whether another build is ready; `error`: why not. */
export type Answer = { kept?: boolean; bytes?: number; update?: boolean; error?: string };
