/**
 * The page's service worker: it keeps the page for use without a connection, and makes it cross-origin isolated.
 *
 * - A build is what `files.json` lists: paths with the hashes of their content. The cache holds files under their hash, so a new
 *   build fetches only what has changed, and nothing is kept or handed out whose content is not that of the hash.
 * - A page gets all of its files from one build: that of the index.html it began with. Page and workers are known by their
 *   client's id, workers also by the build in their address (`?v=`).
 * - Scripts, styles and icons are kept at once; programs, weights, data and what makes films when they are first used.
 * - index.html is asked of the host first; what is kept serves where the host does not answer in time or is just being changed.
 * - What is neither kept nor in a build passes as it is, and fails as it does without a service worker.
 * - All that is handed out carries the headers of cross-origin isolation, for hosts that send none.
 *
 * The build copies this file beside index.html, because a service worker controls the folder that it lies in.
 *
 * @typedef {{ path: string, bytes: number, hash: string, unpacked?: { bytes: number, crc32: number } }} Listed a row of `files.json`
 * @typedef {{ name: string, since: number, files: Map<string, Listed> }} Build `since`: when the host was seen to have it
 * @typedef {import('../www/lib/service-worker-messages.js').Question} Question
 * @typedef {import('../www/lib/service-worker-messages.js').Answer} Answer
 */

const worker = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (/** @type {unknown} */ (self));

const SCOPE = worker.registration.scope;
/** Caches belong to an origin, on which there may be more than one copy of the page. */
const CACHE = `offline ${SCOPE}`;
/** Addresses under which the cache holds files, builds and the builds of clients; none of them is ever requested. */
const PREFIX = `${SCOPE}.offline/`;
/** Milliseconds that the host has for index.html and, with another build, for its scripts and styles; the browser for a client. */
const PATIENCE = 3000;

/** What a page needs before it can start, but the program and what makes films. */
const START = /^(?!page-|service-worker\.js$|www\/vendor\/(?:gifenc|mediabunny)\/).*\.(html|js|css|svg|png|webmanifest)$/;
/** What a host sends that isolates its pages, so that their workers may share memory. */
const ISOLATION = [['cross-origin-opener-policy', 'same-origin'], ['cross-origin-embedder-policy', 'require-corp']];
/** One of the programs. */
const PROGRAM = /^page-.*\.wasm$/;

/** Nothing is kept any more: the visitor has cleared it, and this service worker ends with the pages it controls. */
let cleared = false;
/** New builds of which the start is being fetched, by name. @type {Map<string, Promise<Build | null>>} */
const preparing = new Map();
/** Clients of pages that are being opened; the browser does not list them yet. @type {Set<string>} */
const opening = new Set();

/** @param {'file' | 'build' | 'client'} kind @param {string} name */
const key = (kind, name) => `${PREFIX}${kind}/${name}`;

/** The address without what follows the path. @param {string} url */
const bare = (url) => url.replace(/[?#].*$/, '');

/** The path of a file below the page's. @param {string} url */
const pathOf = (url) => bare(url).slice(SCOPE.length);

/** @template T @param {number} ms @param {Promise<T>} promise @returns {Promise<T>} */
const within = (ms, promise) =>
  Promise.race([promise, new Promise((_, reject) => { setTimeout(reject, ms, new Error('too late')); })]);

/** @param {string} text a `files.json` @param {number} since @returns {Build} */
function read(text, since) {
  const { build, files } = JSON.parse(text);
  return { name: build, since, files: new Map(files.map((/** @type {Listed} */ file) => [file.path, file])) };
}

/**
 * The cache, where there is one. Only `store` makes it: what the visitor has cleared stays away, whoever asks for it meanwhile.
 * @param {{ make?: boolean }} [options] @returns {Promise<Cache | undefined>}
 */
async function opened({ make = false } = {}) {
  const may = make || await caches.has(CACHE);
  return may && !cleared ? caches.open(CACHE) : undefined;
}

/** Builds by name, and the builds of clients by the client's id, as the cache has them when this service worker begins. */
async function load() {
  const builds = /** @type {Map<string, Build>} */ (new Map());
  const clients = /** @type {Map<string, string>} */ (new Map());
  const cache = await opened();
  for (const { url } of await cache?.keys() ?? []) {
    const [kind, name] = url.slice(PREFIX.length).split('/');
    if (kind === 'file') continue;
    const found = await cache?.match(url);
    const text = await found?.text() ?? '';
    if (kind === 'client') clients.set(name, text);
    else builds.set(name, read(text, Number(found?.headers.get('x-since'))));
  }
  return { builds, clients };
}
/** @type {ReturnType<typeof load> | undefined} */
let loading;
// Nothing is kept where the browser does not let the cache be read.
const state = () => (loading ??= load().catch(() => ({ builds: new Map(), clients: new Map() })));

/**
 * Store something. Where the browser has no room, less is kept, and nothing else fails.
 * @param {string} address @param {BodyInit} content @param {Record<string, string>} headers
 */
async function store(address, content, headers = {}) {
  try {
    const cache = await opened({ make: true });
    await cache?.put(address, new Response(content, { headers }));
  } catch {
    // Then it is fetched again the next time.
  }
}

/** The hashes of the files that are kept. */
async function keptHashes() {
  const cache = await opened();
  const names = (await cache?.keys() ?? []).map(({ url }) => url.slice(PREFIX.length).split('/'));
  return new Set(names.flatMap(([kind, name]) => (kind === 'file' ? name : [])));
}

// Files

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  const table = Int32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255];
  return ~crc >>> 0;
}

/**
 * Whether this is the file's content. A gzip file that its host declares to be compressed for the way has been unpacked.
 * @param {ArrayBuffer} content @param {Listed} file
 */
async function isOf(content, { bytes, hash, unpacked }) {
  if (content.byteLength === bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
    if ([...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') === hash) return true;
  }
  return unpacked !== undefined && content.byteLength === unpacked.bytes && crc32(new Uint8Array(content)) === unpacked.crc32;
}

/** @param {Listed} file @param {ArrayBuffer} content @param {Response} response that it came with */
const keep = ({ hash }, content, { headers }) => store(key('file', hash), content, {
  'content-type': headers.get('content-type') ?? '',
  'content-length': String(content.byteLength),
});

/** A file as it is kept; undefined where it is not, or where the copy is damaged. @param {Listed} file */
async function kept(file) {
  try {
    const cache = await opened();
    const found = await cache?.match(key('file', file.hash));
    const content = await found?.arrayBuffer();
    if (found && content && await isOf(content, file)) return new Response(content, { headers: found.headers });
    if (found) await cache?.delete(key('file', file.hash));
  } catch {
    // What cannot be read is not kept.
  }
  return undefined;
}

/**
 * Fetch a file and keep it. What the browser's own cache has costs nothing, and the hash says whether it is right.
 * @param {Listed} file @param {string} url
 */
async function fetchAndKeep(file, url) {
  for (const cache of /** @type {const} */ (['force-cache', 'reload'])) {
    const response = await fetch(url, { cache });
    if (!response.ok) throw new Error(`${file.path}: HTTP ${response.status}`);
    const content = await response.arrayBuffer();
    if (await isOf(content, file)) {
      await keep(file, content, response);
      return;
    }
  }
  throw new Error(`${file.path} is not that of this build`);
}

/** Fetch those of the files that are not kept. @param {Build} build @param {Iterable<[path: string, url: string]>} wanted */
async function fill(build, wanted) {
  const there = await keptHashes();
  await Promise.all([...wanted].map(async ([path, url]) => {
    const file = build.files.get(path);
    if (file && !there.has(file.hash)) await fetchAndKeep(file, url);
  }));
}

/**
 * The host's response with a file that is not kept. It is handed on as it arrives and kept when it has arrived; it ends with an
 * error if it is not that file, which a page has no use for: the file of another build.
 * @param {FetchEvent} event @param {Listed} file
 */
async function passed(event, file) {
  const response = await fetch(event.request, { cache: 'no-cache' });
  const { body, headers, ok, status } = response;
  // Many hosts answer requests for files that they do not have with their start page.
  const page = headers.get('content-type')?.startsWith('text/html') && !file.path.endsWith('.html');
  if (!ok || !body || page) return response;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  const checked = new TransformStream({
    transform(part, out) {
      parts.push(part.slice());
      out.enqueue(part);
    },
    async flush() {
      const content = await new Blob(parts).arrayBuffer();
      if (!await isOf(content, file)) throw new Error(`${file.path} is not that of this build`);
      await keep(file, content, response);
    },
  });
  event.waitUntil(body.pipeTo(checked.writable).catch(() => {}));
  return new Response(checked.readable, { status, headers });
}

// Builds

/** @param {Build} build seen on the host just now @param {string} [list] its files.json, where it is not kept */
async function note(build, list) {
  const { builds } = await state();
  const [last] = await latestFirst();
  if (build === last) return;
  build.since = Math.max(Date.now(), (last?.since ?? 0) + 1);
  builds.set(build.name, build);
  const text = list ?? JSON.stringify({ build: build.name, files: [...build.files.values()] });
  await store(key('build', build.name), text, { 'x-since': String(build.since) });
}

/**
 * The build that the host has now, and all that a page of it needs to start, but the program, is kept; null where the host sends
 * something else than this page.
 * @param {string} address of index.html
 * @returns {Promise<Build | null>}
 */
async function newest(address) {
  const response = await fetch(address, { cache: 'no-cache' });
  if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
  const content = await response.arrayBuffer();
  const [, name] = /<meta name="build" content="([^"]+)"/.exec(new TextDecoder().decode(content)) ?? [];
  if (!response.ok || !name) return null;
  const known = (await state()).builds.get(name);
  if (known) {
    await note(known);
    return known;
  }
  const prepared = preparing.get(name) ?? prepare(name, content, response);
  preparing.set(name, prepared);
  return prepared.finally(() => preparing.delete(name));
}

/**
 * List a build that is new here, and keep what a page of it needs to start.
 * @param {string} name @param {ArrayBuffer} html its index.html @param {Response} response that it came with
 */
async function prepare(name, html, response) {
  const answer = await fetch(`${SCOPE}files.json?v=${name}`, { cache: 'no-cache' });
  if (!answer.ok) return null;
  const list = await answer.text();
  const build = read(list, 0);
  const index = build.files.get('index.html');
  if (build.name !== name || !index || !await isOf(html, index)) throw new Error('the page is being changed on its host');
  await keep(index, html, response);
  await fill(build, [...build.files.keys()].filter((path) => START.test(path)).map((path) => [path, SCOPE + path]));
  await note(build, list);
  return build;
}

/** The builds that are kept, the newest first. */
async function latestFirst() {
  const { builds } = await state();
  return [...builds.values()].sort((a, b) => b.since - a.since);
}

/** The newest build that can start without a connection. @returns {Promise<Build | undefined>} */
async function startable() {
  const there = await keptHashes();
  const latest = await latestFirst();
  const hasProgram = (/** @type {Listed} */ { path, hash }) => PROGRAM.test(path) && there.has(hash);
  return latest.find(({ files }) => [...files.values()].some(hasProgram)) ?? latest[0];
}

/** Give up what no page uses any more: clients that are gone, builds that are neither theirs nor the newest, files of neither. */
async function tidy() {
  if (preparing.size > 0) return;
  const { builds, clients } = await state();
  const cache = await opened();
  if (!cache) return;
  const alive = new Set((await worker.clients.matchAll({ includeUncontrolled: true, type: 'all' })).map(({ id }) => id));
  for (const id of [...clients.keys()].filter((id) => !alive.has(id) && !opening.has(id))) {
    clients.delete(id);
    await cache.delete(key('client', id));
  }
  const [latest] = await latestFirst();
  const wanted = new Set([latest, await startable(), ...[...clients.values()].map((name) => builds.get(name))]);
  for (const build of [...builds.values()].filter((build) => !wanted.has(build))) {
    builds.delete(build.name);
    await cache.delete(key('build', build.name));
  }
  const hashes = new Set([...wanted].flatMap((build) => [...build?.files.values() ?? []].map(({ hash }) => hash)));
  for (const hash of await keptHashes()) if (!hashes.has(hash)) await cache.delete(key('file', hash));
}

// Requests

/** @param {Response} response */
function isolated(response) {
  if (response.status === 0) return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of ISOLATION) if (!headers.has(name)) headers.set(name, value);
  return new Response(body, { status, statusText, headers });
}

/** The page itself. @param {FetchEvent} event */
async function openPage(event) {
  const { request, resultingClientId } = event;
  const found = newest(bare(request.url));
  event.waitUntil(found.catch(() => {}));
  const build = await within(PATIENCE, found).catch(startable).catch(() => undefined);
  const index = build?.files.get('index.html');
  const response = index && await kept(index);
  const { clients } = await state();
  clients.set(resultingClientId, (response && build?.name) ?? '');
  if (!build || !response) return fetch(request);
  opening.add(resultingClientId);
  event.waitUntil(store(key('client', resultingClientId), build.name));
  return isolated(response);
}

/** The build that a request's file has to be of. @param {FetchEvent} event @returns {Promise<Build | undefined>} */
async function buildOf({ request, clientId, resultingClientId }) {
  const { builds, clients } = await state();
  const named = (/** @type {string | undefined} */ url) => builds.get((url && new URL(url).searchParams.get('v')) ?? '');
  // What a worker imports names no build, but the importing address may. The browser says nothing of a worker that has not begun.
  const own = named(request.url) ?? named(request.referrer);
  if (resultingClientId) clients.set(resultingClientId, own?.name ?? '');
  if (own && clientId && !clients.has(clientId)) clients.set(clientId, own.name);
  if (own || !clientId || clients.has(clientId)) return own ?? builds.get(clients.get(clientId) ?? '');
  const client = await within(PATIENCE, worker.clients.get(clientId)).catch(() => undefined);
  return named(client?.url);
}

/** A file of the page. @param {FetchEvent} event */
async function answer(event) {
  const build = cleared ? undefined : await buildOf(event);
  const file = build?.files.get(pathOf(event.request.url));
  return isolated(file ? await kept(file) ?? await passed(event, file) : await fetch(event.request));
}

worker.addEventListener('fetch', (event) => {
  const { method, mode, url, headers } = event.request;
  if (method !== 'GET' || !url.startsWith(SCOPE) || headers.has('range')) return;
  if (mode !== 'navigate') event.respondWith(answer(event));
  else if (!cleared && ['', 'index.html'].includes(pathOf(url))) event.respondWith(openPage(event));
});

// Life

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

/** @param {Client} client @param {Extract<Question, { type: 'keep' }>} message @returns {Promise<Answer>} */
async function keepFor({ id, url }, { build: name, used }) {
  const { builds, clients } = await state();
  if (!builds.has(name)) await newest(bare(url));
  const build = builds.get(name);
  if (!build) return { kept: false };
  clients.set(id, name);
  opening.delete(id);
  await store(key('client', id), name);
  await fill(build, used.map((address) => [pathOf(address), address]));
  await tidy();
  const cache = await opened();
  if (!cache) return { kept: false };
  const sizes = (await cache.matchAll()).map(({ headers }) => Number(headers.get('content-length') ?? 0));
  return { kept: true, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * Fetch the build that the host has now, as far as a page has used the one it is of.
 * @param {Client} client @param {Extract<Question, { type: 'check' }>} message @returns {Promise<Answer>}
 */
async function check({ url }, { build: name }) {
  const build = await newest(bare(url));
  if (!build || build.name === name) return { update: false };
  const { builds } = await state();
  const there = await keptHashes();
  const used = [...builds.get(name)?.files.values() ?? []].filter(({ hash }) => there.has(hash));
  await fill(build, used.map(({ path }) => [path, `${SCOPE}${path}?v=${build.name}`]));
  return { update: true };
}

/** @returns {Promise<Answer>} */
async function clear() {
  cleared = true;
  const { builds, clients } = await state();
  builds.clear();
  clients.clear();
  await caches.delete(CACHE);
  // Not waited for: a browser that is looking for a new service worker on a slow host does that first.
  worker.registration.unregister();
  for (const client of await worker.clients.matchAll({ includeUncontrolled: true })) client.postMessage({ type: 'cleared' });
  return { kept: false, bytes: 0 };
}

worker.addEventListener('message', (event) => {
  const { source, ports: [port], data } = event;
  const message = /** @type {Question} */ (data);
  if (!(source instanceof Client) || (cleared && message.type !== 'clear')) return;
  const done = message.type === 'keep' ? keepFor(source, message) : message.type === 'check' ? check(source, message) : clear();
  event.waitUntil(done.catch((error) => ({ error: String(error) })).then((said) => port?.postMessage(said)));
});
